"""The Email one-time passcode setting: T12 and T13, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from identityproviders.passcodes.policy.state import (
    ChoiceNotOffered,
    LastFallback,
    PaneForm,
    PasscodeChoice,
    PasscodePhase,
    PasscodeSettings,
    StoredChoice,
    apply_choice,
    is_effective,
    passcode_state,
    write_settings,
)

THE_DATE = date(2021, 11, 1)
AT = datetime(2021, 11, 1, tzinfo=UTC)
BEFORE = AT - timedelta(microseconds=1)
AFTER = AT + timedelta(days=60)
OLD_TENANT = PasscodeSettings(tenant_created_at=datetime(2019, 5, 6, tzinfo=UTC))
NEW_TENANT = PasscodeSettings(tenant_created_at=AT)
BY_ADMIN_ON = replace(OLD_TENANT, stored=StoredChoice.ENABLED)
BY_ADMIN_OFF = replace(OLD_TENANT, stored=StoredChoice.DISABLED)
PREVIEW = replace(OLD_TENANT, stored=StoredChoice.ENABLED, opted_into_preview=True)
NATIONAL_CLOUD = replace(OLD_TENANT, default_means_off=True)

S1, S2, S3, S4, S5, S6 = (PasscodePhase(f"S{n}") for n in range(1, 7))

T13 = [
    # settings, now, state, form, preselected, effective
    (OLD_TENANT, BEFORE, S1, "A", PasscodeChoice.AUTOMATIC, False),
    (OLD_TENANT, AT, S2, "B", PasscodeChoice.ENABLE, True),
    (OLD_TENANT, AFTER, S2, "B", PasscodeChoice.ENABLE, True),
    (BY_ADMIN_ON, BEFORE, S3, "B", PasscodeChoice.ENABLE, True),
    (BY_ADMIN_ON, AT, S3, "B", PasscodeChoice.ENABLE, True),
    (BY_ADMIN_ON, AFTER, S3, "B", PasscodeChoice.ENABLE, True),
    (BY_ADMIN_OFF, BEFORE, S4, "B", PasscodeChoice.DISABLE, False),
    (BY_ADMIN_OFF, AT, S4, "B", PasscodeChoice.DISABLE, False),
    (BY_ADMIN_OFF, AFTER, S4, "B", PasscodeChoice.DISABLE, False),
    (PREVIEW, BEFORE, S5, "B", PasscodeChoice.ENABLE, True),
    (PREVIEW, AT, S5, "B", PasscodeChoice.ENABLE, True),
    (PREVIEW, AFTER, S5, "B", PasscodeChoice.ENABLE, True),
    (NEW_TENANT, AT, S6, "B", PasscodeChoice.ENABLE, True),
    (NEW_TENANT, AFTER, S6, "B", PasscodeChoice.ENABLE, True),
]


@pytest.mark.rule("T13", "T12", "OTC-3", "OTC-6", "OTC-8")
@pytest.mark.parametrize(("settings", "now", "state", "form", "selected", "effective"), T13)
def test_state_form_and_effect_follow_the_table(
    settings: PasscodeSettings,
    now: datetime,
    state: PasscodePhase,
    form: str,
    selected: PasscodeChoice,
    effective: bool,
) -> None:
    found = passcode_state(settings, now)

    assert (found.state, found.form, found.selected) == (state, form, selected)
    assert found.is_effective is effective
    assert is_effective(settings, now) is effective
    assert found.is_yes is (selected is PasscodeChoice.ENABLE)


LEAVES = [
    # settings, now, what is done, state afterwards
    (OLD_TENANT, BEFORE, PasscodeChoice.AUTOMATIC, S1),
    (OLD_TENANT, BEFORE, PasscodeChoice.ENABLE, S3),
    (OLD_TENANT, BEFORE, PasscodeChoice.DISABLE, S4),
    (OLD_TENANT, AFTER, PasscodeChoice.DISABLE, S4),
    (OLD_TENANT, AFTER, PasscodeChoice.ENABLE, S3),
    (NEW_TENANT, AFTER, PasscodeChoice.DISABLE, S4),
    (NEW_TENANT, AFTER, PasscodeChoice.ENABLE, S3),
    (BY_ADMIN_ON, BEFORE, PasscodeChoice.ENABLE, S3),
    (BY_ADMIN_ON, BEFORE, PasscodeChoice.DISABLE, S4),
    (BY_ADMIN_ON, AFTER, PasscodeChoice.DISABLE, S4),
    (BY_ADMIN_ON, BEFORE, StoredChoice.DEFAULT, S1),
    (BY_ADMIN_ON, AFTER, StoredChoice.DEFAULT, S2),
    (BY_ADMIN_OFF, BEFORE, PasscodeChoice.DISABLE, S4),
    (BY_ADMIN_OFF, BEFORE, PasscodeChoice.ENABLE, S3),
    (BY_ADMIN_OFF, AFTER, PasscodeChoice.ENABLE, S3),
    (BY_ADMIN_OFF, BEFORE, StoredChoice.DEFAULT, S1),
    (BY_ADMIN_OFF, AFTER, StoredChoice.DEFAULT, S2),
    (PREVIEW, BEFORE, PasscodeChoice.ENABLE, S5),
    (PREVIEW, BEFORE, PasscodeChoice.DISABLE, S4),
    (PREVIEW, AFTER, PasscodeChoice.DISABLE, S4),
    (PREVIEW, BEFORE, StoredChoice.DEFAULT, S1),
    (PREVIEW, AFTER, StoredChoice.DEFAULT, S2),
    (OLD_TENANT, BEFORE, StoredChoice.ENABLED, S3),
    (OLD_TENANT, BEFORE, StoredChoice.DISABLED, S4),
    (OLD_TENANT, BEFORE, StoredChoice.DEFAULT, S1),
    (NEW_TENANT, AFTER, StoredChoice.DEFAULT, S6),
]


@pytest.mark.rule("T13", "OTC-4")
@pytest.mark.parametrize(("settings", "now", "done", "state"), LEAVES)
def test_every_way_out_of_a_state_leads_where_the_table_says(
    settings: PasscodeSettings,
    now: datetime,
    done: PasscodeChoice | StoredChoice,
    state: PasscodePhase,
) -> None:
    assert passcode_state(after(settings, done, now), now).state is state


def after(
    settings: PasscodeSettings, done: PasscodeChoice | StoredChoice, now: datetime
) -> PasscodeSettings:
    if isinstance(done, PasscodeChoice):
        return apply_choice(settings, done, now)
    return write_settings(settings, done, now)


def test_turning_the_preview_off_and_on_again_is_a_choice_of_the_administrator() -> None:
    off = apply_choice(PREVIEW, PasscodeChoice.DISABLE, BEFORE)

    assert (
        passcode_state(apply_choice(off, PasscodeChoice.ENABLE, BEFORE), BEFORE).state
        is PasscodePhase.ENABLED
    )


@pytest.mark.rule("OTC-5")
@pytest.mark.parametrize("saved_at", [BEFORE, AT])
def test_saving_the_first_choice_changes_nothing_even_from_a_page_opened_before_the_date(
    saved_at: datetime,
) -> None:
    assert apply_choice(OLD_TENANT, PasscodeChoice.AUTOMATIC, saved_at) is OLD_TENANT


@pytest.mark.rule("OTC-4")
@pytest.mark.parametrize("settings", [BY_ADMIN_ON, BY_ADMIN_OFF, PREVIEW, NATIONAL_CLOUD])
@pytest.mark.parametrize("now", [BEFORE, AFTER])
def test_first_choice_is_gone_for_good_once_somebody_chose(
    settings: PasscodeSettings, now: datetime
) -> None:
    assert PasscodeChoice.AUTOMATIC not in dict(passcode_state(settings, now).choices)
    with pytest.raises(ChoiceNotOffered):
        apply_choice(settings, PasscodeChoice.AUTOMATIC, now)


@pytest.mark.rule("OTC-4")
@pytest.mark.parametrize("settings", [BY_ADMIN_ON, BY_ADMIN_OFF, PREVIEW])
def test_only_the_api_brings_the_first_choice_back(settings: PasscodeSettings) -> None:
    forgotten = write_settings(settings, StoredChoice.DEFAULT, BEFORE)

    assert forgotten == OLD_TENANT
    assert passcode_state(forgotten, BEFORE).form is PaneForm.RADIO


@pytest.mark.rule("OTC-11", "CTA-5")
@pytest.mark.parametrize("settings", [BY_ADMIN_ON, PREVIEW, OLD_TENANT])
def test_turning_off_the_last_fallback_is_refused(settings: PasscodeSettings) -> None:
    with pytest.raises(LastFallback):
        apply_choice(settings, PasscodeChoice.DISABLE, AFTER, is_last_fallback=True)
    with pytest.raises(LastFallback):
        write_settings(settings, StoredChoice.DISABLED, AFTER, is_last_fallback=True)
    with pytest.raises(LastFallback):
        write_settings(settings, StoredChoice.DEFAULT, BEFORE, is_last_fallback=True)
    assert (
        write_settings(settings, StoredChoice.DEFAULT, AFTER, is_last_fallback=True).stored
        is StoredChoice.DEFAULT
    )


@pytest.mark.rule("OTC-13")
@pytest.mark.parametrize("now", [BEFORE, AT, AFTER])
def test_in_a_national_cloud_default_means_off_for_ever(now: datetime) -> None:
    state = passcode_state(NATIONAL_CLOUD, now)

    assert (state.form, state.selected, state.is_effective) == (
        PaneForm.TOGGLE,
        PasscodeChoice.DISABLE,
        False,
    )
    assert state.status_label == "Disabled"
    assert passcode_state(
        apply_choice(NATIONAL_CLOUD, PasscodeChoice.ENABLE, now), now
    ).is_effective


@pytest.mark.rule("T12")
def test_form_a_has_the_three_choices_in_their_order() -> None:
    assert passcode_state(OLD_TENANT, BEFORE).choices == (
        (
            PasscodeChoice.AUTOMATIC,
            "Automatically enable email one-time passcode for guests starting November 1, 2021",
        ),
        (PasscodeChoice.ENABLE, "Enable email one-time passcode for guests effective now"),
        (PasscodeChoice.DISABLE, "Disable email one-time passcode for guests"),
    )


@pytest.mark.rule("T12")
def test_form_b_is_yes_and_no() -> None:
    assert passcode_state(BY_ADMIN_OFF, BEFORE).choices == (
        (PasscodeChoice.ENABLE, "Yes"),
        (PasscodeChoice.DISABLE, "No"),
    )


@pytest.mark.rule("OTC-7", "T11")
@pytest.mark.parametrize(
    ("settings", "now", "label"),
    [
        (OLD_TENANT, BEFORE, "Scheduled (November 1, 2021)"),
        (replace(OLD_TENANT, month_only=True), BEFORE, "Scheduled (November 2021)"),
        (OLD_TENANT, AT, "Enabled"),
        (BY_ADMIN_OFF, BEFORE, "Disabled"),
        (PREVIEW, BEFORE, "Enabled"),
    ],
)
def test_status_in_the_list_of_providers(
    settings: PasscodeSettings, now: datetime, label: str
) -> None:
    assert passcode_state(settings, now).status_label == label


@pytest.mark.rule("OTC-7", "OTC-8")
def test_the_date_begins_at_midnight_utc_wherever_the_clock_stands() -> None:
    in_tokyo = timezone(timedelta(hours=9))

    assert not is_effective(OLD_TENANT, datetime(2021, 11, 1, 8, tzinfo=in_tokyo))
    assert is_effective(OLD_TENANT, datetime(2021, 11, 1, 9, tzinfo=in_tokyo))


@pytest.mark.rule("OTC-7")
def test_a_tenant_with_its_own_date_follows_that_date() -> None:
    later = replace(OLD_TENANT, automatic_on=date(2022, 1, 31))

    assert (
        passcode_state(later, AFTER).state is PasscodePhase.SCHEDULED or later.automatic_at <= AFTER
    )
    assert passcode_state(later, later.automatic_at - timedelta(seconds=1)).label_date == (
        "January 31, 2022"
    )
    assert passcode_state(later, later.automatic_at).is_effective


@pytest.mark.rule("BET-26")
@pytest.mark.parametrize(
    ("settings", "now", "sentence"),
    [
        (
            OLD_TENANT,
            BEFORE,
            "You see three choices because nobody has chosen for this tenant yet. Email one-time "
            "passcode is off now and turns on at midnight UTC on November 1, 2021, unless you "
            "disable it first.",
        ),
        (
            OLD_TENANT,
            AFTER,
            "You see Yes and No because the automatic enablement of November 1, 2021 has taken "
            "place. Email one-time passcode is on.",
        ),
        (
            BY_ADMIN_ON,
            BEFORE,
            "You see Yes and No because this tenant has set the feature before. Email one-time "
            "passcode is on.",
        ),
        (
            BY_ADMIN_OFF,
            BEFORE,
            "You see Yes and No because this tenant has set the feature before. Email one-time "
            "passcode is off and stays off on November 1, 2021.",
        ),
        (
            BY_ADMIN_OFF,
            AFTER,
            "You see Yes and No because this tenant has set the feature before. Email one-time "
            "passcode is off.",
        ),
        (
            PREVIEW,
            BEFORE,
            "You see Yes and No because this tenant opted into the preview of the feature. Email "
            "one-time passcode is on.",
        ),
        (
            NEW_TENANT,
            AFTER,
            "You see Yes and No because this tenant was created after November 1, 2021, when the "
            "feature became the default. Email one-time passcode is on.",
        ),
        (
            NATIONAL_CLOUD,
            AFTER,
            "You see Yes and No because the feature never turns on by itself in this cloud. Email "
            "one-time passcode is off.",
        ),
    ],
)
def test_the_pane_says_why_this_form_is_shown_and_what_holds(
    settings: PasscodeSettings, now: datetime, sentence: str
) -> None:
    assert passcode_state(settings, now).explanation == sentence


@pytest.mark.rule("EX-9", "OTC-6")
def test_disabled_before_the_date_stays_off_when_the_date_passes() -> None:
    saved = apply_choice(OLD_TENANT, PasscodeChoice.DISABLE, BEFORE)
    state = passcode_state(saved, AFTER)

    assert not state.is_effective
    assert (state.form, state.selected) == (PaneForm.TOGGLE, PasscodeChoice.DISABLE)


@pytest.mark.rule("EX-10")
def test_preview_tenant_sees_yes_and_form_a_after_the_api_wrote_default() -> None:
    state = passcode_state(PREVIEW, BEFORE)
    assert (state.form, state.selected) == (PaneForm.TOGGLE, PasscodeChoice.ENABLE)

    assert (
        passcode_state(write_settings(PREVIEW, StoredChoice.DEFAULT, BEFORE), BEFORE).form
        is PaneForm.RADIO
    )
