"""PasscodePolicy (OTC-3, T13) and RedemptionOrder (T16) of a tenant."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import Tenant


class StoredState(models.TextChoices):
    """What an administrator chose; `default` leaves it to the date (T13)."""

    DEFAULT = "default", _("Default")
    ENABLED = "enabled", _("Enabled")
    DISABLED = "disabled", _("Disabled")


class PasscodePolicy(models.Model):
    """The Email one-time passcode setting of one tenant.

    The effective state is computed by `identityproviders.passcode_policy` from these columns
    and the clock (OTC-8); a tenant without a row has never been touched.
    """

    LIFETIMES: ClassVar = [(10, "10"), (15, "15"), (30, "30")]

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, primary_key=True, related_name="passcode_policy"
    )
    stored = models.CharField(
        _("stored state"),
        max_length=8,
        choices=StoredState.choices,
        default=StoredState.DEFAULT,
    )
    opted_into_preview = models.BooleanField(_("opted into preview"), default=False)
    automatic_on = models.DateField(
        _("automatic enablement date"),
        null=True,
        blank=True,
        help_text=_("Empty: the deployment’s date."),
    )
    is_month_only = models.BooleanField(_("only the month is announced"), default=False)
    default_means_off = models.BooleanField(_("national cloud: default means off"), default=False)
    lifetime_minutes = models.PositiveSmallIntegerField(
        _("passcode lifetime in minutes"), choices=LIFETIMES, default=30
    )
    automatic_event_written = models.BooleanField(default=False, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("email one-time passcode policy")
        verbose_name_plural = _("email one-time passcode policies")

    def __str__(self) -> str:
        return self.stored


def default_primary() -> list[dict[str, Any]]:
    """The default primary list of T16: every provider kind, enabled."""
    names = ("azureActiveDirectory", "externalFederation", "socialIdentityProviders")
    return [{"name": name, "enabled": True} for name in names]


class RedemptionOrder(models.Model):
    """The redemption order of one tenant (T16, CTA-3 to CTA-6); no row means the default."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, primary_key=True, related_name="redemption_order"
    )
    primary = models.JSONField(default=default_primary)
    microsoft_account_fallback = models.BooleanField(default=True)
    passcode_fallback = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("redemption order")
        verbose_name_plural = _("redemption orders")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(microsoft_account_fallback=True)
                | models.Q(passcode_fallback=True),
                name="one_fallback_remains",
            )
        ]

    def __str__(self) -> str:
        return str(self.tenant_id)
