"""Read invitations and their delivery for tiles, lists and pages (USR-19, BET-3)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guests.models import User
from invitations.blocking.actions import blocked_among
from invitations.delivery import send_invitation
from invitations.inviting import tickets
from invitations.models import Invitation
from portal.outbox.models import MailState, OutgoingMail
from portal.tenants.models import Tenant
from portal.values import redirect_url


@dataclass(frozen=True)
class DeliveryState:
    """What became of the last mail to the invitee: label, color of the badge, when, why."""

    label: str | Promise
    kind: str
    at: datetime | None = None
    reply: str = ""


NOT_WANTED = DeliveryState(_("Not sent: the link was handed over"), "off")
SUPPRESSED = DeliveryState(_("Not sent: blocked by the guest"), "warn")
_LABELS: dict[str, tuple[Promise, str]] = {
    MailState.PENDING: (_("Queued"), "off"),
    MailState.SENDING: (_("Sending"), "off"),
    MailState.SENT: (_("Sent"), "ok"),
    MailState.FAILED: (_("Failed"), "bad"),
    MailState.EXPIRED: (_("Failed"), "bad"),
    MailState.CANCELLED: (_("Canceled"), "off"),
    MailState.HELD: (_("On hold"), "warn"),
    MailState.BOUNCED: (_("Bounced"), "bad"),
    MailState.SUPPRESSED: (_("Not sent: earlier mail bounced"), "bad"),
}


def latest_invitation(user: User) -> Invitation | None:
    """The newest invitation of a guest, with its inviter and tenant; or None."""
    mine = Invitation.objects.of(user.tenant).filter(user=user)
    found: Invitation | None = mine.select_related("inviter", "tenant", "user").first()
    return found


def delivery_state(invitation: Invitation) -> DeliveryState:
    """Whether the invitation mail arrived at the relay (BET-3, REL-8)."""
    return delivery_states(invitation.tenant, [invitation])[invitation.pk]


def delivery_states(
    tenant: Tenant, invitations: Sequence[Invitation]
) -> dict[uuid.UUID, DeliveryState]:
    """The same for many invitations, by id; two queries."""
    rows = OutgoingMail.objects.of(tenant).filter(
        subject_id__in=[row.pk for row in invitations],
        kind=send_invitation.INVITATION_MAIL,
        is_copy=False,
    )
    newest = {mail.subject_id: mail for mail in rows.order_by("created_at", "id")}
    keys = {row.pk: row.email_address.canonical for row in invitations}
    blocked = blocked_among(tenant, keys.values())
    return {
        row.pk: _delivery(row, newest.get(row.pk), is_blocked=keys[row.pk] in blocked)
        for row in invitations
    }


def _delivery(
    invitation: Invitation, mail: OutgoingMail | None, *, is_blocked: bool
) -> DeliveryState:
    if invitation.is_mail_wanted and is_blocked:
        if mail is not None and mail.state == MailState.SENT:
            return DeliveryState(_("Sent, then blocked by the guest"), "warn", mail.finished_at)
        return SUPPRESSED
    if mail is None and invitation.last_sent_at:
        return DeliveryState(_("Sent"), "ok", invitation.last_sent_at)
    if mail is None:
        return NOT_WANTED
    if mail.state == MailState.PENDING and mail.tries:
        return DeliveryState(_("Deferred, trying again"), "warn", mail.due_at, _reply(mail))
    label, kind = _LABELS[mail.state]
    reply = _reply(mail) if kind == "bad" else ""
    return DeliveryState(label, kind, mail.finished_at or mail.created_at, reply)


def _reply(mail: OutgoingMail) -> str:
    return f"{mail.reply_code or ''} {mail.reply_text}".strip()


def listed_targets(tenant: Tenant) -> Iterable[str]:
    """Where guests of `tenant` may be sent without asking (SEC-60).

    The portal itself, the verified domains and the targets that the tenant named; origins of
    registered applications come with their issue.
    """
    named = tickets.invitation_policy(tenant).redirect_origins
    return (redirect_url.origin_of(settings.PORTAL_BASE_URL), *tenant.verified_domains, *named)
