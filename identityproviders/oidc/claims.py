"""Decide which claims of an OpenID provider prove an address (SEC-35, IDP-18, IDP-20)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from portal.values.email_address import EmailAddress, InvalidEmailAddress, parse_email_address

GOOGLE_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant id in tokens of Microsoft's personal accounts."""

Claims = Mapping[str, Any]


class Trust(enum.Enum):
    """Whose word about an address counts for how much."""

    CUSTOM = "custom"
    GOOGLE = "google"
    MICROSOFT = "microsoft"


def address_in(claims: Claims, mapping: Mapping[str, str]) -> EmailAddress | None:
    """The address in the claims, verified or not; None if there is none."""
    value = mapped_claims(claims, mapping, "email")
    try:
        return parse_email_address(value) if isinstance(value, str) else None
    except InvalidEmailAddress:
        return None


def verified_addresses(
    claims: Claims, mapping: Mapping[str, str], trust: Trust, domains: frozenset[str]
) -> frozenset[str]:
    """The canonical address the provider may vouch for, as a set of one or none (SEC-35).

    A missing `email_verified`, or the text "true", is not verified.
    """
    address = address_in(claims, mapping)
    if address is None:
        return frozenset()
    is_verified = mapped_claims(claims, mapping, "email_verified") is True
    match trust:
        case Trust.GOOGLE:
            is_theirs = address.domain in GOOGLE_DOMAINS or claims.get("hd") == address.domain
        case Trust.MICROSOFT:
            is_verified = claims.get("xms_edov") is True or claims.get("tid") == CONSUMERS
            is_theirs = address.domain in domains
        case Trust.CUSTOM:
            is_theirs = address.domain in domains
    return frozenset({address.canonical}) if is_verified and is_theirs else frozenset()


def mapped_claims(claims: Claims, mapping: Mapping[str, str], name: str) -> Any:
    """The claim that the administrator mapped to our `name`; the one of that name else."""
    return claims.get(mapping.get(name) or name)
