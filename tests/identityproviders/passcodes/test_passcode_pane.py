"""External Identities | All identity providers, and Email one-time passcode for guests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from guests.models import User
from identityproviders.discovery.queries import expected_methods_of
from identityproviders.impact import preview
from identityproviders.impact.effects import AffectedGuests
from identityproviders.impact.queries import affected_guests
from identityproviders.models import (
    PasscodePolicy,
    PersonalAccount,
    RedemptionOrder,
    SocialProvider,
)
from identityproviders.passcodes import one_time_codes
from identityproviders.passcodes.policy.actions import (
    choose_passcode_setting,
    note_automatic_enablement,
)
from identityproviders.passcodes.policy.state import ChoiceNotOffered, LastFallback, PasscodeChoice
from portal.audit.models import AuditEvent
from portal.errors import ChangedMeanwhile, NotAllowed, NotConfirmed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import read_page
from tests.support.visitor import PRIYA, SetPolicy, Visitor

LIST = reverse("identityproviders:providers")
PANE = reverse("identityproviders:passcode_pane")
FRAGMENT = reverse("identityproviders:passcode_impact")
GUESTS = reverse("identityproviders:passcode_impact_guests")
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
THE_DATE = date(2036, 6, 1)
COUNT_GUESTS = 'COUNT("guests_user"."id")'
"""Stands in the statement that counts all guests of a tenant for a preview."""


def text(response: Any) -> str:
    return str(response.content.decode())


def words(response: Any) -> str:
    return plain(text(response))


def plain(html: str) -> str:
    """What stands there, one blank between words and cells."""
    return " ".join(strip_tags(html.replace("<", " <")).split())


def choices(page: str) -> list[tuple[str, bool]]:
    """The radio buttons of the form with what is checked."""
    return [(one.value, one.is_checked) for one in read_page(page).fields("choice")]


@pytest.fixture
def scheduled(contoso: Tenant, set_policy: SetPolicy) -> Tenant:
    """Contoso as a tenant that was never touched, before its date (S1)."""
    Tenant.objects.filter(pk=contoso.pk).update(created_at=BEFORE)
    contoso.refresh_from_db()
    set_policy(contoso, automatic_on=THE_DATE)
    return contoso


def save(client: Client, choice: str, **values: Any) -> Any:
    return client.post(PANE, {"choice": choice, "version": 0, **values})


def stored(tenant: Tenant) -> str:
    return str(PasscodePolicy.objects.get(tenant=tenant).stored)


# The list


@pytest.mark.rule("IDP-2", "OTC-7")
def test_the_status_names_the_date_of_a_scheduled_tenant(admin: Client, scheduled: Tenant) -> None:
    assert "Scheduled (June 1, 2036)" in words(admin.get(LIST))


# The two forms


@pytest.mark.rule("EX-8", "OTC-2", "OTC-3", "BET-26")
def test_a_never_touched_tenant_sees_three_choices_and_the_first_is_selected_ex_8(
    admin: Client, scheduled: Tenant
) -> None:
    page = admin.get(PANE)
    assert choices(text(page)) == [("automatic", True), ("enable", False), ("disable", False)]
    assert "Email one-time passcode for guests" in words(page)
    assert "Automatically enable email one-time passcode for guests starting June 1, 2036" in words(
        page
    )
    assert "You see three choices because nobody has chosen for this tenant yet." in words(page)
    with time_machine.travel(datetime(2036, 6, 1, 0, 1, tzinfo=UTC)):
        admin.force_login(User.unscoped.get(display_name="Grace Nakamura"))
        assert choices(text(admin.get(PANE))) == [("enable", True), ("disable", False)]


@pytest.mark.rule("EX-9", "OTC-4", "OTC-6")
def test_disabled_before_the_date_stays_off_after_it_ex_9(
    admin: Client, scheduled: Tenant, grace: User
) -> None:
    assert save(admin, "disable")["Location"] == LIST
    assert stored(scheduled) == "disabled"
    assert choices(text(admin.get(PANE))) == [("enable", False), ("disable", True)]
    with time_machine.travel(datetime(2036, 6, 2, tzinfo=UTC)):
        admin.force_login(grace)
        page = admin.get(PANE)
        assert choices(text(page)) == [("enable", False), ("disable", True)]
        assert "Email one-time passcode is off." in words(page)


@pytest.mark.rule("EX-10")
def test_a_preview_tenant_sees_the_toggle_on_yes(
    admin: Client, scheduled: Tenant, set_policy: SetPolicy
) -> None:
    set_policy(scheduled, stored="enabled", opted_into_preview=True)
    assert choices(text(admin.get(PANE))) == [("enable", True), ("disable", False)]


@pytest.mark.rule("OTC-5", "AUD-1")
def test_saving_the_first_choice_unchanged_changes_nothing(
    admin: Client, scheduled: Tenant
) -> None:
    response = save(admin, "automatic")
    assert response["Location"] == LIST
    assert stored(scheduled) == "default"
    assert not AuditEvent.unscoped.filter(activity__startswith="Authentication").exists()


@pytest.mark.rule("OTC-4")
def test_the_first_choice_is_gone_once_somebody_chose(
    admin: Client, scheduled: Tenant, grace: User
) -> None:
    save(admin, "enable")
    response = save(admin, "automatic", version=1)
    assert response.status_code == 409
    assert "Automatic enablement is no longer available" in words(response)
    with pytest.raises(ChoiceNotOffered):
        choose_passcode_setting(
            scheduled, PasscodeChoice.AUTOMATIC, by=grace, version=1, acknowledged=0
        )


@pytest.mark.rule("OTC-9", "BET-8", "SEC-19")
def test_a_change_acts_at_once(admin: Client, scheduled: Tenant, visitor: Visitor) -> None:
    GuestFactory(tenant=scheduled, address=PRIYA)
    assert visitor.type_address(PRIYA)["Location"] == reverse("identityproviders:refused")
    save(admin, "enable")
    assert visitor.type_address(PRIYA)["Location"] == reverse("identityproviders:send_code")


@pytest.mark.rule("SEC-19", "SEC-6")
def test_a_code_from_before_the_switch_is_dead_also_when_the_method_is_on_again(
    admin: Client, contoso: Tenant, priya: User, set_policy: SetPolicy, visitor: Visitor
) -> None:
    set_policy(contoso, stored="enabled")
    code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))

    assert save(admin, "disable", acknowledged=1).status_code == 302
    assert save(admin, "enable", version=1).status_code == 302
    page = visitor.enter(code)

    assert page.status_code == 400
    assert not visitor.is_signed_in


@pytest.mark.rule("SEC-19", "SEC-6")
def test_the_switch_ends_no_code_of_another_tenant(
    admin: Client, contoso: Tenant, fabrikam: Tenant, set_policy: SetPolicy, visitor: Visitor
) -> None:
    set_policy(contoso, stored="enabled")
    set_policy(fabrikam, stored="enabled")
    PasscodeGuestFactory(tenant=fabrikam, address=PRIYA)
    elsewhere = Visitor(fabrikam)
    code = one_time_codes.derive_passcode(elsewhere.ask_for_code(PRIYA))

    assert save(admin, "disable").status_code == 302
    elsewhere.enter(code)

    assert elsewhere.is_signed_in


@pytest.mark.rule("OTC-2", "AUD-2", "SEC-103")
def test_saving_writes_one_audit_row_and_says_so(
    admin: Client, scheduled: Tenant, grace: User
) -> None:
    page = admin.post(PANE, {"choice": "enable", "version": 0}, follow=True)
    assert "Email one-time passcode saved" in words(page)
    event = AuditEvent.unscoped.get(activity="Authentication Methods Policy Update")
    assert (event.tenant, event.actor_id, event.result) == (scheduled, grace.pk, "success")
    assert event.modified_properties == [
        {"name": "allowExternalIdToUseEmailOtp", "old": "default", "new": "enabled"}
    ]
    assert PasscodePolicy.objects.get(tenant=scheduled).version == 1


@pytest.mark.rule("OTC-2")
def test_discard_and_close_lead_to_what_is_stored(admin: Client, contoso: Tenant) -> None:
    page = text(admin.get(f"{PANE}?choice=disable"))
    assert choices(page) == [("enable", False), ("disable", True)]
    assert f'<a class="btn" href="{PANE}">Discard</a>' in page
    assert f'href="{LIST}" data-close-pane' in page


@pytest.mark.rule("SEC-91")
@pytest.mark.parametrize(
    "values",
    [{}, {"choice": "maybe"}, {"choice": "enable", "version": "x"}, {"choice": "enable"}],
)
def test_odd_posts_change_nothing(admin: Client, scheduled: Tenant, values: dict[str, str]) -> None:
    response = admin.post(PANE, values)
    assert response.status_code in {400, 409}
    assert stored(scheduled) == "default"


@pytest.mark.rule("OTC-2")
def test_of_two_administrators_the_second_is_told_of_the_first(
    admin: Client, scheduled: Tenant, grace: User
) -> None:
    assert save(admin, "enable").status_code == 302
    response = save(admin, "disable")
    assert response.status_code == 409
    assert "Somebody else changed this setting meanwhile." in words(response)
    assert choices(text(response)) == [("enable", True), ("disable", False)]
    assert stored(scheduled) == "enabled"
    with pytest.raises(ChangedMeanwhile):
        choose_passcode_setting(
            scheduled, PasscodeChoice.DISABLE, by=grace, version=0, acknowledged=0
        )


# Who may


@pytest.mark.rule("OTC-12", "ROL-1", "AUD-1")
@pytest.mark.parametrize(
    ("role", "reads", "edits"),
    [
        (Role.GLOBAL_ADMINISTRATOR, True, True),
        (Role.SECURITY_ADMINISTRATOR, True, True),
        (Role.EXTERNAL_IDENTITY_PROVIDER_ADMINISTRATOR, True, False),
        (Role.GLOBAL_READER, True, False),
        (Role.USER_ADMINISTRATOR, False, False),
        (Role.GUEST_INVITER, False, False),
    ],
)
def test_who_sees_and_who_changes_the_pane(
    scheduled: Tenant, client: Client, role: Role, reads: bool, edits: bool
) -> None:
    member = MemberFactory(tenant=scheduled, roles=[role])
    client.force_login(member)
    page = client.get(PANE)
    assert (page.status_code == 200) is reads
    if reads:
        assert ("disabled" in text(page).partition("<fieldset")[2].partition(">")[0]) is not edits
        assert ("Security Administrator" in words(page)) is not edits
    response = save(client, "enable")
    assert (stored(scheduled) == "enabled") is edits
    assert response.status_code == (302 if edits else 403)
    failures = AuditEvent.unscoped.filter(result="failure", actor_id=member.pk)
    assert failures.count() == (0 if edits else 1)


@pytest.mark.rule("OTC-12", "SEC-77")
def test_members_and_guests_have_no_way_in(
    contoso: Tenant, priya: User, client: Client, grace: User
) -> None:
    for person in (MemberFactory(tenant=contoso), priya):
        client.force_login(person)
        for url in (LIST, PANE, f"{FRAGMENT}?choice=enable", f"{GUESTS}?choice=enable&effect=gain"):
            assert client.get(url).status_code == 403
    client.logout()
    assert client.get(PANE)["Location"].startswith("/signin/?next=")
    with pytest.raises(NotAllowed):
        choose_passcode_setting(
            contoso, PasscodeChoice.DISABLE, by=priya, version=0, acknowledged=0
        )


# Impact


@pytest.fixture
def guests(contoso: Tenant, set_policy: SetPolicy) -> Tenant:
    """Three by code, two pending without account, one with a personal account, one Google."""
    set_policy(contoso, stored="enabled")
    for number in range(3):
        GuestFactory(tenant=contoso, address=f"c{number}@wingtiptoys.com", accepted_with="mail")
    for number in range(2):
        GuestFactory(tenant=contoso, address=f"p{number}@northwind.example")
    GuestFactory(tenant=contoso, address="msa@litware.example")
    PersonalAccount.objects.create(address_key="msa@litware.example", password="")
    GuestFactory(tenant=contoso, address="g@gmail.com", accepted_with="google.com")
    SocialProvider.objects.create(tenant=contoso, kind="google.com", client_id="id")
    return contoso


@pytest.mark.rule("OTC-10", "BET-2", "HRD-6")
def test_the_three_figures_sum_up_to_all_guests(guests: Tenant, set_policy: SetPolicy) -> None:
    shown = preview.preview_choices(guests, timezone.now())
    for found in shown.choices:
        assert found.gain + found.lose + found.unchanged == shown.guests == 7
    off = shown.of(PasscodeChoice.DISABLE)
    assert (off.gain, off.lose, off.unchanged, off.must_create) == (0, 3, 4, 2)
    assert off.lose_by_code == 3
    assert [(row.domain, row.count) for row in off.by_domain] == [("wingtiptoys.com", 3)]
    set_policy(guests, stored="disabled")
    on = preview.preview_choices(guests, timezone.now()).of(PasscodeChoice.ENABLE)
    assert (on.gain, on.lose, on.unchanged) == (5, 0, 2)


@pytest.mark.rule("OTC-10", "BET-2")
def test_the_preview_says_what_then_happens_to_each_guest(
    guests: Tenant, admin: Client, grace: User
) -> None:
    off = preview.preview_choices(guests, timezone.now()).of(PasscodeChoice.DISABLE)
    expected = {
        guest.user.pk: guest.after.row
        for wanted in (AffectedGuests.LOSE, AffectedGuests.GAIN, AffectedGuests.UNCHANGED)
        for guest in affected_guests(guests, off, wanted).guests
    }
    choose_passcode_setting(guests, PasscodeChoice.DISABLE, by=grace, version=0, acknowledged=3)
    found = expected_methods_of(guests, User.objects.of(guests).external())
    assert {pk: decision.row for pk, decision in found.items()} == expected


@pytest.mark.rule("OTC-10")
def test_the_automatic_choice_counts_what_happens_on_its_date(scheduled: Tenant) -> None:
    for number in range(4):
        GuestFactory(tenant=scheduled, address=f"p{number}@northwind.example")
    shown = preview.preview_choices(scheduled, timezone.now())
    assert [(c.choice.value, c.gain, c.lose) for c in shown.choices] == [
        ("automatic", 4, 0),
        ("enable", 4, 0),
        ("disable", 0, 0),
    ]
    assert [preview.consequence_text(c, shown.state) for c in shown.choices] == [
        "Wait until Jun 1, then get a code",
        "Get a code at once",
        "Must create a personal account",
    ]


@pytest.mark.rule("OTC-10", "BET-2")
def test_switching_off_asks_for_a_tick_where_somebody_loses(guests: Tenant, admin: Client) -> None:
    first = save(admin, "disable")
    assert first.status_code == 400
    assert "3 guests will not be able to sign in." in words(first)
    assert "They accepted with a code" in words(first)
    assert "I understand that 3 guests lose their sign-in" in words(first)
    assert "Confirm that" not in words(first), "the tick was not there to be set yet"
    again = save(admin, "disable", seen="1")
    assert "Confirm that these guests lose their sign-in, then save again." in words(again)
    assert 'aria-describedby="acknowledged-error"' in text(again)
    outdated = save(admin, "disable", seen="1", acknowledged="2")
    assert outdated.status_code == 400
    assert stored(guests) == "enabled"
    assert save(admin, "disable", seen="1", acknowledged="3").status_code == 302
    assert stored(guests) == "disabled"
    event = AuditEvent.unscoped.get(activity="Authentication Methods Policy Update")
    assert event.additional_details == {"GuestsLosingSignIn": 3}


@pytest.mark.rule("OTC-10")
def test_the_action_itself_asks_for_the_acknowledgement(guests: Tenant, grace: User) -> None:
    with pytest.raises(NotConfirmed):
        choose_passcode_setting(guests, PasscodeChoice.DISABLE, by=grace, version=0, acknowledged=0)


@pytest.mark.rule("OTC-11", "CTA-5")
def test_the_last_fallback_stays_on(contoso: Tenant, admin: Client, grace: User) -> None:
    RedemptionOrder.objects.create(tenant=contoso, microsoft_account_fallback=False)
    response = save(admin, "disable")
    assert response.status_code == 409
    assert "while personal accounts are removed as a fallback" in words(response)
    with pytest.raises(LastFallback):
        choose_passcode_setting(
            contoso, PasscodeChoice.DISABLE, by=grace, version=0, acknowledged=0
        )


@pytest.mark.rule("BET-2", "OTC-10")
def test_the_fragment_compares_without_saving(guests: Tenant, admin: Client) -> None:
    page = admin.get(f"{FRAGMENT}?choice=disable", headers={"HX-Request": "true"})
    assert "Impact of turning it off" in words(page)
    assert "7 guests, counted just now" in words(page)
    assert "<html" not in text(page)
    assert stored(guests) == "enabled"
    assert admin.get(f"{FRAGMENT}?choice=x").status_code == 404
    assert admin.get(f"{FRAGMENT}?choice=automatic").status_code == 409


@pytest.mark.rule("OTC-10", "BET-2")
def test_the_affected_guests_are_listed_with_before_and_after(
    guests: Tenant, admin: Client, fabrikam: Tenant
) -> None:
    GuestFactory(tenant=fabrikam, address="elsewhere@wingtiptoys.com", accepted_with="mail")
    page = words(admin.get(f"{GUESTS}?choice=disable&effect=lose"))
    assert "Guests who lose sign-in" in page
    for number in range(3):
        assert f"c{number}@wingtiptoys.com" in page
    assert "Email one-time passcode No sign-in possible" in page
    assert "elsewhere@" not in page
    assert "northwind" not in page
    page = words(admin.get(f"{GUESTS}?choice=disable&effect=create"))
    assert "p0@northwind.example" in page
    assert "No guests" in words(admin.get(f"{GUESTS}?choice=enable&effect=lose"))
    assert admin.get(f"{GUESTS}?choice=disable&effect=x").status_code == 404


@pytest.mark.rule("USR-10")
def test_the_pane_costs_the_same_queries_for_any_number_of_guests(
    guests: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(22):
        preview.preview_choices(guests, timezone.now())
    for number in range(60):
        GuestFactory(tenant=guests, address=f"more{number}@northwind.example")
    with django_assert_num_queries(22):
        shown = preview.preview_choices(guests, timezone.now())
    assert shown.guests == 67
    assert shown.of(PasscodeChoice.DISABLE).lose == 3


@pytest.mark.rule("USR-10")
def test_the_preview_reads_no_photo_and_no_password(guests: Tenant) -> None:
    with CaptureQueriesContext(connection) as queries:
        preview.preview_choices(guests, timezone.now())
    statements = [query["sql"] for query in queries if COUNT_GUESTS in query["sql"]]
    assert statements
    assert not [sql for sql in statements if '"photo"' in sql or '"password"' in sql]


@pytest.mark.rule("USR-10")
def test_a_save_is_confirmed_without_looking_at_the_guests_again(
    admin: Client, guests: Tenant
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert save(admin, "disable", acknowledged=3).status_code == 302
    counts = [query["sql"] for query in queries if COUNT_GUESTS in query["sql"]]
    assert len(counts) == 1


# The date


@pytest.mark.rule("OTC-8", "AUD-1")
def test_the_date_is_logged_once_and_needs_no_job_to_act(scheduled: Tenant) -> None:
    def events() -> int:
        return AuditEvent.unscoped.filter(
            tenant=scheduled, activity="Authentication Methods Policy Update", actor_kind="system"
        ).count()

    note_automatic_enablement()
    assert events() == 0
    with time_machine.travel(datetime(2036, 6, 1, 0, 1, tzinfo=UTC)):
        note_automatic_enablement()
        note_automatic_enablement()
    assert events() == 1


@pytest.mark.rule("OTC-8")
def test_tenants_that_chose_or_are_younger_than_the_date_are_not_logged(
    contoso: Tenant, fabrikam: Tenant, set_policy: SetPolicy
) -> None:
    set_policy(fabrikam, stored="enabled")
    assert note_automatic_enablement() == 0


@pytest.mark.rule("OTC-8")
def test_tenants_that_are_not_due_are_not_asked_again(
    scheduled: Tenant,
    fabrikam: Tenant,
    set_policy: SetPolicy,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    set_policy(fabrikam, stored="enabled")
    with time_machine.travel(datetime(2036, 6, 1, 0, 1, tzinfo=UTC)):
        assert note_automatic_enablement() == 1
        with django_assert_num_queries(2):
            assert note_automatic_enablement() == 0


@pytest.mark.rule("OTC-8")
def test_a_tenant_without_a_policy_is_due_on_the_date_of_the_deployment(
    contoso: Tenant, settings: Any
) -> None:
    PasscodePolicy.objects.filter(tenant=contoso).delete()
    created_at = datetime(2036, 5, 31, 23, 59, tzinfo=UTC)
    Tenant.objects.filter(pk=contoso.pk).update(created_at=created_at)
    settings.PORTAL_PASSCODE_AUTOMATIC_DATE = THE_DATE
    with time_machine.travel(created_at):
        assert note_automatic_enablement() == 0
    with time_machine.travel(datetime(2036, 6, 1, 0, 0, tzinfo=UTC)):
        assert note_automatic_enablement() == 1
    assert PasscodePolicy.objects.get(tenant=contoso).automatic_event_written
