"""The opened invitation of one browser, kept in its server-side session (SEC-27, SEC-24).

The session holds the hash of the ticket, never the ticket; every request looks the invitation
up again, so that a revoked one is noticed at once.
"""

from __future__ import annotations

import time
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from invitations import ages, tickets
from invitations.errors import Expired, NoLongerValid
from invitations.models import Invitation, InvitationStatus

SESSION_KEY = "invitation"
LIFETIME = timedelta(minutes=60)
"""As long as an authorization transaction (T22)."""


def remember(request: HttpRequest, invitation: Invitation) -> None:
    """Let this browser's next steps be about `invitation`."""
    request.session[SESSION_KEY] = {"ticket_hash": invitation.ticket_hash, "at": int(time.time())}


def forget(request: HttpRequest) -> None:
    """The browser is done with its invitation."""
    request.session.pop(SESSION_KEY, None)


def current(request: HttpRequest) -> Invitation | None:
    """The invitation this browser opened, or None when it opened none lately.

    Raises: NoLongerValid when it was revoked or its guest deleted meanwhile (SEC-26).
    """
    state = request.session.get(SESSION_KEY)
    if not state or time.time() - state["at"] > LIFETIME.total_seconds():
        return None
    return usable(tickets.find_by_hash(state["ticket_hash"]))


def usable(invitation: Invitation | None) -> Invitation:
    """`invitation` if its link still leads somewhere: to acceptance, or to sign-in (INV-7).

    Raises: NoLongerValid for none, revoked ones and deleted guests, all alike; Expired, which
    only the genuine current ticket shows (SEC-26).
    """
    if invitation is None or invitation.status == InvitationStatus.REVOKED:
        raise NoLongerValid
    if invitation.user.deleted_at is not None or invitation.tenant.is_suspended:
        raise NoLongerValid
    if ages.is_expired(invitation, ages.policy_of(invitation.tenant), timezone.now()):
        raise Expired
    return invitation


def note_mismatch(request: HttpRequest) -> bool:
    """Whether the mismatch of this opened invitation is seen for the first time."""
    state = request.session.get(SESSION_KEY, {})
    if state.get("is_mismatch_noted"):
        return False
    request.session[SESSION_KEY] = {**state, "is_mismatch_noted": True}
    return True
