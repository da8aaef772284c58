"""May an address of this domain be invited? The domain list and inbound access (COL-10..14, CTA-1).

Pure: functions of values. Asked when inviting and again when redeeming (COL-13, SEC-30).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Restriction(enum.StrEnum):
    """Collaboration restrictions (COL-10), by their stored names."""

    ANY = "any"
    DENY = "deny"
    ALLOW = "allow"


class Refusal(enum.Enum):
    """Why a domain may not be invited: rows 4 and 5 of T18."""

    DOMAIN_NOT_ALLOWED = "domain"
    INBOUND_BLOCKED = "inbound"


@dataclass(frozen=True)
class CollaborationRules:
    """What a tenant has set. Domains are lower-case A-labels; `*.` stands for sub-domains."""

    restriction: Restriction = Restriction.ANY
    listed: frozenset[str] = frozenset()
    is_inbound_allowed: bool = True
    inbound_by_organization: Mapping[str, bool] = field(default_factory=dict)


def is_listed(domain: str, listed: frozenset[str]) -> bool:
    """Whether `domain` stands on the list, exactly or under a `*.` entry (COL-12)."""
    if domain in listed:
        return True
    labels = domain.split(".")
    return any("*." + ".".join(labels[i:]) in listed for i in range(1, len(labels)))


def refusal_of(domain: str, rules: CollaborationRules) -> Refusal | None:
    """Why an address in `domain` may not be invited, or None (T18 rows 4 and 5, COL-14).

    The deny list wins always; on the allow list only a block of that very organization counts;
    otherwise cross-tenant settings decide.
    """
    on_list = is_listed(domain, rules.listed)
    if rules.restriction is Restriction.DENY and on_list:
        return Refusal.DOMAIN_NOT_ALLOWED
    if rules.restriction is Restriction.ALLOW and not on_list:
        return Refusal.DOMAIN_NOT_ALLOWED
    return Refusal.INBOUND_BLOCKED if is_inbound_blocked(domain, rules) else None


def is_inbound_blocked(domain: str, rules: CollaborationRules) -> bool:
    """Whether cross-tenant settings keep people of `domain` out, accepted or not (CTA-2).

    A domain on the allow list is kept out only where its own organization is blocked (COL-14).
    """
    is_on_allow_list = rules.restriction is Restriction.ALLOW and is_listed(domain, rules.listed)
    default = True if is_on_allow_list else rules.is_inbound_allowed
    return not rules.inbound_by_organization.get(domain, default)
