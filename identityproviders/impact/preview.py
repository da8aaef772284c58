"""Preview what a settings change does to the guests of a tenant (OTC-10, BET-2, BET-25).

The facts about the guests are read once, also for all choices of the passcode pane.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from guests.models import User
from identityproviders.discovery import decide
from identityproviders.discovery.decide import Decision, DiscoverySettings
from identityproviders.discovery.queries import GuestFacts, discovery_facts, discovery_settings
from identityproviders.impact.effects import Consequences, Effect
from identityproviders.impact.settings_change import SettingsChange
from identityproviders.passcodes.policy.state import (
    ChoiceNotOffered,
    PasscodeChoice,
    PasscodeState,
    apply_choice,
    passcode_state,
)
from portal.tenants.models import Tenant


@dataclass(frozen=True)
class ChoiceImpact(Consequences):
    """What one choice of the passcode pane does, from `at` on."""

    choice: PasscodeChoice
    at: datetime


@dataclass(frozen=True)
class Preview:
    """The choices of the form compared."""

    state: PasscodeState
    guests: int
    choices: tuple[ChoiceImpact, ...]

    def of(self, choice: PasscodeChoice) -> ChoiceImpact:
        """The impact of one choice.

        Raises: ChoiceNotOffered for one the form does not show (OTC-4).
        """
        for found in self.choices:
            if found.choice is choice:
                return found
        raise ChoiceNotOffered


def preview_choices(tenant: Tenant, now: datetime) -> Preview:
    """Compare every choice of the form that `tenant` sees at `now`; a fixed number of queries."""
    settings = discovery_settings(tenant)
    state = passcode_state(settings.passcode, now)
    known = _known(tenant)
    before = [(guest, fact, fact.decide(settings, now)) for guest, fact in known]
    return Preview(
        state=state,
        guests=len(known),
        choices=tuple(
            ChoiceImpact(tuple(_effects(before, settings, choice, at, now)), choice, at)
            for choice, _label in state.choices
            for at in [_moment(choice, state, now)]
        ),
    )


def find_consequences(tenant: Tenant, change: SettingsChange, now: datetime) -> Consequences:
    """What `change` would do to the guests of `tenant` at `now`; a fixed number of queries."""
    settings = discovery_settings(tenant)
    changed = change.settings(settings)
    return Consequences(
        tuple(
            Effect(
                guest,
                fact.decide(settings, now),
                change.facts(guest.pk, fact).decide(changed, now),
            )
            for guest, fact in _known(tenant)
        )
    )


def _known(tenant: Tenant) -> list[tuple[User, GuestFacts]]:
    """The guests in the order of lists, with what decides for each."""
    # The bytes of a photo stand in the row: a preview of all guests must not read them.
    rows = (
        User.objects.of(tenant).external().select_related("last_sign_in").defer("photo", "password")
    )
    guests = list(rows.order_by("display_name_key", "pk"))
    facts = discovery_facts(tenant, guests)
    return [(guest, facts[guest.pk]) for guest in guests if guest.pk in facts]


def consequence_text(impact: ChoiceImpact, state: PasscodeState) -> str:
    """What the choice means for guests without an account of their own."""
    if impact.choice is PasscodeChoice.AUTOMATIC:
        return _("Wait until %(date)s, then get a code") % {"date": short_date(state)}
    if impact.choice is PasscodeChoice.ENABLE:
        return _("Get a code at once")
    methods = Counter(effect.after.method for effect in impact.effects if effect.user.is_pending)
    if methods[decide.Method.REFUSED] and not methods[decide.Method.CREATE_PERSONAL]:
        return _("Can’t accept")
    return _("Must create a Microsoft account")


def short_date(state: PasscodeState) -> str:
    """The automatic date where there is little room: `Nov 1`, or the month alone (OTC-7)."""
    return state.label_date if state.month_only else date_format(state.automatic_at, "M j")


def _effects(
    before: list[tuple[User, GuestFacts, Decision]],
    settings: DiscoverySettings,
    choice: PasscodeChoice,
    at: datetime,
    now: datetime,
) -> Iterator[Effect]:
    chosen = DiscoverySettings(
        passcode=apply_choice(settings.passcode, choice, now),
        order=settings.order,
        passcode_minutes=settings.passcode_minutes,
    )
    for guest, fact, decision in before:
        yield Effect(guest, decision, fact.decide(chosen, at))


def _moment(choice: PasscodeChoice, state: PasscodeState, now: datetime) -> datetime:
    """When the choice does what it does: the automatic one at its date."""
    is_later = choice is PasscodeChoice.AUTOMATIC and state.is_scheduled
    return state.automatic_at if is_later else now
