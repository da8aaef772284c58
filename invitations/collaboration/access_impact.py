"""Count what a change of restrictions or cross-tenant access does to guests (COL-13, BET-2).

Before and after are decided by the very functions that decide at invitation, redemption and
sign-in.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from guests.models import User
from invitations.collaboration.rules import CollaborationRules, is_inbound_blocked, refusal_of
from portal.tenants.models import Tenant
from portal.values import email_address

MAXIMUM_SHOWN = 200


class Effect(enum.StrEnum):
    """What the change means for one guest."""

    LOSE = "lose"
    GAIN = "gain"


@dataclass(frozen=True)
class AccessImpact:
    """The guests whose way in closes or opens, and how many stay as they are.

    Pending guests can no longer, or again, redeem. Accepted ones are touched by inbound access
    only, never by the domain list (COL-13).
    """

    lose: tuple[User, ...]
    gain: tuple[User, ...]
    unchanged: int

    @property
    def is_none(self) -> bool:
        """Whether no guest is affected."""
        return not self.lose and not self.gain

    @property
    def lose_pending(self) -> int:
        """How many of the losing have not accepted yet."""
        return sum(user.is_pending for user in self.lose)

    @property
    def lose_accepted(self) -> int:
        """How many of the losing signed in so far."""
        return len(self.lose) - self.lose_pending

    @property
    def top_domains(self) -> list[tuple[str, int]]:
        """The domains with most of the affected guests: of the losing, else of the gaining."""
        found = Counter(domain_of(user) for user in self.lose or self.gain)
        shown = [(email_address.unicode_domain(domain), n) for domain, n in found.items()]
        return sorted(shown, key=lambda row: (-row[1], row[0]))[:5]

    @property
    def shown(self) -> tuple[User, ...]:
        """The first of the affected guests, for a page that names them."""
        return (self.lose + self.gain)[:MAXIMUM_SHOWN]

    @property
    def not_shown(self) -> int:
        """How many affected guests such a page leaves out."""
        return max(0, len(self.lose) + len(self.gain) - MAXIMUM_SHOWN)

    def of(self, effect: Effect) -> tuple[User, ...]:
        """The guests with this `effect`."""
        return self.lose if effect is Effect.LOSE else self.gain


def compare(tenant: Tenant, before: CollaborationRules, after: CollaborationRules) -> AccessImpact:
    """Ask about every guest of `tenant` under both rules; one query."""
    lose: list[User] = []
    gain: list[User] = []
    unchanged = 0
    verdicts: dict[tuple[str, bool], tuple[bool, bool]] = {}
    for user in _guests(tenant):
        key = (domain_of(user), user.is_pending)
        if key not in verdicts:
            verdicts[key] = (_gets_in(*key, before), _gets_in(*key, after))
        could, can = verdicts[key]
        if could == can:
            unchanged += 1
        else:
            (gain if can else lose).append(user)
    return AccessImpact(tuple(lose), tuple(gain), unchanged)


def domain_of(user: User) -> str:
    """The domain of the invited address in A-labels."""
    key = user.invited_address_key or user.mail.lower()
    return key.rpartition("@")[2]


def _gets_in(domain: str, is_pending: bool, rules: CollaborationRules) -> bool:
    if is_pending:
        return refusal_of(domain, rules) is None
    return not is_inbound_blocked(domain, rules)


def _guests(tenant: Tenant) -> Iterator[User]:
    found: Iterator[User] = (
        User.objects.of(tenant)
        .external()
        .defer("photo")
        .order_by("display_name_key", "pk")
        .iterator()
    )
    return found
