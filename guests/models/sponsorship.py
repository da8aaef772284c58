"""Sponsorship: who answers for a guest (DIR-25 to DIR-27)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from guests.models.user import User
from portal.tenants.scoping import TenantModel


class Sponsorship(TenantModel):
    """One sponsor of one guest; at most five a guest, enforced where they are set."""

    guest = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sponsorships")
    sponsor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sponsored")

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("sponsor")
        verbose_name_plural = _("sponsors")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["guest", "sponsor"], name="sponsor_once_per_guest")
        ]

    def __str__(self) -> str:
        return str(self.sponsor_id)
