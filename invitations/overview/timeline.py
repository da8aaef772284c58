"""Build the timeline of one invitation (BET-3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identityproviders.models import PasscodeRequest
from invitations.delivery import send_invitation
from invitations.models import Invitation
from portal.audit import log
from portal.audit.models import AuditEvent, Result, SignInEvent, SignInStatus
from portal.outbox.models import MailState, OutgoingMail

Text = str | Promise
ICONS = {"ok": "checkmark_circle", "bad": "error_circle", "": "info", "warn": "warning"}


@dataclass(frozen=True)
class Moment:
    """One thing that happened: when, what, by which actor; `kind` is the color."""

    at: datetime
    text: Text
    detail: str = ""
    kind: str = ""

    @property
    def icon(self) -> str:
        """The symbol of the kind."""
        return ICONS[self.kind]


_ACTIVITIES: dict[str, tuple[Text, str]] = {
    log.INVITE.name: (gettext_lazy("Invited"), ""),
    log.INVITE_RESET.name: (gettext_lazy("Invited again after a reset"), ""),
    log.RESEND.name: (gettext_lazy("Resent"), ""),
    log.REVOKE_INVITATION.name: (gettext_lazy("Revoked: the link stopped working"), "warn"),
    log.CONVERT_TO_INTERNAL.name: (
        gettext_lazy("Converted to an internal user: the link stopped working"),
        "warn",
    ),
    log.NOT_SENT_UNSUBSCRIBED.name: (
        gettext_lazy("Not sent: the guest blocked invitations"),
        "warn",
    ),
    log.IDENTITY_MISMATCH.name: (gettext_lazy("Opened by somebody signed in as another"), "warn"),
    log.REDEEM.name: (gettext_lazy("Accepted"), "ok"),
}
"""What the audit log says of an invitation, in the words of this page."""

_BY_ADDRESS: dict[str, tuple[Text, str]] = {
    log.UNSUBSCRIBED.name: (gettext_lazy("The guest blocked invitations"), "warn"),
    log.SUBSCRIBED.name: (gettext_lazy("The guest allows invitations again"), ""),
}
"""Done from the mailbox, without a sign-in (INV-16)."""

_MAILS: dict[str, tuple[Text, str]] = {
    MailState.SENT: (gettext_lazy("Mail handed to the recipient’s mail server"), "ok"),
    MailState.FAILED: (gettext_lazy("Mail could not be delivered"), "bad"),
    MailState.EXPIRED: (gettext_lazy("Mail given up after many tries"), "bad"),
    MailState.BOUNCED: (gettext_lazy("Mail came back from the recipient’s mail server"), "bad"),
    MailState.SUPPRESSED: (
        gettext_lazy("Mail not sent: earlier mail to the address bounced"),
        "bad",
    ),
    MailState.CANCELLED: (gettext_lazy("Mail stopped before it left"), "warn"),
}


def invitation_timeline(invitation: Invitation) -> list[Moment]:
    """Everything known about `invitation`, oldest first; a fixed number of queries."""
    moments = [*_audited(invitation), *_mails(invitation), *_sign_ins(invitation)]
    moments += [*_codes(invitation), *_blocks(invitation)]
    # Within a second, what was done stands before what it caused.
    return sorted(moments, key=lambda moment: moment.at.replace(microsecond=0))


def _audited(invitation: Invitation) -> Iterator[Moment]:
    events = AuditEvent.objects.of(invitation.tenant).filter(
        target_id=str(invitation.user_id), activity__in=_ACTIVITIES
    )
    for event in events.order_by("created_at", "pk"):
        about = event.additional_details.get("InvitationId")
        if about not in {None, str(invitation.pk)}:
            continue
        text, kind = _ACTIVITIES[event.activity]
        if event.result == Result.FAILURE:
            text, kind = _("Refused: %(what)s") % {"what": text}, "bad"
        yield Moment(event.created_at, text, event.actor_name or event.result_reason, kind)


def _blocks(invitation: Invitation) -> Iterator[Moment]:
    events = AuditEvent.objects.of(invitation.tenant).filter(
        target_id="",
        target_name=invitation.email_address.canonical,
        activity__in=_BY_ADDRESS,
        created_at__gte=invitation.created_at,
    )
    for event in events.order_by("created_at", "pk"):
        text, kind = _BY_ADDRESS[event.activity]
        yield Moment(event.created_at, text, "", kind)


def _mails(invitation: Invitation) -> Iterator[Moment]:
    mails = OutgoingMail.objects.of(invitation.tenant).filter(
        subject_id=invitation.pk, kind=send_invitation.INVITATION_MAIL, is_copy=False
    )
    for mail in mails.prefetch_related("attempts"):
        yield Moment(mail.created_at, _("Mail queued"), mail.recipient)
        if mail.state == MailState.BOUNCED:
            yield from _before_it_bounced(mail)
        if mail.state in _MAILS and mail.finished_at:
            text, kind = _MAILS[mail.state]
            reply = f"{mail.reply_code or ''} {mail.reply_text}".strip()
            yield Moment(mail.finished_at, text, reply, kind)


def _before_it_bounced(mail: OutgoingMail) -> Iterator[Moment]:
    """When it was handed over, which its row no longer says."""
    for attempt in mail.attempts.all():
        if attempt.outcome == MailState.SENT:
            text, kind = _MAILS[MailState.SENT]
            yield Moment(attempt.at, text, "", kind)


def _sign_ins(invitation: Invitation) -> Iterator[Moment]:
    """The steps of the sign-ins that began with this link, as far as the log keeps them."""
    events = SignInEvent.objects.of(invitation.tenant).filter(
        Q(created_at__gte=invitation.created_at), user=invitation.user_id, is_redemption=True
    )
    for event in events.order_by("created_at", "pk"):
        if event.status == SignInStatus.FAILURE:
            yield Moment(event.created_at, _("Sign-in failed"), event.failure_reason, "bad")
        elif event.status == SignInStatus.INTERRUPTED and event.discovery_row:
            yield Moment(event.created_at, _("Went on to sign in"), event.additional_details)


def _codes(invitation: Invitation) -> Iterator[Moment]:
    """Codes asked for; kept for a day only (OTP-12)."""
    requests = PasscodeRequest.objects.of(invitation.tenant).filter(
        sign_in__invitation_id=invitation.pk
    )
    for request in requests:
        yield Moment(request.created_at, _("Asked for a code"))
