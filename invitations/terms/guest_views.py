"""Guest pages: show terms of use; ask accepted guests again after a new version (CON-4)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from guests.models import User
from identityproviders.models import SignInStep, SignInTransaction
from identityproviders.sign_in.actions import (
    advance_sign_in,
    cancel_sign_in,
    current_sign_in,
    next_url,
)
from invitations.models import TermsVersion
from invitations.redemption import opened_invitation
from invitations.redemption.opened_invitation import SeeOther
from invitations.terms import actions
from invitations.terms.actions import NotOpened
from portal.console.blades import guest_page

SESSION_KEY = "terms_opened"
"""The ids of the versions that this browser showed; nothing of the person."""


@dataclass(frozen=True)
class Document:
    """A version to accept, and whether this browser showed it."""

    version: TermsVersion
    is_opened: bool


def opened(request: HttpRequest) -> list[str]:
    """The ids of the versions that this browser showed."""
    return list(request.session.get(SESSION_KEY, []))


def documents(request: HttpRequest, user: User) -> list[Document]:
    """What `user` has to accept, for the page that asks."""
    seen = set(opened(request))
    return [Document(version, str(version.pk) in seen) for version in actions.missing_terms(user)]


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def terms_page(request: HttpRequest) -> HttpResponse:
    """A new version asks an accepted guest again, before the session opens."""
    txn = current_sign_in(request)
    user = _accepted_guest(txn)
    if user is None:
        return SeeOther(next_url(txn))
    error = ""
    if request.method == "POST" and "accept" not in request.POST:
        actions.decline_terms(user)
        cancel_sign_in(request, txn)
        opened_invitation.forget_invitation(request)
        return render(
            request, "invitations/redemption/declined.html", {"host": txn.tenant, "is_terms": True}
        )
    if request.method == "POST":
        try:
            actions.accept_terms(user, actions.require_opened_terms(user, opened(request)))
        except NotOpened as refusal:
            error = str(refusal)
        else:
            request.session.pop(SESSION_KEY, None)
            return SeeOther(advance_sign_in(request, txn))
    context = {"host": txn.tenant, "documents": documents(request, user), "error": error}
    return render(request, "invitations/terms/terms.html", context, status=400 if error else 200)


@require_safe
@guest_page
def terms_document(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """One document, read before it is accepted; that it was shown stays with the browser."""
    txn = current_sign_in(request)
    if txn.step != SignInStep.CONSENT or txn.proven_at is None:
        return SeeOther(next_url(txn))
    version = actions.terms_in_force(txn.tenant).filter(pk=version_id).first()
    if version is None:
        raise Http404
    request.session[SESSION_KEY] = sorted({*opened(request), str(version.pk)})
    is_accepted = txn.user is not None and txn.user.is_accepted
    back = reverse("invitations:terms" if is_accepted else "invitations:consent")
    context = {"host": txn.tenant, "version": version, "back_url": back}
    return render(request, "invitations/terms/terms_document.html", context)


def _accepted_guest(txn: SignInTransaction) -> User | None:
    """The guest who proved who they are and accepted the invitation before."""
    if txn.step != SignInStep.CONSENT or txn.proven_at is None or txn.user is None:
        return None
    return txn.user if txn.user.is_accepted else None
