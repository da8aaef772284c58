"""Model InvitationBlock: an address that refuses invitations of an organization (INV-16)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.scoping import TenantModel


class InvitationBlock(TenantModel):
    """One (address, organization) pair that gets no invitation mail."""

    address_key = models.CharField(_("address"), max_length=254)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("blocked address")
        verbose_name_plural = _("blocked addresses")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "address_key"], name="block_once")
        ]

    def __str__(self) -> str:
        return self.address_key
