"""Terms of use: read each document, then accept (CON-4)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from guests.models import User
from identityproviders.actions import sign_in
from identityproviders.models import SignInStep, SignInTransaction
from invitations import landing_state, terms
from invitations.actions import terms as actions
from invitations.actions.terms import NotOpened
from invitations.models import TermsVersion
from invitations.pages.responses import SeeOther
from portal.shell.blades import guest_page

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
    return [Document(version, str(version.pk) in seen) for version in terms.missing(user)]


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def terms_page(request: HttpRequest) -> HttpResponse:
    """A new version asks an accepted guest again, before the session opens."""
    txn = sign_in.current(request)
    user = _accepted_guest(txn)
    if user is None:
        return SeeOther(sign_in.next_url(txn))
    error = ""
    if request.method == "POST" and "accept" not in request.POST:
        actions.decline(user)
        sign_in.cancel(request, txn)
        landing_state.forget(request)
        return render(request, "invitations/declined.html", {"host": txn.tenant, "is_terms": True})
    if request.method == "POST":
        try:
            actions.accept(user, actions.require_opened(user, opened(request)))
        except NotOpened as refusal:
            error = str(refusal)
        else:
            request.session.pop(SESSION_KEY, None)
            return SeeOther(sign_in.advance(request, txn))
    context = {"host": txn.tenant, "documents": documents(request, user), "error": error}
    return render(request, "invitations/terms.html", context, status=400 if error else 200)


@require_safe
@guest_page
def terms_document(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """One document, read before it is accepted; that it was shown stays with the browser."""
    txn = sign_in.current(request)
    if txn.step != SignInStep.CONSENT or txn.proven_at is None:
        return SeeOther(sign_in.next_url(txn))
    version = terms.in_force(txn.tenant).filter(pk=version_id).first()
    if version is None:
        raise Http404
    request.session[SESSION_KEY] = sorted({*opened(request), str(version.pk)})
    is_accepted = txn.user is not None and txn.user.is_accepted
    back = reverse("invitations:terms" if is_accepted else "invitations:consent")
    context = {"host": txn.tenant, "version": version, "back_url": back}
    return render(request, "invitations/terms_document.html", context)


def _accepted_guest(txn: SignInTransaction) -> User | None:
    """The guest who proved who they are and accepted the invitation before."""
    if txn.step != SignInStep.CONSENT or txn.proven_at is None or txn.user is None:
        return None
    return txn.user if txn.user.is_accepted else None
