"""The effects of a settings change on the guests of a tenant, counted and named (BET-2).

Every number comes from the discovery function, called twice for each guest: with the settings as
they are and as they would be (HRD-6, decision 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guests.models import Issuer, User
from identityproviders.discovery import decide
from identityproviders.discovery.decide import Decision, Impact


@dataclass(frozen=True)
class Effect:
    """One guest: how they sign in now, how afterwards, and what that means for them."""

    user: User
    before: Decision
    after: Decision

    @property
    def impact(self) -> Impact:
        """Gain, lose or unchanged."""
        return decide.decision_impact(self.before, self.after)

    @property
    def must_create_personal(self) -> bool:
        """Whether a pending guest must create a personal account afterwards."""
        return decide.must_create_personal(self.before, self.after)


@dataclass(frozen=True)
class DomainImpact:
    """The guests of one domain that a choice affects."""

    domain: str
    count: int
    pending: int
    last_sign_in_at: datetime | None


@dataclass(frozen=True)
class Consequences:
    """What a change does to all guests; gain, lose and unchanged sum up to all of them."""

    effects: tuple[Effect, ...]

    def of(self, impact: Impact) -> list[Effect]:
        """The guests with this `impact`."""
        return [effect for effect in self.effects if effect.impact is impact]

    @property
    def gain(self) -> int:
        """How many get in who could not."""
        return len(self.of(Impact.GAIN))

    @property
    def lose(self) -> int:
        """How many had a way in and have none afterwards."""
        return len(self.of(Impact.LOSE))

    @property
    def unchanged(self) -> int:
        """How many see no change."""
        return len(self.of(Impact.UNCHANGED))

    @property
    def moved(self) -> list[Effect]:
        """The guests who get in before and afterwards, but in another way."""
        return [
            effect
            for effect in self.of(Impact.UNCHANGED)
            if effect.before.label != effect.after.label
        ]

    @property
    def move(self) -> int:
        """How many those are."""
        return len(self.moved)

    @property
    def lose_by_code(self) -> int:
        """How many of the losing accepted with a code; only a reset helps them (OTC-10)."""
        losing = self.of(Impact.LOSE)
        return sum(effect.user.identity_issuer == Issuer.PASSCODE for effect in losing)

    @property
    def lose_pending(self) -> int:
        """How many of the losing have not accepted yet."""
        return sum(effect.user.is_pending for effect in self.of(Impact.LOSE))

    @property
    def must_create(self) -> int:
        """How many pending guests must create a personal account instead of getting a code."""
        return sum(effect.must_create_personal for effect in self.effects)

    @property
    def affected(self) -> Impact:
        """Which guests the page names first: the losing, else the gaining."""
        return Impact.LOSE if self.lose else Impact.GAIN

    @property
    def affected_count(self) -> int:
        """How many those are."""
        return len(self.of(self.affected))

    @property
    def by_domain(self) -> list[DomainImpact]:
        """The affected guests by the domain of their address, most first."""
        groups: dict[str, list[Effect]] = {}
        for effect in self.of(self.affected):
            groups.setdefault(effect.before.address.unicode_domain, []).append(effect)
        found = [_domain_impact(domain, effects) for domain, effects in groups.items()]
        return sorted(found, key=lambda row: (-row.count, row.domain))


def _domain_impact(domain: str, effects: list[Effect]) -> DomainImpact:
    seen = [e.user.last_sign_in_at for e in effects if e.user.last_sign_in_at is not None]
    return DomainImpact(
        domain=domain,
        count=len(effects),
        pending=sum(e.user.is_pending for e in effects),
        last_sign_in_at=max(seen, default=None),
    )
