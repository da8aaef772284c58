"""Guest pages *Review permissions* and leaving for the application (CON-1 to CON-8, SEC-60)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from guests.models import User
from identityproviders.models import SignInStep, SignInTransaction
from identityproviders.sign_in.actions import (
    account_of_sign_in,
    advance_sign_in,
    cancel_sign_in,
    current_sign_in,
    finish_sign_in,
    next_url,
)
from identityproviders.sign_in.destinations import sign_in_destination
from invitations.inviting import checks
from invitations.inviting.errors import NotPending
from invitations.lifecycle.actions import give_up_consent
from invitations.models import Invitation, InvitationStatus
from invitations.overview.queries import listed_targets
from invitations.redemption import actions, opened_invitation
from invitations.redemption.opened_invitation import SeeOther, behind_link, mailed_link
from invitations.terms import guest_views
from invitations.terms.actions import (
    NotOpened,
    missing_terms,
    require_opened_terms,
    terms_in_force,
)
from portal.errors import InvalidInput
from portal.values import redirect_url


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def consent(request: HttpRequest) -> HttpResponse:
    """Ask before anything else; Accept redeems, Cancel leaves everything as it was."""
    txn = current_sign_in(request)
    if txn.step != SignInStep.CONSENT or txn.is_sign_up:
        return SeeOther(next_url(txn))
    account = account_of_sign_in(txn)
    if account is not None and account.must_change_password:
        return SeeOther(reverse("identityproviders:change_password"))
    if txn.user is not None and txn.user.is_accepted and missing_terms(txn.user):
        return SeeOther(reverse("invitations:terms"))
    if request.method != "POST":
        return _ask(request, txn)
    if "accept" not in request.POST:
        give_up_consent(txn)
        cancel_sign_in(request, txn)
        opened_invitation.forget_invitation(request)
        return render(request, "invitations/redemption/declined.html", {"host": txn.tenant})
    assert txn.user is not None  # noqa: S101 - only known guests get as far as consent
    try:
        versions = require_opened_terms(txn.user, guest_views.opened(request))
        user = actions.redeem_invitation(txn, terms=versions)
    except NotOpened as refusal:
        return _ask(request, txn, error=str(refusal))
    except NotPending:
        # Accepted in another window meanwhile: the same proven identity gets in.
        return SeeOther(advance_sign_in(request, current_sign_in(request)))
    opened_invitation.forget_invitation(request)
    finish_sign_in(request, txn, user)
    return SeeOther(sign_in_destination(txn, user))


def _ask(request: HttpRequest, txn: SignInTransaction, *, error: str = "") -> HttpResponse:
    """The page, with the documents that are to be opened first (CON-2, CON-4)."""
    context = {
        "host": txn.tenant,
        "txn": txn,
        "documents": guest_views.documents(request, txn.user) if txn.user else [],
        "has_terms": terms_in_force(txn.tenant).exists,
        "error": error,
    }
    return render(
        request, "invitations/redemption/consent.html", context, status=400 if error else 200
    )


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
    if url.origin == redirect_url.origin_of(settings.PORTAL_BASE_URL):
        return redirect(redirect_url.same_origin_path(url.rest) or _my_apps(invitation.tenant_id))
    context = {
        "host": invitation.tenant,
        "url": url,
        "is_listed": redirect_url.is_listed(url, listed_targets(invitation.tenant)),
        "my_apps_url": _my_apps(invitation.tenant_id),
    }
    return render(request, "invitations/redemption/leaving.html", context)


def _own_invitation(request: HttpRequest) -> Invitation:
    """The accepted invitation of the signed-in guest that the query names.

    Raises: Http404 for any other.
    """
    try:
        invitation_id = uuid.UUID(request.GET.get("invitation", ""))
    except ValueError as error:
        raise Http404 from error
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - login_required let only users pass
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
