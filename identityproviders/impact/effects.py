"""What a change of settings does to the guests of a tenant, counted (BET-2).

Every number comes from the discovery function, called twice for each group of guests with the
same facts: with the settings as they are and as they would be (HRD-6, decision 7).
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from guests.models import Issuer
from identityproviders.discovery import decide
from identityproviders.discovery.decide import Decision, Impact
from identityproviders.discovery.guest_groups import GuestGroup


@dataclass(frozen=True)
class GroupEffect:
    """One group of guests: how they sign in now, how afterwards, and what that means for them."""

    group: GuestGroup
    before: Decision
    after: Decision

    @property
    def impact(self) -> Impact:
        """Gain, lose or unchanged."""
        return decide.decision_impact(self.before, self.after)

    @property
    def is_moved(self) -> bool:
        """Whether they get in before and afterwards, but in another way."""
        return self.impact is Impact.UNCHANGED and self.before.label != self.after.label

    @property
    def must_create_personal(self) -> bool:
        """Whether pending guests must create a personal account afterwards."""
        return decide.must_create_personal(self.before, self.after)


class AffectedGuests(enum.StrEnum):
    """Which guests a page lists."""

    GAIN = "gain"
    LOSE = "lose"
    UNCHANGED = "unchanged"
    MOVED = "moved"
    CREATE = "create"

    def includes(self, effect: GroupEffect) -> bool:
        """Whether the page lists the guests of this group."""
        if self is AffectedGuests.MOVED:
            return effect.is_moved
        if self is AffectedGuests.CREATE:
            return effect.must_create_personal
        return effect.impact.value == self.value


@dataclass(frozen=True)
class DomainImpact:
    """The guests of one domain that a choice affects."""

    domain: str
    count: int
    pending: int
    last_sign_in_at: datetime | None


@dataclass(frozen=True)
class Consequences:
    """What a change does to all guests; gain, lose and unchanged sum up to all of them.

    `named` are the guests that the change names, each a group of their own.
    """

    effects: tuple[GroupEffect, ...]
    named: frozenset[uuid.UUID]

    def affecting(self, wanted: AffectedGuests) -> list[GroupEffect]:
        """The groups of guests that a page about `wanted` lists."""
        return [effect for effect in self.effects if wanted.includes(effect)]

    @property
    def guests(self) -> int:
        """How many guests were asked about."""
        return _count(self.effects)

    @property
    def gain(self) -> int:
        """How many get in who could not."""
        return _count(self.affecting(AffectedGuests.GAIN))

    @property
    def lose(self) -> int:
        """How many had a way in and have none afterwards."""
        return _count(self.affecting(AffectedGuests.LOSE))

    @property
    def unchanged(self) -> int:
        """How many see no change."""
        return _count(self.affecting(AffectedGuests.UNCHANGED))

    @property
    def move(self) -> int:
        """How many get in before and afterwards, but in another way."""
        return _count(self.affecting(AffectedGuests.MOVED))

    @property
    def lose_by_code(self) -> int:
        """How many of the losing accepted with a code; only a reset helps them (OTC-10)."""
        losing = self.affecting(AffectedGuests.LOSE)
        return _count(losing, where=lambda effect: effect.group.key.issuer == Issuer.PASSCODE)

    @property
    def lose_pending(self) -> int:
        """How many of the losing have not accepted yet."""
        return _count(self.affecting(AffectedGuests.LOSE), where=_is_pending)

    @property
    def must_create(self) -> int:
        """How many pending guests must create a personal account instead of getting a code."""
        return _count(self.affecting(AffectedGuests.CREATE))

    @property
    def affected(self) -> AffectedGuests:
        """Which guests the page names first: the losing, else the gaining."""
        return AffectedGuests.LOSE if self.lose else AffectedGuests.GAIN

    @property
    def affected_count(self) -> int:
        """How many those are."""
        return _count(self.affecting(self.affected))

    @property
    def by_domain(self) -> list[DomainImpact]:
        """The affected guests by the domain of their address, most first."""
        domains: dict[str, list[GroupEffect]] = {}
        for effect in self.affecting(self.affected):
            domains.setdefault(effect.before.address.unicode_domain, []).append(effect)
        found = [_domain_impact(domain, effects) for domain, effects in domains.items()]
        return sorted(found, key=lambda row: (-row.count, row.domain))


def _is_pending(effect: GroupEffect) -> bool:
    return effect.group.is_pending


def _count(
    effects: Iterable[GroupEffect], *, where: Callable[[GroupEffect], bool] = lambda _effect: True
) -> int:
    return sum(effect.group.count for effect in effects if where(effect))


def _domain_impact(domain: str, effects: list[GroupEffect]) -> DomainImpact:
    times = [e.group.last_sign_in_at for e in effects if e.group.last_sign_in_at is not None]
    return DomainImpact(
        domain=domain,
        count=_count(effects),
        pending=_count(effects, where=_is_pending),
        last_sign_in_at=max(times, default=None),
    )
