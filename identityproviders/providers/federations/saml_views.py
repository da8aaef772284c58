"""Pane of a SAML or WS-Fed provider: create and edit (IDP-9, IDP-10)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from identityproviders.models import Federation
from identityproviders.providers import provider_pane
from identityproviders.providers.actions import require_may_edit
from identityproviders.providers.federations import actions, certificates, metadata
from identityproviders.providers.federations.actions import FederationSettings
from identityproviders.providers.forms import DomainForm, FederationForm
from identityproviders.providers.provider_pane import View
from identityproviders.saml.documents import MAX_METADATA_BYTES
from identityproviders.saml.metadata import PartnerMetadata
from portal.audit import log
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number, shown_version, without_errors
from portal.errors import Conflict, InvalidInput
from portal.permissions import Capability

Protocol = Federation.Protocol


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_EDIT)
def new_federation(request: TenantRequest) -> HttpResponse:
    """New SAML/WS-Fed IdP: typed, or filled from metadata first (IDP-9, IDP-10)."""
    if request.method != "POST":
        return _show(request, FederationForm(is_new=True))
    require_may_edit(request.tenant, request.user, log.CREATE_PROVIDER)
    form = FederationForm(request.POST, request.FILES, is_new=True)
    protocol = Protocol.WS_FED if request.POST.get("protocol") == "wsfed" else Protocol.SAML
    if _is_to_read(request):
        return _filled(request, protocol)
    if not form.is_valid():
        return _show(request, form, status=400)
    try:
        row = actions.create_federation(
            request.tenant,
            by=request.user,
            protocol=protocol,
            domain=form.cleaned_data["domain"],
            settings=_settings(form),
        )
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _show(request, form, status=refusal.status, proof=provider_pane.proof_of(refusal))
    toasts.succeeded(
        request,
        _("%(name)s was added") % {"name": row.display_name},
        _("Give the partner the addresses in this pane, then test the provider."),
    )
    return redirect("identityproviders:federation", provider_id=row.pk)


def edit_saml(request: TenantRequest, row: Federation) -> HttpResponse:
    """Look at a SAML or WS-Fed provider and change it."""
    if request.method != "POST":
        return _show(request, FederationForm(initial=_initial(row), is_new=False), row)
    require_may_edit(request.tenant, request.user, log.UPDATE_PROVIDER)
    form = FederationForm(request.POST, request.FILES, is_new=False)
    if _is_to_read(request):
        return _filled(request, Protocol(row.protocol), row)
    if not form.is_valid():
        return _show(request, form, row, status=400)
    try:
        actions.update_federation(
            row,
            by=request.user,
            settings=_settings(form),
            version=posted_number(request, "version"),
        )
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _show(request, form, row, status=refusal.status)
    except Conflict as refusal:
        return show_saml(
            request, actions.current_settings(row), status=refusal.status, error=str(refusal)
        )
    toasts.succeeded(request, _("%(name)s was saved") % {"name": form.cleaned_data["display_name"]})
    return redirect(provider_pane.custom_url())


def show_saml(
    request: TenantRequest, row: Federation, *, status: int, **context: Any
) -> HttpResponse:
    """The pane as it is stored, with what was wrong in one of its smaller forms."""
    form = FederationForm(initial=_initial(row), is_new=False)
    return _show(request, form, row, status=status, **context)


def _filled(
    request: TenantRequest, protocol: Protocol, row: Federation | None = None
) -> HttpResponse:
    """The form again, filled from the uploaded file or from the metadata URL (IDP-10)."""
    is_new = row is None
    try:
        found = _metadata(request, protocol)
    except InvalidInput as error:
        form = FederationForm(request.POST, is_new=is_new)
        form.is_valid()
        without_errors(form)
        form.refuse(error)
        return _show(request, form, row, status=400)
    data = request.POST.copy()
    data["issuer"], data["endpoint"] = found.issuer, found.endpoint
    data["binding"] = found.binding.value
    data["certificate"] = certificates.stored_certificates(found.certificates)
    form = FederationForm(data, is_new=is_new)
    form.is_valid()
    without_errors(form)
    return _show(request, form, row, filled=True, remarks=found.remarks)


def _is_to_read(request: TenantRequest) -> bool:
    """Whether metadata is asked for; a file beside an empty form means it too."""
    is_unread = "metadata_file" in request.FILES and not request.POST.get("issuer")
    return request.POST.get("go") in {"parse", "read"} or is_unread


def _metadata(request: TenantRequest, protocol: Protocol) -> PartnerMetadata:
    if request.POST.get("go") == "read":
        url = request.POST.get("metadata_url", "")
        return metadata.read_partner_metadata(url, protocol)
    file = request.FILES.get("metadata_file")
    if file is None:
        raise InvalidInput("metadata_file", _("Choose the metadata file first."))
    return metadata.parse_partner_metadata(file.read(MAX_METADATA_BYTES + 1), protocol)


def _settings(form: FederationForm) -> FederationSettings:
    names = ("display_name", "issuer", "endpoint", "certificate", "metadata_url")
    values = {name: form.cleaned_data[name] for name in names}
    return FederationSettings(
        **values, binding=form.cleaned_data["binding"] or Federation.Binding.REDIRECT
    )


def _initial(row: Federation) -> dict[str, str]:
    return {
        "display_name": row.display_name,
        "issuer": row.issuer,
        "endpoint": row.endpoint,
        "binding": row.binding,
        "certificate": row.certificates,
        "metadata_url": row.metadata_url,
        "method": "manual",
    }


def _show(
    request: TenantRequest,
    form: FederationForm,
    row: Federation | None = None,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    values: dict[str, Any] = {"form": form, "domain_form": DomainForm()}
    if row is None:
        values["selected_url"] = ""
    else:
        values |= provider_pane.details_of(row)
        values["version"] = shown_version(request, form, row.version)
    title = row.display_name if row else _("New SAML/WS-Fed IdP")
    found = provider_pane.pane_context(request, title, View.CUSTOM, **{**values, **context})
    return render(request, "identityproviders/providers/federation_pane.html", found, status=status)
