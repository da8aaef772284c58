"""Pane of an OpenID Connect provider (IDP-18, IDP-19)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from identityproviders.models import Federation, OpenIDClient
from identityproviders.oidc import client_keys
from identityproviders.providers import provider_pane
from identityproviders.providers.actions import require_may_edit
from identityproviders.providers.federations.actions import current_settings
from identityproviders.providers.forms import DomainForm, OpenIDForm
from identityproviders.providers.openid import actions
from identityproviders.providers.openid.actions import OpenIDSettings
from identityproviders.providers.our_urls import keys_url
from identityproviders.providers.provider_pane import View
from portal.audit import log
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number, shown_version
from portal.errors import Conflict, InvalidInput
from portal.permissions import Capability


@sensitive_post_parameters("client_secret")
@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_EDIT)
def new_openid(request: TenantRequest) -> HttpResponse:
    """New OpenID Connect provider (IDP-18)."""
    if request.method != "POST":
        return _show(request, OpenIDForm(is_new=True, is_stored=False))
    require_may_edit(request.tenant, request.user, log.CREATE_PROVIDER)
    form = OpenIDForm(request.POST, is_new=True, is_stored=False)
    if not form.is_valid():
        return _show(request, form, status=400)
    try:
        row = actions.create_openid_provider(
            request.tenant,
            by=request.user,
            domain=form.cleaned_data["domain"],
            settings=_settings(form),
        )
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _show(request, form, status=refusal.status, proof=provider_pane.proof_of(refusal))
    toasts.succeeded(
        request,
        _("%(name)s was added") % {"name": row.display_name},
        _("Register the redirect URI in this pane at the provider, then test it."),
    )
    return redirect("identityproviders:federation", provider_id=row.pk)


def edit_openid(request: TenantRequest, row: Federation) -> HttpResponse:
    """Look at an OpenID Connect provider and change it."""
    client = actions.openid_client(row)
    is_stored = bool(client.client_secret)
    if request.method != "POST":
        form = OpenIDForm(initial=_initial(row, client), is_new=False, is_stored=is_stored)
        return _show(request, form, row, client)
    require_may_edit(request.tenant, request.user, log.UPDATE_PROVIDER)
    form = OpenIDForm(request.POST, is_new=False, is_stored=is_stored)
    if not form.is_valid():
        return _show(request, form, row, client, status=400)
    try:
        actions.update_openid_provider(
            row,
            by=request.user,
            settings=_settings(form),
            version=posted_number(request, "version"),
        )
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _show(request, form, row, client, status=refusal.status)
    except Conflict as refusal:
        found = current_settings(row)
        return show_openid(request, found, status=refusal.status, error=str(refusal))
    toasts.succeeded(request, _("%(name)s was saved") % {"name": form.cleaned_data["display_name"]})
    return redirect("identityproviders:federation", provider_id=row.pk)


def show_openid(
    request: TenantRequest, row: Federation, *, status: int, **context: Any
) -> HttpResponse:
    """The pane as it is stored, with what was wrong in one of its smaller forms."""
    client = actions.openid_client(row)
    form = OpenIDForm(
        initial=_initial(row, client), is_new=False, is_stored=bool(client.client_secret)
    )
    return _show(request, form, row, client, status=status, **context)


def _settings(form: OpenIDForm) -> OpenIDSettings:
    names = (
        "display_name",
        "well_known_url",
        "issuer",
        "client_id",
        "authentication",
        "client_secret",
        "scope",
    )
    return OpenIDSettings(
        **{name: form.cleaned_data[name] for name in names},
        claims={name: form.cleaned_data[f"claim_{name}"] for name in actions.DEFAULT_CLAIMS},
    )


def _initial(row: Federation, client: OpenIDClient) -> dict[str, str]:
    claims = {**actions.DEFAULT_CLAIMS, **client.claims}
    return {
        "display_name": row.display_name,
        "well_known_url": client.well_known_url,
        "issuer": row.issuer,
        "client_id": client.client_id,
        "authentication": client.authentication,
        "scope": client.scope,
        **{f"claim_{name}": claims[name] for name in actions.DEFAULT_CLAIMS},
    }


def _show(
    request: TenantRequest,
    form: OpenIDForm,
    row: Federation | None = None,
    client: OpenIDClient | None = None,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    values: dict[str, Any] = {"form": form, "domain_form": DomainForm(), "selected_url": ""}
    if row is not None and client is not None:
        values |= provider_pane.details_of(row)
        values["version"] = shown_version(request, form, row.version)
        if client.private_key:
            keys = {"keys": [client_keys.public_key(client.private_key)]}
            values["public_keys"] = json.dumps(keys, indent=2)
            values["keys_url"] = keys_url(row)
    title = row.display_name if row else _("New OpenID Connect provider")
    found = provider_pane.pane_context(request, title, View.CUSTOM, **{**values, **context})
    return render(request, "identityproviders/providers/openid_pane.html", found, status=status)
