"""Rate limits for inviting and resending (T21, SEC-32)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from guests.models import User
from invitations.models import Invitation
from portal.errors import TooSoon
from portal.outbox.models import OutgoingMail

RESEND_WAIT = timedelta(minutes=5)
MAXIMUM_MAILS_PER_DAY = 10
INVITATIONS_PER_HOUR = 500


def require_hourly_allowance(inviter: User) -> None:
    """500 invitations per inviter and hour. Raises: TooSoon."""
    since = timezone.now() - timedelta(hours=1)
    mine = Invitation.objects.of(inviter.tenant).filter(inviter=inviter, created_at__gt=since)
    if mine.count() >= INVITATIONS_PER_HOUR:
        oldest = mine.order_by("created_at").values_list("created_at", flat=True)[0]
        raise TooSoon(
            _("You have sent 500 invitations in the last hour. Wait before you invite more."),
            retry_after=_seconds(oldest + timedelta(hours=1)),
        )


def require_daily_allowance(invitation: Invitation) -> None:
    """Ten mails per guest and day. Raises: TooSoon."""
    since = timezone.now() - timedelta(days=1)
    mails = OutgoingMail.objects.of(invitation.tenant).filter(
        subject_id=invitation.pk, is_copy=False, created_at__gt=since
    )
    if mails.count() > MAXIMUM_MAILS_PER_DAY:
        oldest = mails.order_by("created_at").values_list("created_at", flat=True)[0]
        raise TooSoon(
            _("This guest got 10 invitation mails in the last day. Hand over the link instead."),
            retry_after=_seconds(oldest + timedelta(days=1)),
        )


def seconds_until_resend(invitation: Invitation, now: datetime) -> int:
    """Whole seconds until the five minutes since the last resend are over."""
    if invitation.resent_at is None:
        return 1
    return max(1, int((invitation.resent_at + RESEND_WAIT - now).total_seconds()) + 1)


def _seconds(moment: datetime) -> int:
    return max(1, int((moment - timezone.now()).total_seconds()) + 1)
