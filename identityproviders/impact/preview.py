"""Preview what a settings change does to the guests of a tenant (OTC-10, BET-2, BET-25).

Guests are counted in groups; no guest is read (`identityproviders.discovery.guest_groups`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from identityproviders.discovery.decide import Decision, DiscoverySettings, Method
from identityproviders.discovery.guest_groups import GuestGroup, count_groups
from identityproviders.discovery.queries import discovery_settings
from identityproviders.impact.effects import Consequences, GroupEffect
from identityproviders.impact.proposed_change import ProposedChange
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
    before = [(group, group.facts.decide(settings, now)) for group in count_groups(tenant)]
    return Preview(
        state=state,
        guests=sum(group.count for group, _decision in before),
        choices=tuple(
            _choice_impact(before, settings, choice, _moment(choice, state, now), now)
            for choice, _label in state.choices
        ),
    )


def find_consequences(tenant: Tenant, change: ProposedChange, now: datetime) -> Consequences:
    """What `change` would do to the guests of `tenant` at `now`; a fixed number of queries."""
    settings = discovery_settings(tenant)
    changed = change.settings(settings)
    effects = [
        GroupEffect(
            group,
            group.facts.decide(settings, now),
            change.facts(group.key.guest_id, group.facts).decide(changed, now),
        )
        for group in count_groups(tenant, named=change.named_guests)
    ]
    return Consequences(tuple(effects), change.named_guests)


def consequence_text(impact: ChoiceImpact, state: PasscodeState) -> str:
    """What the choice means for guests without an account of their own."""
    if impact.choice is PasscodeChoice.AUTOMATIC:
        return _("Wait until %(date)s, then get a code") % {"date": short_date(state)}
    if impact.choice is PasscodeChoice.ENABLE:
        return _("Get a code at once")
    methods = {effect.after.method for effect in impact.effects if effect.group.is_pending}
    if Method.REFUSED in methods and Method.CREATE_PERSONAL not in methods:
        return _("Can’t accept")
    return _("Must create a personal account")


def short_date(state: PasscodeState) -> str:
    """The automatic date where there is little room: `Nov 1`, or the month alone (OTC-7)."""
    return state.label_date if state.month_only else date_format(state.automatic_at, "M j")


def _choice_impact(
    before: list[tuple[GuestGroup, Decision]],
    settings: DiscoverySettings,
    choice: PasscodeChoice,
    at: datetime,
    now: datetime,
) -> ChoiceImpact:
    chosen = replace(settings, passcode=apply_choice(settings.passcode, choice, now))
    effects = tuple(
        GroupEffect(group, decision, group.facts.decide(chosen, at)) for group, decision in before
    )
    return ChoiceImpact(effects, frozenset(), choice, at)


def _moment(choice: PasscodeChoice, state: PasscodeState, now: datetime) -> datetime:
    """When the choice does what it does: the automatic one at its date."""
    is_later = choice is PasscodeChoice.AUTOMATIC and state.is_scheduled
    return state.automatic_at if is_later else now
