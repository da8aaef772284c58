"""Which claim of a provider means what to us (IDP-18)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.errors import InvalidInput

DEFAULTS: Mapping[str, str] = {
    "sub": "sub",
    "name": "name",
    "given_name": "given_name",
    "family_name": "family_name",
    "email": "email",
    "email_verified": "email_verified",
    "phone_number": "phone_number",
    "street_address": "street_address",
    "locality": "locality",
    "region": "region",
    "postal_code": "postal_code",
    "country": "country",
}
"""Our names with the provider's, as OpenID Connect Core 5.1 calls them."""

LABELS: Mapping[str, str | Promise] = {
    "sub": _("Sub (subject)"),
    "name": _("Name"),
    "given_name": _("Given name"),
    "family_name": _("Family name"),
    "email": _("Email"),
    "email_verified": _("Email verified"),
    "phone_number": _("Phone number"),
    "street_address": _("Street address"),
    "locality": _("City"),
    "region": _("State or province"),
    "postal_code": _("Postal code"),
    "country": _("Country or region"),
}
REQUIRED = frozenset({"sub", "email"})

_NAME = re.compile(r"[!-~]{1,128}\Z")


def checked(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping with every known name; an empty claim is one that the provider has not.

    Raises: InvalidInput at `claim_<name>`.
    """
    found = {}
    for name in DEFAULTS:
        claim = mapping.get(name, "").strip()
        if not claim and name in REQUIRED:
            raise InvalidInput(f"claim_{name}", _("This claim is needed to sign people in."))
        if claim and not _NAME.match(claim):
            raise InvalidInput(f"claim_{name}", _("Enter the name of a claim, without spaces."))
        found[name] = claim
    return found
