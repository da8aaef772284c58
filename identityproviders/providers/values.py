"""Check what a provider is given as name, issuer or URL, and list our URLs (IDP-5, IDP-9)."""

from __future__ import annotations

import re

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guests.models import Issuer
from identityproviders.models import Federation, OperatorProvider
from portal.errors import InvalidInput
from portal.net import fetch
from portal.tenants.models import Tenant
from portal.values import redirect_url
from portal.values.redirect_url import BadRedirect
from portal.values.text import clean_display_name


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


def _absolute(url_name: str, *arguments: object) -> str:
    path = reverse(f"identityproviders:{url_name}", args=arguments)
    return f"{settings.PORTAL_BASE_URL}{path}"


MAXIMUM_NAME = 256
MAXIMUM_ISSUER = 255
"""An identity keeps the issuer it was bound under, and that column is as long (T5)."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z")


def checked_display_name(text: str) -> str:
    """The provider's name on one line. Raises: InvalidInput at `display_name`."""
    name = clean_display_name(text, MAXIMUM_NAME)
    if not name:
        raise InvalidInput("display_name", _("Enter a name for the provider."))
    return name


def checked_issuer(text: str) -> str:
    """An issuer URI or entity ID, exactly as the partner writes it (SAML core 8.3.6).

    Raises: InvalidInput at `issuer`.
    """
    value = text.strip()
    if not value:
        raise InvalidInput("issuer", _("Enter the issuer URI (entity ID) of the partner."))
    if len(value) > MAXIMUM_ISSUER:
        raise InvalidInput("issuer", _("An issuer URI can have 255 characters at most."))
    if not _URI.match(value) or value in set(Issuer):
        raise InvalidInput(
            "issuer", _("Enter a whole URI, such as https://idp.fabrikam.com/ or urn:fabrikam:idp.")
        )
    return value


def checked_openid_issuer(text: str) -> str:
    """A case-sensitive https URL without query or fragment (IDP-19).

    Raises: InvalidInput at `issuer`.
    """
    value = checked_issuer(text)
    checked_web_address("issuer", value)
    if "?" in value or "#" in value:
        raise InvalidInput("issuer", _("The issuer URI has no ? and no #."))
    return value


def checked_web_address(field: str, text: str, *, is_optional: bool = False) -> str:
    """An https address of a partner's server; http only where the operator excepted loopback.

    Raises: InvalidInput at `field`.
    """
    value = text.strip()
    if not value and is_optional:
        return ""
    try:
        url = redirect_url.parse_redirect_url(value)
    except BadRedirect as error:
        raise InvalidInput(field, str(error)) from error
    if url.scheme != "https" and not fetch.is_excepted_loopback(url.host):
        raise InvalidInput(
            field,
            _("Enter a whole address that begins with https://, such as https://example.com."),
        )
    return value
