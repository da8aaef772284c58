"""Guest pages from the mailed link to the sign-in (RED-1, RED-7, SEC-24 to SEC-27)."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from guests.models import User
from guests.users import lookups
from identityproviders.discovery.decide import Entry
from identityproviders.models import SignInStep
from identityproviders.sign_in import method_choice, verified_identity
from identityproviders.sign_in.actions import advance_or_next, next_url, start_sign_in
from invitations.cross_tenant.queries import will_redeem_automatically
from invitations.delivery.emails import name_in_mail
from invitations.delivery.mail_language import mail_language
from invitations.inviting import tickets
from invitations.models import Invitation
from invitations.redemption import opened_invitation
from invitations.redemption.actions import refuse_denied_domain
from invitations.redemption.opened_invitation import SeeOther, behind_link, mailed_link
from portal import languages
from portal.audit import log
from portal.audit.log import Details, Target
from portal.audit.models import Result


@require_safe
@mailed_link
def open_ticket(request: HttpRequest, ticket: str) -> HttpResponse:
    """Move the ticket to the server side and go on to a URL without it (SEC-27)."""
    invitation = opened_invitation.usable_invitation(tickets.find_invitation(ticket))
    _remember(request, invitation)
    return SeeOther(reverse("invitations:landing"))


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def landing(request: HttpRequest) -> HttpResponse:
    """Show inviter and invited address before any sign-in; Accept starts it (RED-1)."""
    invitation = opened_invitation.opened_invitation(request)
    if invitation is None:
        return _open_again(request)
    visitor = _visitor(request)
    if visitor is not None and visitor.pk == invitation.user_id and visitor.is_accepted:
        return SeeOther(arrival_path(invitation))
    if visitor is not None and not _is_invited(visitor, invitation):
        return SeeOther(reverse("invitations:mismatch"))
    if request.method == "POST":
        return SeeOther(_start(request, invitation, visitor))
    return render(request, "invitations/redemption/landing.html", _about(invitation))


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def mismatch(request: HttpRequest) -> HttpResponse:
    """Somebody else is signed in: sign out and go on, or cancel (SEC-25)."""
    invitation = opened_invitation.opened_invitation(request)
    if invitation is None:
        return _open_again(request)
    visitor = _visitor(request)
    if visitor is None or _is_invited(visitor, invitation):
        return SeeOther(reverse("invitations:landing"))
    if request.method != "POST":
        _note_mismatch(request, invitation, visitor)
        context = {**_about(invitation), "visitor": visitor}
        return render(request, "invitations/redemption/mismatch.html", context)
    if "sign_out" not in request.POST:
        opened_invitation.forget_invitation(request)
        return SeeOther(reverse("console:home"))
    logout(request)
    _remember(request, invitation)
    return SeeOther(reverse("invitations:landing"))


def arrival_path(invitation: Invitation) -> str:
    """Where an accepted guest of this invitation goes on: an id of ours, not a URL (SEC-61)."""
    return f"{reverse('invitations:leaving')}?invitation={invitation.pk}"


def _remember(request: HttpRequest, invitation: Invitation) -> None:
    """Let the next pages of this browser be about `invitation`, in the language of its mail."""
    opened_invitation.remember_invitation(request, invitation)
    key = invitation.email_address.canonical
    home = lookups.members_by_address([key], outside=invitation.tenant).get(key)
    languages.speak_as_mail(request, mail_language(invitation, home))


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
    return invitation.email_address.canonical in lookups.canonical_addresses(visitor)


def _start(request: HttpRequest, invitation: Invitation, visitor: User | None) -> str:
    """Start the sign-in of the invited address; the address of its next page."""
    address = invitation.email_address
    txn = start_sign_in(
        request,
        tenant=invitation.tenant,
        entry=Entry.INVITATION,
        continue_to=arrival_path(invitation),
        address=address,
        user=invitation.user,
        invitation_id=invitation.pk,
    )
    method_choice.identify_account(txn, address)
    if txn.step == SignInStep.METHOD and refuse_denied_domain(txn):
        return next_url(txn)
    if verified_identity.identity_by_session(txn, visitor):
        return advance_or_next(request, txn)
    return next_url(txn)


def _about(invitation: Invitation) -> dict[str, object]:
    inviter = invitation.inviter
    return {
        "host": invitation.tenant,
        "invitation": invitation,
        "inviter_name": name_in_mail(inviter.display_name) if inviter else "",
        "masked": invitation.email_address.masked,
        "is_accepted": invitation.user.is_accepted,
        "is_notice": will_redeem_automatically(invitation.user),
    }


def _open_again(request: HttpRequest) -> HttpResponse:
    """The browser has no opened invitation, or opened it too long ago."""
    return render(request, "invitations/redemption/open_again.html", {"host": None}, status=404)


def _note_mismatch(request: HttpRequest, invitation: Invitation, visitor: User) -> None:
    if opened_invitation.note_mismatch(request):
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
