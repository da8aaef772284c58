"""PasscodeRule: the passcode forced or forbidden for a domain or one guest (BET-10, BET-11)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.scoping import TenantModel


class PasscodeRule(TenantModel):
    """A rule about one domain, or about one guest, which goes before that of their domain."""

    class Effect(models.TextChoices):
        """What it does."""

        FORCE = "force", _("Always use email one-time passcode")
        FORBID = "forbid", _("Never use email one-time passcode")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="passcode_rule",
    )
    effect = models.CharField(_("effect"), max_length=6, choices=Effect.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("passcode rule")
        verbose_name_plural = _("passcode rules")
        ordering: ClassVar = ["domain", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "domain"],
                condition=~models.Q(domain=""),
                name="passcode_rule_once_per_domain",
            ),
            models.CheckConstraint(
                condition=models.Q(domain="", user__isnull=False)
                | (~models.Q(domain="") & models.Q(user__isnull=True)),
                name="passcode_rule_for_domain_or_guest",
            ),
        ]

    def __str__(self) -> str:
        return self.domain or str(self.user_id)
