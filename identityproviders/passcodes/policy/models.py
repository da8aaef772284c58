"""Models of the passcode policy (OTC-3), passcode rules (BET-10) and redemption orders (T16)."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from identityproviders.discovery import decide
from identityproviders.discovery.decide import Primary
from portal.tenants.models import Tenant
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


class StoredState(models.TextChoices):
    """What an administrator chose; `default` leaves it to the date (T13)."""

    DEFAULT = "default", _("Default")
    ENABLED = "enabled", _("Enabled")
    DISABLED = "disabled", _("Disabled")


class PasscodePolicy(models.Model):
    """The Email one-time passcode setting of one tenant.

    The effective state is computed by `identityproviders.passcodes.policy.state` from these columns
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
    return [{"name": primary.value, "enabled": True} for primary in Primary]


class OrderColumns(models.Model):
    """The two lists of T16; a primary keeps its place while it is turned off (CTA-3, CTA-4)."""

    primary = models.JSONField(default=default_primary)
    microsoft_account_fallback = models.BooleanField(default=True)
    passcode_fallback = models.BooleanField(default=True)

    class Meta:
        abstract = True

    @property
    def order(self) -> decide.RedemptionOrder:
        """What discovery goes by: the enabled ones."""
        return decide.RedemptionOrder(
            primary=tuple(Primary(item["name"]) for item in self.primary if item["enabled"]),
            microsoft_account_fallback=self.microsoft_account_fallback,
            passcode_fallback=self.passcode_fallback,
        )


_ONE_FALLBACK = models.Q(microsoft_account_fallback=True) | models.Q(passcode_fallback=True)


class RedemptionOrder(OrderColumns):
    """The redemption order of one tenant (T16, CTA-3 to CTA-6); no row means the default."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, primary_key=True, related_name="redemption_order"
    )
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("redemption order")
        verbose_name_plural = _("redemption orders")
        constraints: ClassVar = [
            models.CheckConstraint(condition=_ONE_FALLBACK, name="one_fallback_remains")
        ]

    def __str__(self) -> str:
        return str(self.tenant_id)


class OrganizationOrder(OrderColumns, TenantModel):
    """The redemption order of a tenant for the people of one organization (CTA-1, CTA-3).

    `domain` and `organization` name the organization as in its cross-tenant access settings,
    whose version guards this row too. No row means the order of the tenant.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    domain = models.CharField(_("organization’s domain"), max_length=253)
    organization = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("redemption order of an organization")
        verbose_name_plural = _("redemption orders of organizations")
        ordering: ClassVar = ["domain"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "domain"], name="organization_order_once"),
            models.CheckConstraint(
                condition=_ONE_FALLBACK, name="organization_order_keeps_a_fallback"
            ),
        ]

    def __str__(self) -> str:
        return self.domain
