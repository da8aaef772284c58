"""Send an invitation again (INV-15, T21)."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from guests.models import User
from invitations import checks, posting
from invitations.actions.inviting import InviteResult, is_message_dropped
from invitations.errors import NotPending
from invitations.limits import RESEND_WAIT, require_daily_allowance, seconds_until_resend
from invitations.models import Invitation
from invitations.notes import Note
from portal.audit import log
from portal.audit.log import Details, Target
from portal.errors import TooSoon
from portal.outbox import suppressions

_MINUTES = RESEND_WAIT // timedelta(minutes=1)


def resend(invitation: Invitation, *, by: User, message: str | None = None) -> InviteResult:
    """Send the invitation mail again, with the same ticket and settings (INV-15).

    Takes a new `message`, or None to keep the old one.

    Raises: NotAllowed (T15), NotPending, InvalidInput at `message`, TooSoon (T21).
    """
    _require_rights(invitation, by)
    if not (invitation.is_open and invitation.user.is_pending):
        raise NotPending
    changed = {} if message is None else {"message": checks.message_of(message)}
    require_daily_allowance(invitation)
    with transaction.atomic():
        now = timezone.now()
        moved = (
            Invitation.objects.of(invitation.tenant)
            .open()
            .filter(Q(resent_at__isnull=True) | Q(resent_at__lte=now - RESEND_WAIT))
            .filter(pk=invitation.pk)
            .update(resent_at=now, is_mail_wanted=True, **changed)
        )
        invitation.refresh_from_db(fields=["resent_at", "status", "message", "is_mail_wanted"])
        if not moved:
            raise _refusal(invitation)
        is_queued = posting.post(invitation, by=by)
        log.record(
            log.RESEND,
            invitation.tenant,
            by=by,
            target=Target.of_user(invitation.user),
            details=Details(additional={"InvitationId": invitation.pk}),
        )
    notes: tuple[Note, ...] = () if is_queued else (Note.MAIL_SUPPRESSED,)
    if is_queued and suppressions.at(invitation.tenant, invitation.address) is not None:
        notes += (Note.ADDRESS_BOUNCED,)
    if invitation.message and invitation.inviter and is_message_dropped(invitation.inviter):
        notes += (Note.MESSAGE_DROPPED,)
    return InviteResult(
        invitation, invitation.user, is_new=False, is_mail_queued=is_queued, notes=notes
    )


def _require_rights(invitation: Invitation, by: User) -> None:
    target = Target.of_user(invitation.user)
    with log.refusals(log.RESEND, invitation.tenant, by=by, target=target):
        checks.require_may_invite(by, invitation.tenant)


def _refusal(invitation: Invitation) -> NotPending | TooSoon:
    if not invitation.is_open:
        return NotPending()
    return TooSoon(
        _("The invitation was sent less than %(minutes)d minutes ago. Wait before you resend it.")
        % {"minutes": _MINUTES},
        retry_after=seconds_until_resend(invitation, timezone.now()),
    )
