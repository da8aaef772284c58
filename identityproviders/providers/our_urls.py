"""Our URLs for the partner or the provider: audience, reply URL, metadata, keys (IDP-5, IDP-13)."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from identityproviders.models import Federation, OperatorProvider
from portal.tenants.models import Tenant


def entity_id(tenant: Tenant) -> str:
    """The audience of assertions for `tenant` (IDP-13)."""
    return f"{settings.PORTAL_BASE_URL}/{tenant.pk}/"


def reply_url(federation: Federation) -> str:
    """Where the partner's answer goes: one address a provider (SEC-45)."""
    is_openid = federation.protocol == Federation.Protocol.OIDC
    name = "oidc_callback" if is_openid else "saml_acs"
    return _absolute(name, federation.tenant_id, federation.pk)


def metadata_url(federation: Federation) -> str:
    """Our own SAML metadata for this partner."""
    return _absolute("service_provider", federation.tenant_id, federation.pk)


def keys_url(federation: Federation) -> str:
    """The key set behind `private_key_jwt` (IDP-18)."""
    return _absolute("client_keys", federation.tenant_id, federation.pk)


def social_redirect_uris(tenant: Tenant) -> list[str]:
    """What is registered at Google or Facebook: by tenant id and by initial domain (IDP-5)."""
    return [_absolute("google_callback", name) for name in (tenant.pk, tenant.initial_domain)]


def operator_reply_url(provider: OperatorProvider) -> str:
    """Where a provider of the operator sends every tenant’s people back to."""
    return _absolute("operator_callback", provider.pk)


def signed_out_url() -> str:
    """Where a provider sends the browser back to after a sign-out there (SES-1)."""
    return _absolute("signed_out")


def _absolute(url_name: str, *arguments: object) -> str:
    path = reverse(f"identityproviders:{url_name}", args=arguments)
    return f"{settings.PORTAL_BASE_URL}{path}"
