"""What a choice in the passcode pane does to the guests of a tenant (OTC-10, BET-2).

Every number comes from the discovery function, asked twice for each guest: as it is, and as it
would be (HRD-6, decision 7). The facts about the guests are read once for all choices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from guests.models import Issuer, User
from identityproviders import discovery, passcode_policy, queries
from identityproviders.discovery import Decision, DiscoverySettings, Impact
from identityproviders.passcode_policy import Choice, ChoiceNotOffered, PasscodeState
from identityproviders.queries import GuestFacts
from portal.tenants.models import Tenant


@dataclass(frozen=True)
class Effect:
    """One guest: how they sign in now, how afterwards, and what that means for them."""

    user: User
    before: Decision
    after: Decision

    @property
    def impact(self) -> Impact:
        """Gain, lose or unchanged."""
        return discovery.impact(self.before, self.after)

    @property
    def must_create_personal(self) -> bool:
        """Whether a pending guest must create a personal account afterwards."""
        return discovery.must_create_personal(self.before, self.after)


@dataclass(frozen=True)
class DomainImpact:
    """The guests of one domain that a choice affects."""

    domain: str
    count: int
    pending: int
    last_sign_in_at: datetime | None


@dataclass(frozen=True)
class ChoiceImpact:
    """What one choice does to all guests; gain, lose and unchanged sum up to all of them."""

    choice: Choice
    at: datetime
    effects: tuple[Effect, ...]

    def of(self, impact: Impact) -> list[Effect]:
        """The guests for whom it means `impact`."""
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


@dataclass(frozen=True)
class Preview:
    """The choices of the form compared."""

    state: PasscodeState
    guests: int
    choices: tuple[ChoiceImpact, ...]

    def of(self, choice: Choice) -> ChoiceImpact:
        """The impact of one choice.

        Raises: ChoiceNotOffered for one the form does not show (OTC-4).
        """
        for found in self.choices:
            if found.choice is choice:
                return found
        raise ChoiceNotOffered


def preview(tenant: Tenant, now: datetime) -> Preview:
    """Compare every choice of the form that `tenant` sees at `now`; a fixed number of queries."""
    settings = queries.discovery_settings(tenant)
    state = passcode_policy.compute(settings.passcode, now)
    guests = list(User.objects.of(tenant).external().order_by("display_name_key", "pk"))
    facts = queries.facts_of(tenant, guests)
    known = [(guest, facts[guest.pk]) for guest in guests if guest.pk in facts]
    before = [(guest, fact, fact.decide(settings, now)) for guest, fact in known]
    return Preview(
        state=state,
        guests=len(known),
        choices=tuple(
            ChoiceImpact(choice, at, tuple(_effects(before, settings, choice, at, now)))
            for choice, _label in state.choices
            for at in [_moment(choice, state, now)]
        ),
    )


def consequence(impact: ChoiceImpact, state: PasscodeState) -> str:
    """What the choice means for guests without an account of their own."""
    if impact.choice is Choice.AUTOMATIC:
        return _("Wait until %(date)s, then get a code") % {"date": short_date(state)}
    if impact.choice is Choice.ENABLE:
        return _("Get a code at once")
    methods = Counter(effect.after.method for effect in impact.effects if effect.user.is_pending)
    if methods[discovery.Method.REFUSED] and not methods[discovery.Method.CREATE_PERSONAL]:
        return _("Can’t accept")
    return _("Must create a Microsoft account")


def short_date(state: PasscodeState) -> str:
    """The automatic date where there is little room: `Nov 1`, or the month alone (OTC-7)."""
    return state.label_date if state.month_only else date_format(state.automatic_at, "M j")


def _effects(
    before: list[tuple[User, GuestFacts, Decision]],
    settings: DiscoverySettings,
    choice: Choice,
    at: datetime,
    now: datetime,
) -> Iterator[Effect]:
    chosen = DiscoverySettings(
        passcode=passcode_policy.apply(settings.passcode, choice, now),
        order=settings.order,
        passcode_minutes=settings.passcode_minutes,
    )
    for guest, fact, decision in before:
        yield Effect(guest, decision, fact.decide(chosen, at))


def _moment(choice: Choice, state: PasscodeState, now: datetime) -> datetime:
    """When the choice does what it does: the automatic one at its date."""
    is_later = choice is Choice.AUTOMATIC and state.is_scheduled
    return state.automatic_at if is_later else now


def _domain_impact(domain: str, effects: list[Effect]) -> DomainImpact:
    seen = [e.user.last_sign_in_at for e in effects if e.user.last_sign_in_at is not None]
    return DomainImpact(
        domain=domain,
        count=len(effects),
        pending=sum(e.user.is_pending for e in effects),
        last_sign_in_at=max(seen, default=None),
    )
