"""Page Terms of use: documents, versions, who accepted (CON-4, EXT-1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from invitations.models import TermsAcceptance, TermsDocument
from invitations.terms import actions
from invitations.terms.actions import PublishedMeanwhile
from invitations.terms.forms import TermsForm
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.errors import InvalidInput, NotFound
from portal.permissions import Capability

TITLE = gettext_lazy("Terms of use")
PLACE: dict[str, Any] = {
    "service": "external_identities",
    "page": "terms_of_use",
    "title": TITLE,
    "icon": "clipboard_text_ltr",
}
"""Where the pages stand; `@blade(**PLACE, capability=...)`."""
LIST = "invitations:terms_of_use"
MOST_SHOWN = 100


@require_safe
@blade(**PLACE, capability=Capability.TERMS_READ)
def terms_of_use(request: TenantRequest) -> HttpResponse:
    """The documents that guests accept, with their version and how many accepted it."""
    return render(request, "invitations/terms/terms_of_use.html", _list(request))


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**PLACE, capability=Capability.TERMS_EDIT)
def new_terms(request: TenantRequest) -> HttpResponse:
    """Add a document."""
    form = TermsForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                actions.create_terms(
                    request.tenant,
                    name=form.cleaned_data["name"],
                    text=form.cleaned_data["text"],
                    by=request.user,
                )
            except InvalidInput as error:
                form.add_error(error.field, str(error))
            else:
                text = _("Guests are asked at their next sign-in.")
                toasts.succeeded(request, _("Terms of use were published"), text)
                return redirect(LIST)
    context = {**_list(request), **_pane(_("New terms of use")), "form": form}
    return render(request, "invitations/terms/new_terms.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**PLACE, capability=Capability.TERMS_READ)
def terms_versions(request: TenantRequest, document_id: UUID) -> HttpResponse:
    """One document: its text, who accepted it, a new version, the end of it."""
    rows = TermsDocument.objects.of(request.tenant).select_related("tenant")
    document = rows.filter(pk=document_id, retired_at=None).first()
    if document is None:
        raise NotFound
    newest = document.versions.order_by("-number").first()
    initial = {"name": document.name, "text": newest.text, "shown": newest.number}
    form = TermsForm(request.POST or None, initial=initial, is_version=True)
    error, status = "", 200
    if request.method == "POST":
        permissions.require(request.user, Capability.TERMS_EDIT)
        if "retire" in request.POST:
            actions.retire_terms(document, by=request.user)
            toasts.succeeded(request, _("Nobody is asked for %(name)s any more") % initial)
            return redirect(LIST)
        status = 400
        if form.is_valid():
            try:
                actions.publish_terms(
                    document,
                    text=form.cleaned_data["text"],
                    shown=form.cleaned_data["shown"],
                    by=request.user,
                )
            except PublishedMeanwhile as refusal:
                error, status = str(refusal), refusal.status
            else:
                text = _("Everybody is asked again at their next sign-in.")
                toasts.succeeded(request, _("A new version was published"), text)
                return redirect(LIST)
    acceptances = TermsAcceptance.objects.of(request.tenant).filter(version__document=document)
    context = {
        **_list(request),
        **_pane(document.name),
        "document": document,
        "newest": newest,
        "form": form,
        "error": error,
        "acceptances": acceptances.select_related("user", "version").order_by("-accepted_at")[
            :MOST_SHOWN
        ],
    }
    return render(request, "invitations/terms/terms_versions.html", context, status=status)


def _list(request: TenantRequest) -> dict[str, object]:
    documents = (
        TermsDocument.objects.of(request.tenant)
        .filter(retired_at=None)
        .annotate(
            newest=Max("versions__number"),
            published_at=Max("versions__created_at"),
            accepted=Count("versions__acceptances__user", distinct=True),
        )
        .order_by("name", "pk")
    )
    return {
        "documents": documents,
        "may_edit": permissions.may(request.user, Capability.TERMS_EDIT),
        "roles": permissions.role_names(Capability.TERMS_EDIT),
    }


def _pane(title: str) -> dict[str, object]:
    return {
        "pane_title": title,
        "pane_subtitle": _("Terms of use"),
        "pane_close_url": reverse(LIST),
        "is_pane": True,
    }
