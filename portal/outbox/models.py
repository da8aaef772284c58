"""Models of outgoing mails, delivery attempts, suppressions and heartbeats (REL-1 to REL-16)."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.scoping import TenantManager, TenantModel
from portal.values.email_address import EmailAddress, parse_email_address, stored_address


class Queue(models.TextChoices):
    """The Celery queue that carries the row's id (REL-12)."""

    PASSCODE = "passcode", _("Passcodes")
    MAIL = "mail", _("Invitations and notices")
    BULK = "bulk", _("Bulk")


class MailState(models.TextChoices):
    """Where a mail stands. Only PENDING and SENDING can still become SENT, only SENT BOUNCED.

    BOUNCED: a delivery report said that it did not arrive. SUPPRESSED: not handed over, because
    an earlier one to this address bounced.
    """

    PENDING = "pending", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Canceled")
    EXPIRED = "expired", _("Expired")
    HELD = "held", _("On hold")
    BOUNCED = "bounced", _("Bounced")
    SUPPRESSED = "suppressed", _("Suppressed")


NOT_ARRIVED = frozenset(
    {MailState.FAILED, MailState.EXPIRED, MailState.BOUNCED, MailState.SUPPRESSED}
)
"""States of a mail that its recipient will not see (BET-3)."""


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Mails by what a worker or an operator wants of them."""

    def due(self) -> OutgoingMailQuerySet:
        """Rows a worker may claim now, by the database's clock (REL-3, REL-4)."""
        return self.filter(
            models.Q(state=MailState.PENDING, due_at__lte=Now())
            | models.Q(state=MailState.SENDING, lease_until__lt=Now())
        )

    def with_time_left(self) -> OutgoingMailQuerySet:
        """Give each row how long it may still be tried, by the database's clock (REL-21)."""
        left = models.ExpressionWrapper(
            models.F("give_up_at") - Now(), output_field=models.DurationField()
        )
        return self.annotate(time_left=left)

    def on(self, queues: list[str]) -> OutgoingMailQuerySet:
        """Rows carried by these queues."""
        return self.filter(queue__in=queues)


class OutgoingMail(TenantModel):
    """One message to one recipient, with everything needed to send it again identically.

    `kind` names the builder, `subject_id` the business row (an invitation, a passcode
    request); the builder derives secrets and text when the message leaves (REL-5, SEC-3).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=32)
    subject_id = models.UUIDField(_("about"))
    recipient = models.CharField(_("recipient"), max_length=254)
    is_copy = models.BooleanField(_("copy without a link"), default=False)
    queue = models.CharField(_("queue"), max_length=16, choices=Queue.choices)
    language = models.CharField(_("language"), max_length=35, default="en-US")
    state = models.CharField(
        _("state"), max_length=10, choices=MailState.choices, default=MailState.PENDING
    )
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    give_up_at = models.DateTimeField(_("give up at"))
    lease_owner = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    poison_count = models.PositiveIntegerField(default=0, editable=False)
    reply_code = models.PositiveIntegerField(_("reply code"), null=True, blank=True)
    reply_text = models.CharField(_("reply"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("queued"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    correlation_id = models.CharField(max_length=64, blank=True, editable=False)

    claimed_at: float
    """Only on claimed rows: when that was, by `time.monotonic()`."""

    unscoped: ClassVar[Any] = OutgoingMailQuerySet.as_manager()
    objects: ClassVar[TenantManager[Any]] = TenantManager(OutgoingMailQuerySet)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["queue", "due_at"],
                condition=models.Q(state__in=["pending", "sending"]),
                name="outbox_due",
            ),
            models.Index(fields=["tenant", "subject_id"], name="outbox_by_subject"),
            models.Index(fields=["tenant", "created_at", "id"], name="outbox_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @cached_property
    def recipient_address(self) -> EmailAddress:
        """The recipient; a row without one raises InvalidEmailAddress."""
        return parse_email_address(self.recipient)

    @property
    def shown_recipient(self) -> EmailAddress | None:
        """The recipient for a page; None for a decoy, which has none."""
        return stored_address(self.recipient) if self.recipient else None

    @property
    def is_open(self) -> bool:
        """Whether the mail may still leave."""
        return self.state in {MailState.PENDING, MailState.SENDING, MailState.HELD}


class DeliveryAttempt(TenantModel):
    """What the relay answered to one try (the history operators see)."""

    mail = models.ForeignKey(OutgoingMail, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(_("at"), default=timezone.now)
    worker = models.CharField(_("worker"), max_length=64, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16)
    reply_code = models.PositiveIntegerField(_("reply code"), null=True, blank=True)
    reply_text = models.CharField(_("reply"), max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.outcome} {self.reply_code or ''}".strip()


class SuppressedAddress(TenantModel):
    """An address that a mail of the tenant bounced from for good; it gets no more (INV-23).

    An administrator or operator clears it, which deletes the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = models.CharField(_("address"), max_length=254)
    """Canonical, as `portal.values.email_address` writes it."""
    status = models.CharField(_("status"), max_length=16, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    mail = models.ForeignKey(
        OutgoingMail, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "address"], name="one_suppression_each")
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def email_address(self) -> EmailAddress:
        """The address as a value."""
        return stored_address(self.address)


class WorkerHeartbeat(models.Model):
    """A worker that serves a queue was alive at this moment (REL-16)."""

    worker = models.CharField(max_length=128)
    queue = models.CharField(max_length=16)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["worker", "queue"], name="one_heartbeat_per_queue")
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.queue}"
