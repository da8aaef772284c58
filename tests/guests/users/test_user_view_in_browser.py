"""Manage view, filters and User settings in Chromium (USR-4, USR-5, COL-1)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import ListView, User
from guests.users.list.columns import choose_columns
from guests.users.list.views import LIST
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def grace(contoso: Tenant) -> User:
    return AdministratorFactory(tenant=contoso, display_name="Grace Nakamura", department="Board")


@pytest.fixture
def signed_in(context: BrowserContext, portal_url: str, contoso: Tenant, grace: User) -> str:
    MemberFactory(tenant=contoso, display_name="Mel Weber", department="Sales")
    sign_in(context, portal_url, grace)
    return portal_url


def headings(page: Page) -> list[str]:
    cells: list[str] = page.locator("thead [data-column]").evaluate_all(
        "cells => cells.map(cell => cell.dataset.column)"
    )
    return cells


@pytest.mark.rule("USR-4")
def test_columns_are_chosen_moved_and_dragged(page: Page, signed_in: str, grace: User) -> None:
    page.goto(f"{signed_in}/users/")
    page.get_by_text("Manage view").click()
    page.get_by_role("link", name="Edit columns").click()
    page.get_by_role("checkbox", name="Department").check()
    page.get_by_role("button", name="Move User type up").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("th[data-column=department]")).to_be_visible()
    assert headings(page)[:3] == ["name", "type", "upn"]


@pytest.mark.rule("USR-4")
def test_a_column_is_dragged_in_the_header(page: Page, signed_in: str, grace: User) -> None:
    choose_columns(grace, LIST, ["name", "type", "department"])
    page.goto(f"{signed_in}/users/")

    page.locator("th[data-column=department]").drag_to(
        page.locator("th[data-column=type]"), target_position={"x": 3, "y": 10}
    )

    expect(page.locator("thead [data-column]").nth(1)).to_have_attribute(
        "data-column", "department"
    )
    page.wait_for_load_state()
    assert ListView.unscoped.get(user=grace).columns == ["name", "department", "type"]


@pytest.mark.rule("USR-5", "USR-8")
def test_a_filter_is_added_set_and_removed(page: Page, signed_in: str) -> None:
    complaints = console_errors(page)
    page.goto(f"{signed_in}/users/")
    page.get_by_text("Add filter").click()
    page.get_by_role("link", name="Department").click()
    form = page.get_by_role("form", name="Department")
    form.get_by_label("Operator").select_option("starts")
    form.get_by_label("Department").fill("sal")
    form.get_by_role("button", name="Apply").click()

    expect(page.get_by_role("link", name="Grace Nakamura")).to_have_count(0)
    expect(page.get_by_role("link", name="Mel Weber")).to_be_visible()
    assert "department=sal" in page.url
    page.get_by_role("link", name="Remove filter Department").click()
    expect(page.get_by_role("link", name="Grace Nakamura")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESKTOP, "light"), (PHONE, "dark")],
    ids=["desktop-light", "phone-dark"],
)
def test_every_page_is_accessible(
    browser: Any, portal_url: str, contoso: Tenant, grace: User, size: Any, scheme: Any
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    sign_in(context, portal_url, grace)
    found = {}
    for path in (
        "/users/columns/",
        "/users/?add=department",
        "/users/?userType=Guest&userType_is=not",
        "/users/settings/",
        "/users/password-reset/",
    ):
        page.goto(f"{portal_url}{path}")
        found[path] = barriers(page)
    context.close()
    assert not any(found.values()), found
