"""Tickets: the unguessable half of an invitation link, and their age (SEC-21, INV-4, INV-6).

A ticket is an HMAC over the invitation's ids, its generation and its nonce. The row holds nonce and
SHA-256 of the ticket, so a copy of the database opens no link. A ticket is no credential: it
selects an invitation, and the person proves the address afterwards (SEC-25). Age counts from the
last sending (SEC-23).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from invitations.models import Invitation, InvitationPolicy
from portal.security import keys
from portal.tenants.models import Tenant

NONCE_BYTES = 32


@dataclass(frozen=True)
class NewTicket:
    """The columns that a new ticket needs."""

    nonce: bytes
    key_id: str
    ticket_hash: str

    def columns(self) -> dict[str, object]:
        """The columns by name, for a row or an UPDATE."""
        return {"nonce": self.nonce, "key_id": self.key_id, "ticket_hash": self.ticket_hash}


def new_ticket(tenant_id: uuid.UUID, invitation_id: uuid.UUID, generation: int) -> NewTicket:
    """Draw a nonce and compute what the row of the invitation stores of its ticket."""
    nonce, key_id = secrets.token_bytes(NONCE_BYTES), keys.key_ring().active_id
    ticket = _ticket(tenant_id, invitation_id, generation, nonce, key_id)
    return NewTicket(nonce, key_id, ticket_hash(ticket))


def ticket_of(invitation: Invitation) -> str:
    """The ticket, 43 characters of base64url: for the mail and the inviter only.

    Raises: keys.UnknownKeyError when its key left the ring.
    """
    return _ticket(
        invitation.tenant_id,
        invitation.pk,
        invitation.generation,
        bytes(invitation.nonce),
        invitation.key_id,
    )


def ticket_hash(ticket: str) -> str:
    """What the row stores of `ticket`, whatever text that is."""
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()


def find_invitation(ticket: str) -> Invitation | None:
    """The invitation whose current ticket this is, or None (SEC-26).

    The same work is done for every text: one hash, one look-up, one comparison.
    """
    invitation = find_invitation_by_hash(ticket_hash(ticket))
    expected = _expected(invitation)
    is_same = hmac.compare_digest(expected.encode(), ticket.encode("utf-8", "surrogatepass"))
    return invitation if is_same else None


def find_invitation_by_hash(ticket_hash: str) -> Invitation | None:
    """The invitation with this ticket hash, with tenant, guest and inviter; or None."""
    found: QuerySet[Invitation] = Invitation.unscoped.filter(ticket_hash=ticket_hash)
    return found.select_related("tenant", "user__tenant", "inviter").first()


def _ticket(
    tenant_id: uuid.UUID, invitation_id: uuid.UUID, generation: int, nonce: bytes, key_id: str
) -> str:
    mac = keys.mac(
        keys.TICKET,
        key_id,
        b"inv-v1",
        tenant_id.bytes,
        invitation_id.bytes,
        str(generation).encode(),
        nonce,
    )
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _expected(invitation: Invitation | None) -> str:
    """The ticket of `invitation`; of nothing when there is none or its key left the ring."""
    try:
        return ticket_of(invitation) if invitation else _unknown_ticket()
    except keys.UnknownKeyError:
        return _unknown_ticket()


def _unknown_ticket() -> str:
    """A ticket of nothing, computed only to take the time a real one takes."""
    no_id = uuid.UUID(int=0)
    return _ticket(no_id, no_id, 0, bytes(NONCE_BYTES), keys.key_ring().active_id)


def invitation_policy(tenant: Tenant) -> InvitationPolicy:
    """What the tenant has set; an unsaved one for the defaults."""
    found = InvitationPolicy.objects.filter(tenant=tenant).first()
    return found or InvitationPolicy(tenant=tenant)


def invitation_expires_at(invitation: Invitation, policy: InvitationPolicy) -> datetime | None:
    """When the link of an open invitation stops leading to acceptance; None for never.

    A resend begins the time anew, a reminder does not.
    """
    if policy.maximum_age_days is None or not invitation.is_open:
        return None
    since = invitation.resent_at or invitation.created_at
    return since + timedelta(days=policy.maximum_age_days)


def is_invitation_expired(invitation: Invitation, policy: InvitationPolicy, now: datetime) -> bool:
    """Whether the invitation is too old at `now`."""
    end = invitation_expires_at(invitation, policy)
    return end is not None and end <= now
