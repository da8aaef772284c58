"""Compute the state of Email one-time passcode at a moment (T12, T13, OTC-3 to OTC-8).

Pure: a function of the stored values and the moment, so that a stopped worker cannot delay the
automatic enablement (OTC-8). The automatic date begins at midnight UTC.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import assert_never

from django.utils.dateformat import format as format_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.errors import Conflict

DEFAULT_AUTOMATIC_DATE = date(2021, 11, 1)


class StoredChoice(enum.StrEnum):
    """What is stored, by its names in `allowExternalIdToUseEmailOtp` (OTC-3)."""

    DEFAULT = "default"
    ENABLED = "enabled"
    DISABLED = "disabled"


class PasscodePhase(enum.Enum):
    """The states of T13; NATIONAL_CLOUD is OTC-13, where `default` means off for ever."""

    SCHEDULED = "S1"
    AUTOMATIC = "S2"
    ENABLED = "S3"
    DISABLED = "S4"
    PREVIEW = "S5"
    NEW_TENANT = "S6"
    NATIONAL_CLOUD = "OTC-13"


class PaneForm(enum.StrEnum):
    """The two forms of T12."""

    RADIO = "A"
    TOGGLE = "B"


class PasscodeChoice(enum.StrEnum):
    """What an administrator can save; Yes is ENABLE, No is DISABLE."""

    AUTOMATIC = "automatic"
    ENABLE = "enable"
    DISABLE = "disable"

    @classmethod
    def from_toggle(cls, is_yes: bool) -> PasscodeChoice:
        """The choice behind the Yes/No toggle of form B."""
        return cls.ENABLE if is_yes else cls.DISABLE


class ChoiceNotOffered(Conflict):
    """The first choice of form A is gone for good (OTC-4)."""

    message = gettext_lazy(
        "Automatic enablement is no longer available, because this tenant has set Email one-time "
        "passcode before. Choose Yes or No."
    )


class LastFallback(Conflict):
    """Nothing would be left to fall back on (OTC-11, CTA-5)."""

    message = gettext_lazy(
        "Email one-time passcode can’t be turned off while personal accounts are removed as a "
        "fallback. Turn on personal accounts in the redemption order first, also in those of "
        "organizations."
    )


@dataclass(frozen=True)
class PasscodeSettings:
    """The stored values of one tenant.

    `automatic_on` is the tenant's own date or the deployment's; with `month_only` people see
    its month only (OTC-7), the day still decides. `tenant_created_at` is aware.
    """

    tenant_created_at: datetime
    stored: StoredChoice = StoredChoice.DEFAULT
    opted_into_preview: bool = False
    automatic_on: date = DEFAULT_AUTOMATIC_DATE
    month_only: bool = False
    default_means_off: bool = False

    @property
    def automatic_at(self) -> datetime:
        """The moment of automatic enablement: midnight UTC of the date."""
        return datetime.combine(self.automatic_on, time.min, tzinfo=UTC)


@dataclass(frozen=True)
class PasscodeState:
    """What holds at one moment, and what the pane shows then."""

    state: PasscodePhase
    form: PaneForm
    selected: PasscodeChoice
    is_effective: bool
    automatic_at: datetime
    month_only: bool
    is_before_date: bool

    @property
    def is_scheduled(self) -> bool:
        """Whether it turns on by itself at `automatic_at`, unless somebody chooses (S1)."""
        return self.state is PasscodePhase.SCHEDULED

    @property
    def is_yes(self) -> bool:
        """Which half of form B's toggle is preselected."""
        return self.selected is PasscodeChoice.ENABLE

    @property
    def label_date(self) -> str:
        """The date as labels show it (OTC-7)."""
        return label_date(self.automatic_at.date(), month_only=self.month_only)

    @property
    def choices(self) -> tuple[tuple[PasscodeChoice, str], ...]:
        """The choices of the form in their order, with their labels (T12)."""
        if self.form is PaneForm.TOGGLE:
            return ((PasscodeChoice.ENABLE, _("Yes")), (PasscodeChoice.DISABLE, _("No")))
        automatic = _(
            "Automatically enable email one-time passcode for guests starting %(date)s"
        ) % {"date": self.label_date}
        return (
            (PasscodeChoice.AUTOMATIC, automatic),
            (PasscodeChoice.ENABLE, _("Enable email one-time passcode for guests effective now")),
            (PasscodeChoice.DISABLE, _("Disable email one-time passcode for guests")),
        )

    @property
    def status_label(self) -> str:
        """The status in the list of providers (T11)."""
        if self.is_scheduled:
            return _("Scheduled (%(date)s)") % {"date": self.label_date}
        return _("Enabled") if self.is_effective else _("Disabled")

    @property
    def summary(self) -> str:
        """The present state, for pages that show no form."""
        return _what_holds(self)

    @property
    def explanation(self) -> str:
        """Why this form is shown, and the present state (BET-26)."""
        return f"{_why(self)} {_what_holds(self)}"


def passcode_state(settings: PasscodeSettings, now: datetime) -> PasscodeState:
    """The state at `now`, an aware time (T13)."""
    state = _state(settings, now)
    is_effective = state not in {
        PasscodePhase.SCHEDULED,
        PasscodePhase.DISABLED,
        PasscodePhase.NATIONAL_CLOUD,
    }
    selected = PasscodeChoice.from_toggle(is_effective)
    if state is PasscodePhase.SCHEDULED:
        selected = PasscodeChoice.AUTOMATIC
    return PasscodeState(
        state=state,
        form=PaneForm.RADIO if state is PasscodePhase.SCHEDULED else PaneForm.TOGGLE,
        selected=selected,
        is_effective=is_effective,
        automatic_at=settings.automatic_at,
        month_only=settings.month_only,
        is_before_date=now < settings.automatic_at,
    )


def is_effective(settings: PasscodeSettings, now: datetime) -> bool:
    """Whether guests get codes at `now`."""
    return passcode_state(settings, now).is_effective


def apply_choice(
    settings: PasscodeSettings,
    choice: PasscodeChoice,
    now: datetime,
    *,
    is_last_fallback: bool = False,
) -> PasscodeSettings:
    """The settings after an administrator saved `choice` at `now`.

    The same settings come back where saving changes nothing: the first choice of form A
    (OTC-5), also from a page opened before the date, and what is stored already.
    `is_last_fallback` says that the redemption order has no other fallback (CTA-5).

    Raises: ChoiceNotOffered (OTC-4), LastFallback (OTC-11).
    """
    state = _state(settings, now)
    match choice:
        case PasscodeChoice.AUTOMATIC:
            if state not in {
                PasscodePhase.SCHEDULED,
                PasscodePhase.AUTOMATIC,
                PasscodePhase.NEW_TENANT,
            }:
                raise ChoiceNotOffered
            return settings
        case PasscodeChoice.ENABLE:
            if state is PasscodePhase.PREVIEW:
                return settings
            changed = replace(settings, stored=StoredChoice.ENABLED, opted_into_preview=False)
        case PasscodeChoice.DISABLE:
            changed = replace(settings, stored=StoredChoice.DISABLED, opted_into_preview=False)
        case _:
            assert_never(choice)
    return _with_a_fallback(changed, now, is_last_fallback)


def write_settings(
    settings: PasscodeSettings,
    stored: StoredChoice,
    now: datetime,
    *,
    is_last_fallback: bool = False,
) -> PasscodeSettings:
    """The settings after the API wrote `stored`; `default` forgets every choice (OTC-4).

    Raises: LastFallback (OTC-11).
    """
    match stored:
        case StoredChoice.ENABLED:
            return apply_choice(settings, PasscodeChoice.ENABLE, now)
        case StoredChoice.DISABLED:
            return apply_choice(
                settings, PasscodeChoice.DISABLE, now, is_last_fallback=is_last_fallback
            )
        case StoredChoice.DEFAULT:
            changed = replace(settings, stored=StoredChoice.DEFAULT, opted_into_preview=False)
            return _with_a_fallback(changed, now, is_last_fallback)
        case _:
            assert_never(stored)


def label_date(day: date, *, month_only: bool = False) -> str:
    """`November 1, 2021`, or `November 2021` (OTC-7)."""
    return format_date(day, "F Y" if month_only else "F j, Y")


def _state(settings: PasscodeSettings, now: datetime) -> PasscodePhase:
    if settings.stored is StoredChoice.DISABLED:
        return PasscodePhase.DISABLED
    if settings.opted_into_preview:
        return PasscodePhase.PREVIEW
    if settings.stored is StoredChoice.ENABLED:
        return PasscodePhase.ENABLED
    if settings.default_means_off:
        return PasscodePhase.NATIONAL_CLOUD
    if now < settings.automatic_at:
        return PasscodePhase.SCHEDULED
    if settings.tenant_created_at >= settings.automatic_at:
        return PasscodePhase.NEW_TENANT
    return PasscodePhase.AUTOMATIC


def _with_a_fallback(
    settings: PasscodeSettings, now: datetime, is_last_fallback: bool
) -> PasscodeSettings:
    if is_last_fallback and not is_effective(settings, now):
        raise LastFallback
    return settings


_WHY: dict[PasscodePhase, Promise] = {
    PasscodePhase.SCHEDULED: gettext_lazy(
        "You see three choices because nobody has chosen for this tenant yet."
    ),
    PasscodePhase.AUTOMATIC: gettext_lazy(
        "You see Yes and No because the automatic enablement of %(date)s has taken place."
    ),
    PasscodePhase.ENABLED: gettext_lazy(
        "You see Yes and No because this tenant has set the feature before."
    ),
    PasscodePhase.DISABLED: gettext_lazy(
        "You see Yes and No because this tenant has set the feature before."
    ),
    PasscodePhase.PREVIEW: gettext_lazy(
        "You see Yes and No because this tenant opted into the preview of the feature."
    ),
    PasscodePhase.NEW_TENANT: gettext_lazy(
        "You see Yes and No because this tenant was created after %(date)s, when the feature "
        "became the default."
    ),
    PasscodePhase.NATIONAL_CLOUD: gettext_lazy(
        "You see Yes and No because the feature never turns on by itself in this cloud."
    ),
}


def _why(state: PasscodeState) -> str:
    return str(_WHY[state.state]) % {"date": state.label_date}


def _what_holds(state: PasscodeState) -> str:
    if state.is_scheduled and state.month_only:
        return _(
            "Email one-time passcode is off now and turns on in %(date)s, unless you disable it "
            "first."
        ) % {"date": state.label_date}
    if state.is_scheduled:
        return _(
            "Email one-time passcode is off now and turns on at midnight UTC on %(date)s, unless "
            "you disable it first."
        ) % {"date": state.label_date}
    if state.is_effective:
        return _("Email one-time passcode is on.")
    if state.state is PasscodePhase.DISABLED and state.is_before_date:
        return _("Email one-time passcode is off and stays off on %(date)s.") % {
            "date": state.label_date
        }
    return _("Email one-time passcode is off.")
