"""External Identities | All identity providers | an OpenID Connect provider (IDP-18, IDP-19)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from identityproviders import openid_claims, provider_endpoints
from identityproviders.actions import federations
from identityproviders.actions import openid as actions
from identityproviders.actions.openid import OpenIDSettings
from identityproviders.actions.providers import require_may_edit
from identityproviders.blades import custom, frame
from identityproviders.blades.frame import View
from identityproviders.models import Federation, OpenIDClient
from identityproviders.oidc import client_keys
from identityproviders.provider_forms import DomainForm, OpenIDForm
from portal.audit import log
from portal.errors import Conflict, InvalidInput
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade
from portal.shell.forms import posted_number, shown_version


@sensitive_post_parameters("client_secret")
@require_http_methods(["GET", "HEAD", "POST"])
@blade(**frame.PLACE, capability="providers.edit")
def new_openid(request: TenantRequest) -> HttpResponse:
    """New OpenID Connect provider (IDP-18)."""
    if request.method != "POST":
        return _show(request, OpenIDForm(is_new=True, is_stored=False))
    require_may_edit(request.tenant, request.user, log.CREATE_PROVIDER)
    form = OpenIDForm(request.POST, is_new=True, is_stored=False)
    if not form.is_valid():
        return _show(request, form, status=400)
    try:
        row = actions.create(
            request.tenant,
            by=request.user,
            domain=form.cleaned_data["domain"],
            settings=_settings(form),
        )
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _show(request, form, status=refusal.status, proof=custom.proof_of(refusal))
    toasts.succeeded(
        request,
        _("%(name)s was added") % {"name": row.display_name},
        _("Register the redirect URI in this pane at the provider, then test it."),
    )
    return redirect("identityproviders:federation", provider_id=row.pk)


def edit(request: TenantRequest, row: Federation) -> HttpResponse:
    """Look at an OpenID Connect provider and change it."""
    client = actions.client_of(row)
    is_stored = bool(client.client_secret)
    if request.method != "POST":
        form = OpenIDForm(initial=_initial(row, client), is_new=False, is_stored=is_stored)
        return _show(request, form, row, client)
    require_may_edit(request.tenant, request.user, log.UPDATE_PROVIDER)
    form = OpenIDForm(request.POST, is_new=False, is_stored=is_stored)
    if not form.is_valid():
        return _show(request, form, row, client, status=400)
    try:
        actions.update(
            row,
            by=request.user,
            settings=_settings(form),
            version=posted_number(request, "version"),
        )
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _show(request, form, row, client, status=refusal.status)
    except Conflict as refusal:
        found = federations.current(row)
        return show(request, found, status=refusal.status, error=str(refusal))
    toasts.succeeded(request, _("%(name)s was saved") % {"name": form.cleaned_data["display_name"]})
    return redirect("identityproviders:federation", provider_id=row.pk)


def show(request: TenantRequest, row: Federation, *, status: int, **context: Any) -> HttpResponse:
    """The pane as it is stored, with what was wrong in one of its smaller forms."""
    client = actions.client_of(row)
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
        claims={name: form.cleaned_data[f"claim_{name}"] for name in openid_claims.DEFAULTS},
    )


def _initial(row: Federation, client: OpenIDClient) -> dict[str, str]:
    claims = {**openid_claims.DEFAULTS, **client.claims}
    return {
        "display_name": row.display_name,
        "well_known_url": client.well_known_url,
        "issuer": row.issuer,
        "client_id": client.client_id,
        "authentication": client.authentication,
        "scope": client.scope,
        **{f"claim_{name}": claims[name] for name in openid_claims.DEFAULTS},
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
        values |= custom.details_of(row)
        values["version"] = shown_version(request, form, row.version)
        if client.private_key:
            keys = {"keys": [client_keys.public_key(client.private_key)]}
            values["public_keys"] = json.dumps(keys, indent=2)
            values["keys_url"] = provider_endpoints.keys_url(row)
    title = row.display_name if row else _("New OpenID Connect provider")
    found = frame.pane(request, title, View.CUSTOM, **{**values, **context})
    return render(request, "identityproviders/openid_pane.html", found, status=status)
