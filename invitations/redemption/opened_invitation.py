"""The invitation that a browser opened, kept in its server-side session (SEC-24, SEC-26, SEC-27).

The session holds the hash of the ticket, never the ticket. Every request looks the invitation up
again, so that a revoked one is noticed at once. Also the responses that pages behind a mailed link
share.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from identityproviders.models import SignInTransaction
from invitations.inviting import tickets
from invitations.inviting.errors import Expired, NoLongerValid
from invitations.models import Invitation, InvitationStatus
from portal.console.blades import guest_page

SESSION_KEY = "invitation"
LIFETIME = timedelta(minutes=60)
"""As long as an authorization transaction (T22)."""


def remember_invitation(request: HttpRequest, invitation: Invitation) -> None:
    """Let this browser's next steps be about `invitation`."""
    request.session[SESSION_KEY] = {"ticket_hash": invitation.ticket_hash, "at": int(time.time())}


def forget_invitation(request: HttpRequest) -> None:
    """The browser is done with its invitation."""
    request.session.pop(SESSION_KEY, None)


def opened_invitation(request: HttpRequest) -> Invitation | None:
    """The invitation this browser opened, or None when it opened none lately.

    Raises: NoLongerValid when it was revoked or its guest deleted meanwhile (SEC-26).
    """
    state = request.session.get(SESSION_KEY)
    if not state or time.time() - state["at"] > LIFETIME.total_seconds():
        return None
    return usable_invitation(tickets.find_invitation_by_hash(state["ticket_hash"]))


def usable_invitation(invitation: Invitation | None) -> Invitation:
    """`invitation` if its link still leads somewhere: to acceptance, or to sign-in (INV-7).

    Raises: NoLongerValid for none, revoked ones and deleted guests, all alike; Expired, which
    only the genuine current ticket shows (SEC-26).
    """
    if invitation is None or invitation.status == InvitationStatus.REVOKED:
        raise NoLongerValid
    if invitation.user.deleted_at is not None or invitation.tenant.is_suspended:
        raise NoLongerValid
    if tickets.is_invitation_expired(
        invitation, tickets.invitation_policy(invitation.tenant), timezone.now()
    ):
        raise Expired
    return invitation


def require_usable_invitation(txn: SignInTransaction) -> None:
    """Stop a sign-in whose invitation was revoked meanwhile, before a code is typed (SEC-26).

    Raises: NoLongerValid, Expired.
    """
    if txn.invitation_id is None:
        return
    rows = Invitation.objects.of(txn.tenant).select_related("tenant", "user")
    usable_invitation(rows.filter(pk=txn.invitation_id).first())


def note_mismatch(request: HttpRequest) -> bool:
    """Whether the mismatch of this opened invitation is seen for the first time."""
    state = request.session.get(SESSION_KEY, {})
    if state.get("is_mismatch_noted"):
        return False
    request.session[SESSION_KEY] = {**state, "is_mismatch_noted": True}
    return True


P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class SeeOther(HttpResponseRedirect):
    """303: whatever was asked, GET this next."""

    status_code = 303


def mailed_link(view: View[P]) -> View[P]:
    """A page whose address a mail carries: no referrer leaves it (SEC-27, SEC-68).

    It has no form: under this policy browsers post with `Origin: null`, which no CSRF check
    accepts. The page with the form stands behind a redirect, at an address without the secret.
    """

    page = behind_link(view)

    @functools.wraps(page)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = page(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response

    return shown


def behind_link(view: View[P]) -> View[P]:
    """A page that a mailed link leads to: no cache, one neutral page for dead links."""

    @guest_page
    @functools.wraps(view)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except NoLongerValid:
            response = no_longer_valid(request)
        except Expired:
            response = render(
                request, "invitations/redemption/expired.html", {"host": None}, status=410
            )
        add_never_cache_headers(response)
        return response

    return shown


def no_longer_valid(request: HttpRequest) -> HttpResponse:
    """The neutral page of unknown, revoked, superseded tickets and deleted guests (SEC-26)."""
    return render(
        request, "invitations/redemption/no_longer_valid.html", {"host": None}, status=404
    )
