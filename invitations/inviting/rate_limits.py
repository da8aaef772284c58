"""How often somebody may invite and resend (T21, SEC-32)."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guests.models import User
from invitations.models import Invitation
from portal.outbox.models import OutgoingMail
from portal.security.rate_limits import RateLimit


def _invitations_of(inviter: User) -> QuerySet[Invitation]:
    rows: QuerySet[Invitation] = Invitation.objects.of(inviter.tenant).filter(
        inviter=inviter, is_bulk=False
    )
    return rows


def _mails_of(invitation: Invitation) -> QuerySet[OutgoingMail]:
    mails: QuerySet[OutgoingMail] = OutgoingMail.objects.of(invitation.tenant).filter(
        subject_id=invitation.pk, is_copy=False
    )
    return mails


def _row_of(invitation: Invitation) -> QuerySet[Invitation]:
    rows: QuerySet[Invitation] = Invitation.objects.of(invitation.tenant).filter(pk=invitation.pk)
    return rows


INVITATIONS_PER_HOUR = RateLimit[User](
    "invitations of an inviter",
    most=500,
    window=timedelta(hours=1),
    rows=_invitations_of,
    moment="created_at",
    message=_("You have sent 500 invitations in the last hour. Wait before you invite more."),
    waits_for_oldest=True,
    uses_database_clock=False,
)
MAILS_PER_DAY = RateLimit[Invitation](
    "mails to a guest",
    most=10,
    window=timedelta(days=1),
    rows=_mails_of,
    moment="created_at",
    message=_("This guest got 10 invitation mails in the last day. Hand over the link instead."),
    allows_most=True,
    waits_for_oldest=True,
    uses_database_clock=False,
)
RESEND_WAIT = timedelta(minutes=5)
RESENDS = RateLimit[Invitation](
    "resends of an invitation",
    most=1,
    window=RESEND_WAIT,
    rows=_row_of,
    moment="resent_at",
    uses_database_clock=False,
)
"""Says how long to wait; the conditional UPDATE of a resend decides (SEC-7)."""


def seconds_until_resend(invitation: Invitation) -> int:
    """Whole seconds until the five minutes since the last resend are over; 1 at least."""
    return max(1, RESENDS.seconds_until(invitation))
