"""Check the name, issuer and URLs that an administrator types for a provider (IDP-9, IDP-19)."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from guests.models import Issuer
from portal.errors import InvalidInput
from portal.net import fetch
from portal.values import redirect_url
from portal.values.redirect_url import BadRedirect
from portal.values.text import clean_display_name

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
