"""Every filter of All users, with its operators (USR-5, USR-6, USR-8, DIR-27)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guests.models import Group, LastSignIn, Sponsorship, User
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import read_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(
        tenant=contoso, display_name="Grace", email="grace@contoso.com", created_at=day(1)
    )
    client.force_login(grace)
    return grace


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 12, tzinfo=UTC)


@pytest.fixture
def people(contoso: Tenant, grace: User) -> None:
    """Grace without properties, Max of Sales in Berlin, Gina the guest, whose sponsor he is."""
    max_member = MemberFactory(
        tenant=contoso,
        display_name="Max",
        email="max@contoso.com",
        department="Sales",
        job_title="Salesman",
        company_name="Contoso Sales",
        city="Berlin",
        state="Brandenburg",
        country="Germany",
        usage_location="DE",
        employee_type="Contractor",
        manager=grace,
        on_premises_sync_enabled=True,
        roles=[Role.GUEST_INVITER],
    )
    User.unscoped.filter(pk=max_member.pk).update(created_at=day(10))
    gina = PasscodeGuestFactory(
        tenant=contoso,
        display_name="Gina",
        address="gina@partner.example",
        sponsors=[max_member],
        account_enabled=False,
        company_name="Partner",
    )
    User.unscoped.filter(pk=gina.pk).update(created_at=day(20))
    User.unscoped.filter(pk=grace.pk).update(created_at=day(1))


def names(client: Client, **query: str) -> list[str]:
    answer = client.get("/users/", query)
    assert answer.status_code == 200
    return names_in(answer)


def names_in(answer: Any) -> list[str]:
    return [name for row in read_page(answer).find_all("rowheader") for name in row.names("link")]


@pytest.mark.rule("USR-5")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"userType": "Guest", "userType_is": "not"}, "Grace Max"),
        ({"externalUserState": "Accepted", "externalUserState_is": "not"}, "Grace Max"),
        ({"creationType": "Invitation", "creationType_is": "not"}, "Grace Max"),
        ({"accountEnabled": "true", "accountEnabled_is": "not"}, "Gina"),
        ({"onPremisesSyncEnabled": "true"}, "Max"),
        ({"onPremisesSyncEnabled": "false"}, "Gina Grace"),
        ({"onPremisesSyncEnabled": "true", "onPremisesSyncEnabled_is": "not"}, "Gina Grace"),
        ({"onPremisesSyncEnabled": "false", "onPremisesSyncEnabled_is": "not"}, "Max"),
        ({"identities": "MAIL"}, "Gina"),
        ({"identities": "contoso.on", "identities_is": "starts"}, "Grace Max"),
        ({"companyName": "contoso sales"}, "Max"),
        ({"companyName": "contoso"}, ""),
        ({"companyName": "CONTOSO", "companyName_is": "starts"}, "Max"),
        ({"department": "sales"}, "Max"),
        ({"department": "sa", "department_is": "starts"}, "Max"),
        ({"department": "ales", "department_is": "starts"}, ""),
        ({"department": "s%", "department_is": "starts"}, ""),
        ({"jobTitle": "salesman"}, "Max"),
        ({"city": "berlin"}, "Max"),
        ({"state": "brand", "state_is": "starts"}, "Max"),
        ({"country": "Germany"}, "Max"),
        ({"usageLocation": "de"}, "Max"),
        ({"employeeType": "contractor"}, "Max"),
        ({"manager": "grace"}, "Max"),
        ({"manager": "GRACE@contoso", "manager_is": "starts"}, "Max"),
        ({"manager": "nobody"}, ""),
        ({"created_from": "2026-03-10", "created_to": "2026-03-10"}, "Max"),
        ({"created_from": "2026-03-10"}, "Gina Max"),
        ({"created_to": "2026-03-09"}, "Grace"),
        ({"created_to": "9999-12-31"}, "Gina Grace Max"),
        ({"assignedRole": "GuestInviter"}, "Max"),
        ({"assignedRole": "GuestInviter", "assignedRole_is": "not"}, "Gina Grace"),
        ({"sponsor": "max"}, "Gina"),
        ({"sponsor": "ma", "sponsor_is": "starts"}, "Gina"),
        ({"sponsor": "grace"}, ""),
    ],
)
def test_filter_narrows_the_list(
    client: Client, people: None, query: dict[str, str], expected: str
) -> None:
    assert names(client, **query) == expected.split()


@pytest.mark.rule("USR-5")
@pytest.mark.parametrize(
    "query",
    [
        {"department": "   "},
        {"department_is": "starts"},
        {"department_is": "none"},
        {"created_from": "yesterday"},
        {"created_from": "2026-02-30"},
        {"created_to": "20260301"},
        {"accountEnabled": "maybe", "accountEnabled_is": "not"},
        {"userType_is": "not"},
        {"assignedRole": "Emperor"},
    ],
)
def test_what_is_no_filter_narrows_nothing(
    client: Client, people: None, query: dict[str, str]
) -> None:
    assert names(client, **query) == ["Gina", "Grace", "Max"]


@pytest.mark.rule("USR-8")
def test_filters_combine_by_and(client: Client, people: None) -> None:
    assert names(client, department="sales", city="berlin") == ["Max"]
    assert names(client, department="sales", userType="Guest") == []
    assert names(client, search="gi", identities="mail") == ["Gina"]


@pytest.mark.rule("DIR-27", "BET-12")
def test_guests_whose_sponsor_is_gone_are_found(
    client: Client, contoso: Tenant, people: None
) -> None:
    assert names(client, sponsor_is="none") == []

    Sponsorship.objects.of(contoso).delete()

    assert names(client, sponsor_is="none") == ["Gina"]


@pytest.mark.rule("DIR-25")
def test_guests_are_found_by_the_group_that_sponsors_them(
    client: Client, contoso: Tenant, grace: User
) -> None:
    group = Group.objects.create(tenant=contoso, display_name="Partner desk")
    anna = PasscodeGuestFactory(tenant=contoso, display_name="Anna")
    Sponsorship.objects.create(tenant=contoso, guest=anna, group=group)

    assert names(client, sponsor="partner", sponsor_is="starts") == ["Anna"]


@pytest.mark.rule("USR-6")
def test_show_guest_users_only_is_the_filter_on_user_type(client: Client, people: None) -> None:
    link = read_page(client.get("/users/")).find("link", "Guest users only")

    assert link.get("href") == "/users/?userType=Guest"
    assert names(client, userType="Guest") == ["Gina"]


@pytest.mark.rule("USR-5")
def test_added_filter_opens_its_form_and_keeps_the_others(client: Client, people: None) -> None:
    page = read_page(client.get("/users/", {"userType": "Guest", "add": "department"}))

    [form] = [form for form in page.find_all("form") if form.fields("department")]
    assert form.values("userType") == ["Guest"]


@pytest.mark.rule("SEC-80")
def test_people_of_other_tenants_are_no_managers_and_no_sponsors_here(
    client: Client, people: None
) -> None:
    MemberFactory(display_name="Stefan Fremd")

    assert names(client, manager="Stefan", manager_is="starts") == []
    assert names(client, sponsor="Stefan", sponsor_is="starts") == []


@pytest.mark.rule("BET-12", "USR-6")
def test_orphaned_guests_and_long_absent_ones_are_one_choice_away(
    client: Client, people: None, contoso: Tenant
) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    for name, signed_in_at in (("Absent", long_ago), ("Never", None), ("Active", timezone.now())):
        guest = PasscodeGuestFactory(tenant=contoso, display_name=name)
        User.unscoped.filter(pk=guest.pk).update(created_at=long_ago)
        if signed_in_at:
            LastSignIn.objects.create(tenant=contoso, user=guest, moment=signed_in_at)
    PasscodeGuestFactory(tenant=contoso, display_name="New")  # not here for 90 days yet

    page = read_page(client.get("/users/"))

    def follow(name: str) -> list[str]:
        return sorted(names_in(client.get(page.find("link", name).get("href"))))

    assert follow("Guests without sponsor") == ["Absent", "Active", "Never", "New"]
    absent = follow("Guests without sign-in for 90 days")
    assert [name for name in absent if name != "Gina"] == ["Absent", "Never"]
