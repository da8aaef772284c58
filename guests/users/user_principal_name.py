"""Derive the user principal name of a guest from the invited address (DIR-13, DIR-15).

Pure: the caller says which names are taken.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable

from portal.values.email_address import EmailAddress

EXTERNAL_MARK = "#EXT#"
MAXIMUM_PREFIX = 64
HASH_CHARACTERS = 8
SUFFIX_CHARACTERS = 4

_MEMBER_NAME = re.compile(r"[A-Za-z0-9'.\-_!^~]{1,64}")
_NOT_ALLOWED = re.compile(r"[^a-z0-9'.\-_!^~]")


def guest_user_principal_name(
    address: EmailAddress, initial_domain: str, is_taken: Callable[[str], bool]
) -> str:
    """`john_contoso.com#EXT#@fabrikam.onmicrosoft.com` for john@contoso.com (DIR-13).

    Characters a principal name cannot have become `_`; a prefix over 64 characters is cut and
    gets a hash; a taken name gets a short random suffix (DIR-15).
    """
    prefix = guest_prefix(address)
    name = first_guest_name(address, initial_domain)
    while is_taken(name):
        suffix = secrets.token_hex(SUFFIX_CHARACTERS // 2)
        name = _name(f"{prefix}_{suffix}", initial_domain)
    return name


def first_guest_name(address: EmailAddress, initial_domain: str) -> str:
    """The name a guest gets unless somebody has it."""
    return _name(guest_prefix(address), initial_domain)


def guest_prefix(address: EmailAddress) -> str:
    """The part before `#EXT#`, at most 64 characters."""
    prefix = _NOT_ALLOWED.sub("_", address.canonical)
    if len(prefix) <= MAXIMUM_PREFIX:
        return prefix
    digest = hashlib.sha256(address.canonical.encode()).hexdigest()[:HASH_CHARACTERS]
    return f"{prefix[: MAXIMUM_PREFIX - HASH_CHARACTERS - 1]}_{digest}"


def is_member_name(name: str) -> bool:
    """Whether `name` can stand before the `@` of an internal user (T8, DIR-14)."""
    return bool(_MEMBER_NAME.fullmatch(name))


def _name(prefix: str, initial_domain: str) -> str:
    return f"{prefix}{EXTERNAL_MARK}@{initial_domain}"
