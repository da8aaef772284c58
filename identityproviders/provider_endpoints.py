"""What a tenant gives to the partner or the provider: our own addresses (IDP-5, IDP-13, SEC-45)."""

from __future__ import annotations

from django.conf import settings

from identityproviders.models import Federation
from portal.tenants.models import Tenant


def entity_id(tenant: Tenant) -> str:
    """The audience of assertions for `tenant` (IDP-13)."""
    return f"{settings.PORTAL_BASE_URL}/{tenant.pk}/"


def reply_url(federation: Federation) -> str:
    """Where the partner's answer goes: one address a provider (SEC-45)."""
    base, tenant = settings.PORTAL_BASE_URL, federation.tenant_id
    if federation.protocol == Federation.Protocol.OIDC:
        return f"{base}/{tenant}/oidc/{federation.pk}/callback/"
    return f"{base}/{tenant}/saml/{federation.pk}/acs/"


def social_redirect_uris(tenant: Tenant) -> list[str]:
    """What is registered at Google or Facebook: by tenant id and by initial domain (IDP-5)."""
    base = settings.PORTAL_BASE_URL
    return [f"{base}/te/{name}/oauth2/authresp" for name in (tenant.pk, tenant.initial_domain)]
