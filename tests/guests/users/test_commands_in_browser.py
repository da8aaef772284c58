"""Delete, Restore, Create and Reset password in Chromium: script, accessibility, both themes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def mel(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, display_name="Mel Weber")


@pytest.fixture
def signed_in(context: BrowserContext, portal_url: str, contoso: Tenant, mel: User) -> str:
    PasscodeGuestFactory(
        tenant=contoso,
        address="daniela.rossi.of.the.long.name@wingtiptoys.example",
        display_name="Daniela Rossi",
    )
    sign_in(context, portal_url, AdministratorFactory(tenant=contoso, display_name="Grace"))
    return portal_url


def check(page: Page, where: str) -> None:
    """No barrier, nothing wider than the window."""
    assert barriers(page) == [], where
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0, where


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_way_through_every_page_is_accessible(
    page: Page, signed_in: str, mel: User, scheme: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    errors = console_errors(page)
    for address in (
        "/users/deleted/",
        f"/users/{mel.pk}/delete/",
        f"/users/{mel.pk}/reset-password/",
        f"/users/{mel.pk}/",
        f"/users/{mel.pk}/properties/",
        f"/users/{mel.pk}/properties/edit/",
        f"/users/{mel.pk}/properties/edit/?tab=settings",
        "/users/create/",
    ):
        page.goto(signed_in + address)
        check(page, address)
    page.goto(f"{signed_in}/users/create/")
    for tab in ("Properties", "Assignments", "Review + create"):
        page.locator("nav.tabs button", has_text=tab).click()
        expect(page.locator("nav.tabs [aria-current]", has_text=tab)).to_be_visible()
        check(page, tab)

    page.goto(f"{signed_in}/users/")
    page.get_by_role("checkbox", name="Select Daniela Rossi").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete 1 user?")).to_be_visible()
    check(page, "confirmation")
    page.get_by_role("button", name="Delete 1 user", exact=True).click()
    expect(page.get_by_text("1 user deleted")).to_be_visible()
    page.goto(f"{signed_in}/users/deleted/")
    check(page, "deleted users")
    page.get_by_role("checkbox", name="Select Daniela Rossi").check()
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("heading", name="Delete 1 user permanently?")).to_be_visible()
    check(page, "purge")
    page.goto(f"{signed_in}/users/deleted/")
    page.get_by_role("checkbox", name="Select Daniela Rossi").check()
    page.get_by_role("button", name="Restore users").click()
    expect(page.get_by_text("1 user restored")).to_be_visible()
    assert errors == []


@pytest.mark.rule("USR-11")
def test_commands_wait_for_a_selection(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/")
    delete = page.get_by_role("button", name="Delete")
    reset = page.get_by_role("button", name="Reset password")
    expect(delete).to_be_disabled()
    expect(reset).to_be_disabled()

    page.get_by_role("checkbox", name="Select Mel Weber").check()
    expect(delete).to_be_enabled()
    expect(reset).to_be_enabled()
    page.get_by_role("checkbox", name="Select Daniela Rossi").check()

    expect(delete).to_be_enabled()
    expect(reset).to_be_disabled()


@pytest.mark.rule("CRE-3")
def test_created_password_signs_in_and_is_masked_until_shown(
    page: Page, signed_in: str, context: BrowserContext
) -> None:
    page.goto(f"{signed_in}/users/")
    page.locator("summary", has_text="New user").click()
    page.get_by_role("link", name="Create new user").click()
    page.locator("[name=name]").fill("nicole")
    page.locator("[name=display_name]").fill("Nicole Wagner")
    page.keyboard.press("Enter")
    expect(page.get_by_label("First name")).to_be_visible()
    page.get_by_role("button", name="Review + create").last.click()
    page.get_by_role("button", name="Create", exact=True).click()
    password = page.locator("code")
    expect(password).to_be_hidden()

    page.get_by_text("Show the password").click()

    expect(password).to_be_visible()
    check(page, "password")
    text = password.inner_text()
    context.clear_cookies()
    page.goto(f"{signed_in}/signin/")
    page.get_by_role("textbox").fill("nicole@contoso.com")
    page.keyboard.press("Enter")
    page.locator("input[type=password]").fill(text)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/signin/password/change/"))


@pytest.mark.rule("USR-18")
def test_one_save_keeps_what_was_typed_on_other_tabs(page: Page, signed_in: str, mel: User) -> None:
    page.goto(f"{signed_in}/users/")
    page.get_by_role("checkbox", name="Select Mel Weber").check()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("button", name="Job information").click()
    page.get_by_label("Job title").fill("Pilot")
    page.get_by_role("button", name="Contact information").click()
    page.get_by_label("City").fill("Turin")
    page.get_by_role("searchbox", name="Search properties").fill("job")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Job title")).to_have_value("Pilot")
    expect(page.get_by_label("City")).to_be_hidden()
    check(page, "search")
    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_label("Account enabled").uncheck()

    page.get_by_role("button", name="Save").last.click()

    expect(page.get_by_text("Mel Weber was saved")).to_be_visible()
    mel.refresh_from_db()
    assert (mel.job_title, mel.city, mel.account_enabled) == ("Pilot", "Turin", False)
