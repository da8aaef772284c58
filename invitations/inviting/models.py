"""Models Invitation (INV-1 to INV-6) and InvitationPolicy (INV-4, BET-13, SEC-60)."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import Tenant
from portal.tenants.scoping import TenantManager, TenantModel
from portal.values.email_address import EmailAddress, parse_email_address


class InvitationStatus(models.TextChoices):
    """Where the invitation stands (INV-2); `Revoked` is ours for superseded ones."""

    PENDING = "PendingAcceptance", _("Pending acceptance")
    IN_PROGRESS = "InProgress", _("In progress")
    COMPLETED = "Completed", _("Accepted")
    ERROR = "Error", _("Error")
    REVOKED = "Revoked", _("Revoked")


OPEN_STATUSES = (InvitationStatus.PENDING, InvitationStatus.IN_PROGRESS, InvitationStatus.ERROR)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations by where they stand."""

    def open(self) -> InvitationQuerySet:
        """Invitations that can still be accepted."""
        return self.filter(status__in=OPEN_STATUSES)


class Invitation(TenantModel):
    """One invitation of one guest.

    The row holds a nonce and the hash of the ticket; the ticket itself is derived by
    `invitations.inviting.tickets` when a mail or an answer to the inviter needs it (SEC-21).
    Raising `generation` kills older links (SEC-23).

    `requested_at` is when it was last asked for, `resent_at` when its mail was last asked for
    again; both are moved by conditional UPDATE (REL-23, T21).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations"
    )
    inviter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitations_sent",
    )
    address = models.CharField(_("email"), max_length=254)
    redirect_url = models.CharField(_("invite redirect URL"), max_length=2048)
    message = models.TextField(_("message"), max_length=5000, blank=True)
    message_language = models.CharField(_("message language"), max_length=35, blank=True)
    cc_recipients = models.JSONField(_("Cc recipients"), default=list, blank=True)
    is_mail_wanted = models.BooleanField(_("send invite message"), default=True)
    is_bulk = models.BooleanField(_("by a bulk operation"), default=False, editable=False)
    """Made by a row of a bulk operation, which the hourly limit does not count (SEC-32)."""
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=InvitationStatus.choices,
        default=InvitationStatus.PENDING,
    )
    generation = models.PositiveIntegerField(default=1, editable=False)
    nonce = models.BinaryField(editable=False)
    key_id = models.CharField(max_length=32, editable=False)
    ticket_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("invited"), default=timezone.now, editable=False)
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    resent_at = models.DateTimeField(_("last resent"), null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("last reminded"), null=True, blank=True, editable=False)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0, editable=False)
    last_sent_at = models.DateTimeField(_("last sent"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    unscoped: ClassVar[Any] = InvitationQuerySet.as_manager()
    objects: ClassVar[TenantManager[Any]] = TenantManager(InvitationQuerySet)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status__in=["PendingAcceptance", "InProgress", "Error"]),
                name="one_open_invitation_per_user",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @cached_property
    def email_address(self) -> EmailAddress:
        """The address that was invited."""
        return parse_email_address(self.address)

    @property
    def cc_addresses(self) -> list[EmailAddress]:
        """The addresses that get a copy."""
        return [parse_email_address(text) for text in self.cc_recipients]

    @property
    def is_open(self) -> bool:
        """Whether the invitation can still be accepted."""
        return self.status in OPEN_STATUSES


LONGEST_AGE_DAYS, MOST_REMINDERS = 365, 5


class InvitationPolicy(models.Model):
    """What a tenant has set; no row means that invitations last and no reminder goes."""

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
