"""Remind guests who have not accepted yet (BET-13)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from invitations.delivery.send_invitation import send_invitation
from invitations.inviting import tickets
from invitations.models import Invitation, InvitationPolicy
from portal.audit import log
from portal.audit.log import Details, Target
from portal.principals import SYSTEM
from portal.tenants.row_failures import RowByRow

BATCH = 20
"""A sweeper does this many at a time, so that it has time for the rest of its work."""


def send_due() -> int:
    """Send the reminders that are due, in every tenant that wants them; how many.

    No reminder goes to a guest who blocked the organization, whose link was handed over
    without a mail, or whose invitation has expired.
    """
    now = timezone.now()
    policies = InvitationPolicy.objects.filter(
        reminder_after_days__isnull=False, tenant__is_suspended=False
    )
    tenants, guests = RowByRow("reminders of a tenant"), RowByRow("reminder")
    sent: list[Invitation] = []

    def send_of(policy: InvitationPolicy) -> None:
        for invitation in guests.select_due(_due(policy, now))[:BATCH]:
            if not tickets.is_invitation_expired(invitation, policy, now):
                guests.attempt(invitation.pk, partial(remind, invitation))

    def remind(invitation: Invitation) -> None:
        if _remind(invitation, now):
            sent.append(invitation)

    for policy in policies.select_related("tenant"):
        tenants.attempt(policy.pk, partial(send_of, policy))
    return len(sent)


def _due(policy: InvitationPolicy, now: datetime) -> QuerySet[Invitation]:
    before = now - timedelta(days=policy.reminder_after_days or 0)
    waiting = Q(resent_at=None) | Q(resent_at__lte=before)
    waiting &= Q(reminded_at=None) | Q(reminded_at__lte=before)
    found: QuerySet[Invitation] = (
        Invitation.objects.of(policy.tenant)
        .open()
        .filter(waiting, created_at__lte=before, is_mail_wanted=True)
        .filter(reminders__lt=policy.maximum_reminders)
        .filter(
            user__deleted_at=None,
            user__account_enabled=True,
            user__external_user_state="PendingAcceptance",
        )
        .select_related("tenant", "user", "inviter")
        .order_by("created_at", "pk")
    )
    return found


def _remind(invitation: Invitation, now: datetime) -> bool:
    """One reminder; of several sweepers one sends it."""
    with transaction.atomic():
        rows = Invitation.objects.of(invitation.tenant).open()
        mine = rows.filter(pk=invitation.pk, reminders=invitation.reminders)
        if not mine.update(reminders=F("reminders") + 1, reminded_at=now):
            return False
        is_posted = send_invitation(invitation, by=SYSTEM)
        if is_posted:
            log.record(
                log.RESEND,
                invitation.tenant,
                by=SYSTEM,
                target=Target.of_user(invitation.user),
                details=Details(
                    additional={
                        "InvitationId": invitation.pk,
                        "Reminder": invitation.reminders + 1,
                    }
                ),
            )
    return is_posted
