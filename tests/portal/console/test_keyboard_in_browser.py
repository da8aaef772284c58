"""Search, keyboard and unsaved changes of the console in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from portal.console import notifications
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def signed_in(context: BrowserContext, portal_url: str) -> str:
    tenant: Tenant = TenantFactory(display_name="Contoso", domain="contoso.com")
    for name in ("Ada", "Adriana", "Agnes", "Zoe"):
        MemberFactory(tenant=tenant, display_name=name)
    grace = AdministratorFactory(tenant=tenant, display_name="Grace Nakamura")
    notifications.notify(grace, "Bulk invite: Completed", "3 of 3 rows done.", kind="ok")
    sign_in(context, portal_url, grace)
    return portal_url


@pytest.mark.rule("USR-7")
def test_hits_appear_while_one_types_and_arrow_keys_reach_them(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/")
    page.keyboard.press("g")
    page.keyboard.press("/")
    page.keyboard.type("adr")
    expect(page.get_by_role("region", name="Search results")).to_be_visible()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Adriana")


def test_escape_closes_the_hits(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/")
    page.get_by_role("searchbox", name="Search users, blades and settings").press_sequentially("ad")
    hits = page.get_by_role("region", name="Search results")
    expect(hits).to_be_visible()

    page.keyboard.press("Escape")

    expect(hits).to_be_hidden()


def test_question_mark_lists_the_shortcuts(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/")

    page.keyboard.press("?")

    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert barriers(page) == []


@pytest.mark.rule("USR-11")
def test_shift_and_a_click_select_the_rows_in_between(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/")
    page.get_by_role("checkbox", name="Select Ada", exact=True).click()

    page.get_by_role("checkbox", name="Select Agnes").click(modifiers=["Shift"])

    expect(page.get_by_role("checkbox", name="Select Adriana")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Select Zoe")).not_to_be_checked()


def test_a_click_on_a_row_opens_it(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/")

    page.get_by_role("row", name="Zoe").get_by_role("cell", name="Member", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Zoe")


def test_arrow_keys_walk_a_menu(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/")
    page.locator("summary", has_text="New user").focus()

    page.keyboard.press("ArrowDown")

    focused = page.evaluate("document.activeElement.closest('.drop-menu') !== null")
    assert focused


def test_unsaved_changes_ask_before_the_page_is_left(page: Page, signed_in: str) -> None:
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.goto(f"{signed_in}/users/create/")
    page.get_by_role("textbox").nth(1).press_sequentially("Mel")

    page.goto(f"{signed_in}/users/")

    assert asked == ["beforeunload"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/search/?q=a", "/notifications/"])
def test_new_pages_have_no_barriers_and_stay_inside_the_width(
    page: Page, signed_in: str, size: dict[str, int], scheme: str, path: str
) -> None:
    errors = console_errors(page)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    page.goto(f"{signed_in}{path}")

    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert errors == []


def test_a_form_with_a_field_called_method_asks_too(page: Page, signed_in: str) -> None:
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.goto(f"{signed_in}/external-identities/identity-providers/custom/new-saml-ws-fed/")
    page.get_by_role("textbox", name="Display name").press_sequentially("Fabrikam")

    page.goto(f"{signed_in}/users/")

    assert asked == ["beforeunload"]
