"""Count what a change of restrictions or cross-tenant access does to guests (COL-13, BET-2).

Before and after are decided by the very functions that decide at invitation, redemption and
sign-in.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import StrIndex, Substr
from django.utils.translation import gettext_lazy

from guests.models import ExternalUserState, User
from guests.users.queries import PageByName, page_by_name
from invitations.collaboration.rules import CollaborationRules, is_inbound_blocked, refusal_of
from portal.tenants.models import Tenant
from portal.values import email_address

FIRST_GUESTS = 200
CONFIRM = gettext_lazy("Look at what this changes, then confirm it.")
"""What `NotConfirmed` says where guests gain or lose their way in."""


class Effect(enum.StrEnum):
    """What the change means for one guest."""

    LOSE = "lose"
    GAIN = "gain"


@dataclass(frozen=True)
class AccessGroup:
    """The guests of one domain who have not accepted, or those who have."""

    written_domain: str
    state: str
    count: int

    @property
    def domain(self) -> str:
        """The domain as rules have it."""
        return _domain_in(self.written_domain)

    @property
    def is_pending(self) -> bool:
        """Whether these guests have not accepted yet."""
        return self.state == ExternalUserState.PENDING


@dataclass(frozen=True)
class AccessImpact:
    """The guests whose way in closes or opens, and how many stay as they are.

    Pending guests can no longer, or again, redeem. Accepted ones are touched by inbound access
    only, never by the domain list (COL-13).
    """

    losing: tuple[AccessGroup, ...]
    gaining: tuple[AccessGroup, ...]
    unchanged: int

    @property
    def lose(self) -> int:
        """How many had a way in and have none afterwards."""
        return _count(self.losing)

    @property
    def gain(self) -> int:
        """How many get in who could not."""
        return _count(self.gaining)

    @property
    def is_none(self) -> bool:
        """Whether no guest is affected."""
        return not self.losing and not self.gaining

    @property
    def lose_pending(self) -> int:
        """How many of the losing have not accepted yet."""
        return _count(group for group in self.losing if group.is_pending)

    @property
    def lose_accepted(self) -> int:
        """How many of the losing signed in so far."""
        return self.lose - self.lose_pending

    @property
    def top_domains(self) -> list[tuple[str, int]]:
        """The domains with most of the affected guests: of the losing, else of the gaining."""
        counts: Counter[str] = Counter()
        for group in self.losing or self.gaining:
            counts[group.domain] += group.count
        rows = [(email_address.unicode_domain(domain), n) for domain, n in counts.items()]
        return sorted(rows, key=lambda row: (-row[1], row[0]))[:5]

    def groups(self, effect: Effect) -> tuple[AccessGroup, ...]:
        """The guests with this `effect`."""
        return self.losing if effect is Effect.LOSE else self.gaining


def compare(tenant: Tenant, before: CollaborationRules, after: CollaborationRules) -> AccessImpact:
    """Ask about every guest of `tenant` under both rules; one query."""
    losing: list[AccessGroup] = []
    gaining: list[AccessGroup] = []
    unchanged = 0
    for group in _count_groups(tenant):
        could, can = _gets_in(group, before), _gets_in(group, after)
        if could == can:
            unchanged += group.count
        else:
            (gaining if can else losing).append(group)
    return AccessImpact(tuple(losing), tuple(gaining), unchanged)


def affected_guests(
    tenant: Tenant, impact: AccessImpact, effect: Effect, *, after: str = ""
) -> PageByName:
    """One page of the guests with this `effect`, by name.

    Takes as `after` the `next_after` of the page before.
    """
    return page_by_name(tenant, _guests_in(tenant, impact.groups(effect)), after)


def first_guests(tenant: Tenant, impact: AccessImpact) -> list[User]:
    """The first of the affected guests for a page that names them: the losing, then the gaining."""
    losing = page_by_name(tenant, _guests_in(tenant, impact.losing), size=FIRST_GUESTS).users
    gaining = page_by_name(tenant, _guests_in(tenant, impact.gaining), size=FIRST_GUESTS).users
    return [*losing, *gaining][:FIRST_GUESTS]


def domain_of(user: User) -> str:
    """The domain of the invited address in A-labels."""
    return _domain_in(user.invited_address_key or user.mail)


def _domain_in(text: str) -> str:
    return text.lower().rpartition("@")[2]


def _gets_in(group: AccessGroup, rules: CollaborationRules) -> bool:
    if group.is_pending:
        return refusal_of(group.domain, rules) is None
    return not is_inbound_blocked(group.domain, rules)


def _count(groups: Iterable[AccessGroup]) -> int:
    return sum(group.count for group in groups)


def _count_groups(tenant: Tenant) -> list[AccessGroup]:
    rows = (
        _guests(tenant)
        .order_by()
        .values("written_domain", "external_user_state")
        .annotate(count=Count("pk"))
    )
    return [
        AccessGroup(row["written_domain"], row["external_user_state"], row["count"]) for row in rows
    ]


def _guests_in(tenant: Tenant, groups: Iterable[AccessGroup]) -> QuerySet[User]:
    domains: dict[str, list[str]] = {}
    for group in groups:
        domains.setdefault(group.state, []).append(group.written_domain)
    conditions = (
        Q(external_user_state=state, written_domain__in=names) for state, names in domains.items()
    )
    return _guests(tenant).filter(reduce(or_, conditions, Q(pk__in=[]))).defer("photo", "password")


def _guests(tenant: Tenant) -> QuerySet[Any]:
    """The guests with what stands behind the @ of their address, in whatever case it was written.

    Python puts it in lower case: SQLite can do so for ASCII letters only.
    """
    guests: QuerySet[Any] = (
        User.objects.of(tenant)
        .external()
        .annotate(
            written_address=Case(
                When(invited_address_key="", then=F("mail")), default=F("invited_address_key")
            )
        )
        .annotate(
            written_domain=Substr(
                "written_address", StrIndex(F("written_address"), Value("@")) + Value(1)
            )
        )
    )
    return guests
