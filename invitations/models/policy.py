"""InvitationPolicy: age of invitations, reminders, redirect targets (INV-4, BET-13, SEC-60)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import Tenant

LONGEST_AGE_DAYS, MOST_REMINDERS = 365, 5


class InvitationPolicy(models.Model):
    """What a tenant has set; no row means that invitations last and nobody is reminded."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, primary_key=True, related_name="invitation_policy"
    )
    maximum_age_days = models.PositiveSmallIntegerField(
        _("days an invitation lasts"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_AGE_DAYS)],
    )
    reminder_after_days = models.PositiveSmallIntegerField(
        _("days between reminders"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_AGE_DAYS)],
    )
    maximum_reminders = models.PositiveSmallIntegerField(
        _("reminders at most"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_REMINDERS)],
    )
    redirect_origins = models.JSONField(_("redirect targets"), default=list, blank=True)
    """Origins that guests are sent to without asking, besides the portal and verified domains."""
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("invitation policy")
        verbose_name_plural = _("invitation policies")

    def __str__(self) -> str:
        return str(self.tenant_id)
