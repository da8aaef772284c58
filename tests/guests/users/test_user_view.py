"""Users | All users | Manage view: columns kept per user, and an address of the view (USR-4)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guests.models import ListView, User
from guests.users.list.columns import COLUMNS
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

PANE = "/users/columns/"


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace")
    client.force_login(grace)
    return grace


def columns(client: Client, **query: str) -> list[str]:
    return columns_of(client.get("/users/", query))


def columns_of(answer: Any) -> list[str]:
    headings = read_page(answer).find_all("columnheader")
    return [heading.get("data-column") for heading in headings if heading.name]


def save(client: Client, *chosen: str) -> None:
    answer = client.post(PANE, {"order": list(chosen), "column": list(chosen), "go": "save"})
    assert answer.status_code == 302


@pytest.mark.rule("USR-3")
def test_every_optional_column_can_be_shown(client: Client, contoso: Tenant, grace: User) -> None:
    boss = MemberFactory(tenant=contoso, display_name="Boss of All")
    PasscodeGuestFactory(
        tenant=contoso,
        address="daniela@wingtiptoys.com",
        display_name="Daniela Rossi",
        given_name="Dani",
        surname="Ross",
        job_title="Buyer",
        department="Procurement",
        employee_id="E-17",
        employee_type="Partner",
        office_location="Room 7",
        city="Torino",
        state="Piemonte",
        country="Italy",
        usage_location="IT",
        manager=boss,
        sponsors=[grace],
    )
    everything = ",".join(column.name for column in COLUMNS)

    html = client.get("/users/", {"columns": everything, "search": "daniela"}).content.decode()

    for shown in (
        *("Dani<", "Ross<", "Buyer", "Procurement", "E-17", "Partner", "Room 7", "Torino"),
        *("Piemonte", "Italy", ">IT<", "Boss of All", "Grace", "daniela@wingtiptoys.com"),
        "Email one-time passcode",
    ):
        assert shown in html


@pytest.mark.rule("USR-4")
def test_choice_is_kept_for_the_user_who_made_it(
    client: Client, contoso: Tenant, grace: User
) -> None:
    save(client, "name", "department", "upn")

    assert columns(client) == ["name", "department", "upn"]
    other = Client()
    other.force_login(AdministratorFactory(tenant=contoso))
    assert "department" not in columns(other)


@pytest.mark.rule("USR-4")
def test_name_always_stands_first_and_unknown_columns_are_left_out(
    client: Client, grace: User
) -> None:
    save(client, "department", "password", "name", "upn")

    assert columns(client) == ["name", "department", "upn"]


@pytest.mark.rule("USR-4")
def test_buttons_move_a_column_without_script(client: Client, grace: User) -> None:
    answer = client.post(PANE, {"order": ["name", "upn", "type"], "column": ["upn"], "down": "upn"})

    pane = read_page(answer).find("dialog", "Edit columns")
    assert pane.values("order")[:2] == ["type", "upn"]
    assert [box.value for box in pane.fields("column") if box.is_checked] == ["upn"]
    assert not ListView.unscoped.exists()


@pytest.mark.rule("USR-4")
def test_reset_brings_the_default_columns_back(client: Client, grace: User) -> None:
    before = columns(client)
    save(client, "name", "city")

    client.post(PANE, {"go": "reset"})

    assert columns(client) == before


@pytest.mark.rule("USR-4")
def test_link_to_the_view_holds_columns_filters_order_and_search(
    client: Client, contoso: Tenant, grace: User
) -> None:
    save(client, "name", "city")
    query = {"userType": "Member", "search": "gr", "sort": "-name"}
    page = read_page(client.get("/users/", query))

    link = page.find("link", containing="Copy link to current view")

    other = Client()
    other.force_login(AdministratorFactory(tenant=contoso, display_name="Gregor"))
    seen = other.get(link.get("href")).content.decode()
    assert columns_of(seen) == ["name", "city"]
    assert 'aria-sort="descending"' in seen
    assert 'value="gr"' in seen
    assert seen.index("Gregor</a>") < seen.index("Grace</a>")


@pytest.mark.rule("USR-4")
def test_saving_leads_back_to_the_list_as_it_was_filtered(client: Client, grace: User) -> None:
    answer = client.post(
        f"{PANE}?userType=Guest&columns=name,upn",
        {"order": ["name", "city"], "column": ["city"], "go": "save"},
    )

    assert answer["Location"] == "/users/?userType=Guest"


@pytest.mark.rule("USR-10")
def test_all_columns_cost_the_same_for_few_and_many_rows(
    client: Client, contoso: Tenant, grace: User
) -> None:
    everything = ",".join(column.name for column in COLUMNS)

    def crowd(count: int) -> int:
        for _n in range(count):
            PasscodeGuestFactory(tenant=contoso, manager=grace, sponsors=[grace])
        with CaptureQueriesContext(connection) as captured:
            client.get("/users/", {"columns": everything})
        return len(captured)

    crowd(1)
    assert crowd(1) == crowd(10)


@pytest.mark.rule("USR-9")
@pytest.mark.parametrize("sort", ["department", "jobTitle", "lastSignIn", "created"])
def test_sortable_columns_page_both_ways_with_empty_values(
    client: Client, contoso: Tenant, grace: User, sort: str
) -> None:
    for n in range(60):
        MemberFactory(tenant=contoso, department="D" if n % 2 else "", display_name=f"P {n:02}")

    for way in (sort, f"-{sort}"):
        seen: list[str] = []
        url: str | None = f"/users/?sort={way}"
        while url:
            page = read_page(client.get(url))
            seen += page.values("user")
            more = page.find_all("link", "Load more")
            url = more[0].get("href") if more else None
        assert len(seen) == len(set(seen)) == 61
