"""From the mailed link to the sign-in (RED-1, RED-7, SEC-24 to SEC-27)."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from guests import lookups
from guests.models import User
from identityproviders.actions import choosing, proofs, sign_in
from identityproviders.discovery import Entry
from invitations import cross_tenant, landing_state, tickets
from invitations.emails import name_in_mail
from invitations.models import Invitation
from invitations.pages.responses import SeeOther, behind_link, mailed_link
from portal import addresses
from portal.audit import log
from portal.audit.log import Details, Target
from portal.audit.models import Result


@require_safe
@mailed_link
def open_ticket(request: HttpRequest, ticket: str) -> HttpResponse:
    """Move the ticket to the server side and go on to a URL without it (SEC-27)."""
    invitation = landing_state.usable(tickets.find(ticket))
    landing_state.remember(request, invitation)
    return SeeOther(reverse("invitations:landing"))


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def landing(request: HttpRequest) -> HttpResponse:
    """Who invites whom, before any sign-in; Accept starts it (RED-1)."""
    invitation = landing_state.current(request)
    if invitation is None:
        return _open_again(request)
    visitor = _visitor(request)
    if visitor is not None and visitor.pk == invitation.user_id and visitor.is_accepted:
        return SeeOther(arrival_path(invitation))
    if visitor is not None and not _is_invited(visitor, invitation):
        return SeeOther(reverse("invitations:mismatch"))
    if request.method == "POST":
        return SeeOther(_start(request, invitation, visitor))
    return render(request, "invitations/landing.html", _about(invitation))


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def mismatch(request: HttpRequest) -> HttpResponse:
    """Somebody else is signed in: sign out and go on, or cancel (SEC-25)."""
    invitation = landing_state.current(request)
    if invitation is None:
        return _open_again(request)
    visitor = _visitor(request)
    if visitor is None or _is_invited(visitor, invitation):
        return SeeOther(reverse("invitations:landing"))
    if request.method != "POST":
        _note_mismatch(request, invitation, visitor)
        context = {**_about(invitation), "visitor": visitor}
        return render(request, "invitations/mismatch.html", context)
    if "sign_out" not in request.POST:
        landing_state.forget(request)
        return SeeOther(reverse("shell:home"))
    logout(request)
    landing_state.remember(request, invitation)
    return SeeOther(reverse("invitations:landing"))


def arrival_path(invitation: Invitation) -> str:
    """Where an accepted guest of this invitation goes on: an id of ours, not a URL (SEC-61)."""
    return f"{reverse('invitations:leaving')}?invitation={invitation.pk}"


def _visitor(request: HttpRequest) -> User | None:
    user = request.user
    return user if isinstance(user, User) and user.is_authenticated else None


def _is_invited(visitor: User, invitation: Invitation) -> bool:
    """Whether the signed-in account is the invited person's (SEC-25).

    It still has to prove it: this only decides between going on and the mismatch page.
    """
    if visitor.pk == invitation.user_id:
        return True
    if visitor.tenant_id == invitation.tenant_id:
        return False
    return addresses.canonical(invitation.address) in lookups.canonical_addresses(visitor)


def _start(request: HttpRequest, invitation: Invitation, visitor: User | None) -> str:
    """Start the sign-in of the invited address; the address of its next page."""
    address = addresses.parse(invitation.address)
    txn = sign_in.start(
        request,
        tenant=invitation.tenant,
        entry=Entry.INVITATION,
        continue_to=arrival_path(invitation),
        address=address,
        user=invitation.user,
        invitation_id=invitation.pk,
    )
    choosing.identify(txn, address)
    if proofs.by_session(txn, visitor):
        return sign_in.advance_or_next(request, txn)
    return sign_in.next_url(txn)


def _about(invitation: Invitation) -> dict[str, object]:
    inviter = invitation.inviter
    return {
        "host": invitation.tenant,
        "invitation": invitation,
        "inviter_name": name_in_mail(inviter.display_name) if inviter else "",
        "masked": addresses.parse(invitation.address).masked,
        "is_accepted": invitation.user.is_accepted,
        "is_notice": cross_tenant.will_redeem_automatically(invitation.user),
    }


def _open_again(request: HttpRequest) -> HttpResponse:
    """The browser has no opened invitation, or opened it too long ago."""
    return render(request, "invitations/open_again.html", {"host": None}, status=404)


def _note_mismatch(request: HttpRequest, invitation: Invitation, visitor: User) -> None:
    if landing_state.note_mismatch(request):
        log.record(
            log.IDENTITY_MISMATCH,
            invitation.tenant,
            by=visitor,
            target=Target.of_user(invitation.user),
            details=Details(
                additional={"InvitationId": invitation.pk}, reason="Signed in as somebody else."
            ),
            result=Result.FAILURE,
        )
