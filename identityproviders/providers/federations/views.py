"""Pane of one custom provider: domains, metadata, deletion (IDP-11 to IDP-16)."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from identityproviders.impact import confirmation
from identityproviders.models import Federation
from identityproviders.providers import provider_pane
from identityproviders.providers.actions import require_may_edit
from identityproviders.providers.federations import actions, metadata, saml_views
from identityproviders.providers.forms import DomainForm
from identityproviders.providers.openid.views import edit_openid, show_openid
from identityproviders.providers.provider_pane import View, proof_of, provider_of
from portal.audit import log
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number
from portal.errors import DomainError, InvalidInput, NotAllowed, NotConfirmed, NotFound
from portal.permissions import Capability


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_READ)
def federation_pane(request: TenantRequest, provider_id: uuid.UUID) -> HttpResponse:
    """Look at a custom provider and change it."""
    row = provider_of(request, provider_id)
    if row.protocol == Federation.Protocol.OIDC:
        return edit_openid(request, row)
    return saml_views.edit_saml(request, row)


@require_POST
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_EDIT)
def add_domain(request: TenantRequest, provider_id: uuid.UUID) -> HttpResponse:
    """One more domain, with its proof (IDP-11, IDP-12)."""
    row = provider_of(request, provider_id)
    require_may_edit(request.tenant, request.user, log.UPDATE_PROVIDER)
    form = DomainForm(request.POST)
    if not form.is_valid():
        return _again(request, row, domain_form=form, status=400)
    try:
        name = actions.add_domain(row, by=request.user, domain=form.cleaned_data["domain"])
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _again(
            request, row, domain_form=form, status=refusal.status, proof=proof_of(refusal)
        )
    toasts.succeeded(
        request,
        _("%(provider)s serves %(domain)s") % {"provider": row.display_name, "domain": name},
    )
    return redirect(f"{provider_pane.provider_url(row)}#domains")


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_EDIT)
def remove_domain(request: TenantRequest, provider_id: uuid.UUID) -> HttpResponse:
    """Ask with the number of guests who lose their sign-in, then remove the domain (IDP-16)."""
    row = provider_of(request, provider_id)
    asked = request.POST if request.method == "POST" else request.GET
    domain = asked.get("domain", "")
    if not row.domains.filter(name=domain).exists():
        raise NotFound
    unconfirmed = ""
    if request.method == "POST":
        acknowledged = posted_number(request, "acknowledged")
        try:
            actions.remove_domain(row, by=request.user, domain=domain, acknowledged=acknowledged)
        except (NotConfirmed, InvalidInput) as refusal:
            unconfirmed = str(refusal)
        else:
            toasts.succeeded(request, _("%(domain)s was removed") % {"domain": domain})
            return redirect(f"{provider_pane.provider_url(row)}#domains")
    return _confirm(
        request,
        row,
        unconfirmed=unconfirmed,
        title=_("Remove %(domain)s?") % {"domain": domain},
        text=_("People of this domain can’t sign in with %(name)s any more.")
        % {"name": row.display_name},
        domain=domain,
        removal=confirmation.without_domain(row, domain),
        yes=_("Remove"),
    )


@require_POST
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_EDIT)
def refresh_metadata(request: TenantRequest, provider_id: uuid.UUID) -> HttpResponse:
    """Refresh now: read the metadata again (IDP-15)."""
    row = provider_of(request, provider_id)
    try:
        is_new = metadata.refresh_metadata(row, by=request.user)
    except NotAllowed:
        raise
    except DomainError as error:
        toasts.failed(request, _("The metadata could not be used"), str(error))
        return redirect(provider_pane.provider_url(row))
    if is_new:
        toasts.succeeded(request, _("The metadata was read"), _("It brought a new certificate."))
    else:
        toasts.succeeded(request, _("The metadata was read"), _("The certificate is the same."))
    return redirect(provider_pane.provider_url(row))


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_EDIT)
def delete_federation(request: TenantRequest, provider_id: uuid.UUID) -> HttpResponse:
    """Delete configuration: one question with the number of guests, then gone (BET-25)."""
    row = provider_of(request, provider_id)
    unconfirmed = ""
    if request.method == "POST":
        acknowledged = posted_number(request, "acknowledged")
        try:
            actions.delete_federation(row, by=request.user, acknowledged=acknowledged)
        except NotConfirmed as refusal:
            unconfirmed = str(refusal)
        else:
            toasts.succeeded(request, _("%(name)s was deleted") % {"name": row.display_name})
            return redirect(provider_pane.custom_url())
    return _confirm(
        request,
        row,
        unconfirmed=unconfirmed,
        title=_("Delete the configuration of %(name)s?") % {"name": row.display_name},
        text=_(
            "The provider goes with all its domains. Guests who accepted with it can’t sign in "
            "until you reset their redemption status."
        ),
        removal=confirmation.without_provider(row),
        yes=_("Delete configuration"),
    )


def _again(request: TenantRequest, row: Federation, **context: Any) -> HttpResponse:
    if row.protocol == Federation.Protocol.OIDC:
        return show_openid(request, row, **context)
    return saml_views.show_saml(request, row, **context)


def _confirm(
    request: TenantRequest, row: Federation, *, unconfirmed: str, title: str, **context: Any
) -> HttpResponse:
    found = provider_pane.pane_context(
        request,
        title,
        View.CUSTOM,
        back_url=provider_pane.provider_url(row),
        selected_url=provider_pane.provider_url(row),
        unconfirmed=unconfirmed,
        **context,
    )
    status = 409 if unconfirmed else 200
    return render(request, "identityproviders/providers/delete_provider.html", found, status=status)
