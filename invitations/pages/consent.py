"""Review permissions, and where the guest goes from there (CON-1 to CON-8, SEC-60)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from guests.models import User
from identityproviders.actions import sign_in
from identityproviders.models import SignInStep, SignInTransaction
from invitations import checks, landing_state, queries, terms
from invitations.actions import progress, redemption
from invitations.actions import terms as terms_of_use
from invitations.actions.terms import NotOpened
from invitations.errors import NotPending
from invitations.models import Invitation, InvitationStatus
from invitations.pages import terms as terms_pages
from invitations.pages.responses import SeeOther, behind_link, mailed_link
from portal import redirects
from portal.errors import InvalidInput


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def consent(request: HttpRequest) -> HttpResponse:
    """Ask before anything else; Accept redeems, Cancel leaves everything as it was."""
    txn = sign_in.current(request)
    if txn.step != SignInStep.CONSENT or txn.is_sign_up:
        return SeeOther(sign_in.next_url(txn))
    account = sign_in.account_of(txn)
    if account is not None and account.must_change_password:
        return SeeOther(reverse("identityproviders:change_password"))
    if txn.user is not None and txn.user.is_accepted and terms.missing(txn.user):
        return SeeOther(reverse("invitations:terms"))
    if request.method != "POST":
        return _ask(request, txn)
    if "accept" not in request.POST:
        progress.give_up(txn)
        sign_in.cancel(request, txn)
        landing_state.forget(request)
        return render(request, "invitations/declined.html", {"host": txn.tenant})
    assert txn.user is not None  # noqa: S101 - nobody unknown gets as far as consent
    try:
        versions = terms_of_use.require_opened(txn.user, terms_pages.opened(request))
        user = redemption.redeem(txn, terms=versions)
    except NotOpened as refusal:
        return _ask(request, txn, error=str(refusal))
    except NotPending:
        # Accepted in another window meanwhile: whoever proved the same identity gets in.
        return SeeOther(sign_in.advance(request, sign_in.current(request)))
    landing_state.forget(request)
    sign_in.finish(request, txn, user)
    return SeeOther(sign_in.destination(txn, user))


def _ask(request: HttpRequest, txn: SignInTransaction, *, error: str = "") -> HttpResponse:
    """The page, with the documents that are to be opened first (CON-2, CON-4)."""
    context = {
        "host": txn.tenant,
        "txn": txn,
        "documents": terms_pages.documents(request, txn.user) if txn.user else [],
        "error": error,
    }
    return render(request, "invitations/consent.html", context, status=400 if error else 200)


@require_safe
@login_required
@mailed_link
def leaving(request: HttpRequest) -> HttpResponse:
    """Send an accepted guest to the redirect URL of their invitation (CON-7, SEC-60).

    The list is asked at every use: on it, the browser goes by itself; otherwise the page names
    the host, and the guest decides.
    """
    invitation = _own_invitation(request)
    try:
        url = checks.redirect_of(invitation.redirect_url)
    except InvalidInput:
        return redirect(_my_apps(invitation.tenant_id))
    if url.origin == redirects.origin_of(settings.PORTAL_BASE_URL):
        return redirect(redirects.same_origin_path(url.rest) or _my_apps(invitation.tenant_id))
    context = {
        "host": invitation.tenant,
        "url": url,
        "is_listed": redirects.is_listed(url, queries.listed_targets(invitation.tenant)),
        "my_apps_url": _my_apps(invitation.tenant_id),
    }
    return render(request, "invitations/leaving.html", context)


def _own_invitation(request: HttpRequest) -> Invitation:
    """The accepted invitation of the signed-in guest that the query names.

    Raises: Http404 for any other.
    """
    try:
        invitation_id = uuid.UUID(request.GET.get("invitation", ""))
    except ValueError as error:
        raise Http404 from error
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - login_required let nobody else pass
    found: Invitation | None = (
        Invitation.objects.of(user.tenant)
        .select_related("tenant")
        .filter(pk=invitation_id, user=user, status=InvitationStatus.COMPLETED)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _my_apps(tenant_id: uuid.UUID) -> str:
    return reverse("applications:my_apps", kwargs={"tenant": tenant_id})
