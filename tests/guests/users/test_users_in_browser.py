"""The Users blades in Chromium: script, accessibility, both themes, phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def daniela(contoso: Tenant, grace: User) -> User:
    return PasscodeGuestFactory(
        tenant=contoso,
        address="daniela.rossi@wingtiptoys.com",
        display_name="Daniela Rossi",
        sponsors=[grace],
    )


@pytest.fixture
def signed_in(context: BrowserContext, portal_url: str, grace: User, daniela: User) -> str:
    sign_in(context, portal_url, grace)
    return portal_url


def crowd(tenant: Tenant, count: int) -> None:
    User.unscoped.bulk_create(
        User(
            tenant=tenant,
            user_principal_name=f"person{n}@contoso.com",
            display_name=f"Person {n:03}",
            display_name_key=f"person {n:03}",
            identity_issuer="contoso.com",
        )
        for n in range(count)
    )


def row_names(page: Page) -> list[str]:
    return page.locator("#rows th[scope=row] a").all_inner_texts()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_is_accessible_and_complains_of_nothing(
    page: Page, signed_in: str, daniela: User, scheme: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    errors = console_errors(page)
    own = f"/users/{daniela.pk}/"
    addresses = ["/users/", "/users/?search=zzz", own, f"{own}properties/", f"{own}identities/"]

    for address in [*addresses, f"{own}revoke-sessions/"]:
        page.goto(signed_in + address)
        assert barriers(page) == [], address
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, address
    assert errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_refusals_are_accessible(page: Page, signed_in: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)

    for address in ("/users/00000000-0000-0000-0000-000000000001/", "/no/such/page/at/all/"):
        page.goto(signed_in + address)
        assert barriers(page) == [], address


@pytest.mark.rule("USR-12")
def test_disabled_command_shows_its_reason_on_focus(
    page: Page, context: BrowserContext, portal_url: str, contoso: Tenant, daniela: User
) -> None:
    sign_in(context, portal_url, MemberFactory(tenant=contoso))
    page.goto(f"{portal_url}/users/{daniela.pk}/")

    page.get_by_role("button", name="Revoke sessions").focus()

    reason = page.locator("#refused-revoke")
    expect(reason).to_be_visible()
    expect(reason).to_contain_text("Needs one of these roles: Global Administrator")
    assert barriers(page) == []


@pytest.mark.rule("USR-7")
def test_results_appear_while_typing_and_the_address_follows(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/")

    page.get_by_role("searchbox", name="Search by name").fill("dan")

    expect(page.locator("#found")).to_have_text("1 user found")
    assert row_names(page) == ["Daniela Rossi"]
    expect(page).to_have_url(re.compile(r"search=dan"))
    expect(page.get_by_role("searchbox", name="Search by name")).to_be_focused()
    page.go_back()
    expect(page.locator("#found")).to_have_text("2 users found")


@pytest.mark.rule("USR-8")
def test_filter_keeps_the_search_and_its_cross_removes_it(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/?search=a")
    page.locator(".pill summary", has_text="User type").click()

    page.locator(".pill .drop-menu a", has_text="Member").click()

    expect(page).to_have_url(re.compile(r"search=a&userType=Member"))
    expect(page.locator(".pill summary", has_text="User type")).to_have_text("User type : Member")
    page.get_by_role("searchbox", name="Search by name").fill("g")
    expect(page).to_have_url(re.compile(r"userType=Member&search=g|search=g&userType=Member"))
    page.get_by_role("link", name="Remove filter User type").click()
    expect(page.locator(".pill summary", has_text="User type")).to_have_text("User type : All")


@pytest.mark.rule("USR-10")
def test_load_more_appends_rows_with_the_keyboard(
    page: Page, signed_in: str, contoso: Tenant
) -> None:
    crowd(contoso, 70)
    page.goto(f"{signed_in}/users/")

    page.get_by_role("link", name="Load more").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".pager")).to_contain_text("72 of 72 shown")
    names = row_names(page)
    assert len(names) == len(set(names)) == 72


@pytest.mark.rule("USR-10")
def test_further_rows_load_on_scrolling(page: Page, signed_in: str, contoso: Tenant) -> None:
    crowd(contoso, 120)
    page.goto(f"{signed_in}/users/")
    expect(page.locator(".pager")).to_contain_text("50 of 122 shown")

    for shown in ("100 of 122 shown", "122 of 122 shown"):
        page.locator(".grid-wrap").evaluate("e => e.scrollTo(0, e.scrollHeight)")
        expect(page.locator(".pager")).to_contain_text(shown)


@pytest.mark.rule("USR-11")
def test_select_all_takes_the_loaded_rows_and_says_so(
    page: Page, signed_in: str, contoso: Tenant
) -> None:
    crowd(contoso, 60)
    page.goto(f"{signed_in}/users/")

    page.get_by_role("checkbox", name="Select all loaded rows").check()

    expect(page.get_by_text("50 of the loaded rows selected")).to_be_visible()
    page.locator("#rows input").first.uncheck()
    expect(page.get_by_text("49 of the loaded rows selected")).to_be_visible()


def test_failed_load_says_so_and_keeps_the_rows(
    page: Page, signed_in: str, contoso: Tenant
) -> None:
    crowd(contoso, 60)
    page.goto(f"{signed_in}/users/")
    page.route("**/users/?cursor=*", lambda route: route.abort())

    page.get_by_role("link", name="Load more").click()

    expect(page.locator("#notices")).to_contain_text("This part could not be loaded.")
    assert len(row_names(page)) == 50


def test_menus_close_on_escape_and_outside(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/")
    account = page.locator("summary.account")
    menu = page.locator(".account-menu .drop-menu")

    account.click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(account).to_be_focused()
    account.click()
    page.locator("h1").click()
    expect(menu).to_be_hidden()


def test_skip_link_is_first_and_leads_to_the_content(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/")

    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_service_menu_folds_and_stays_folded(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/")
    page.get_by_role("button", name="Fold the service menu").click()

    page.reload()

    expect(page.locator("#nav")).to_have_class(re.compile("folded"))
    assert barriers(page) == []


def test_service_menu_opens_over_the_page_on_a_phone(page: Page, signed_in: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{signed_in}/users/")
    expect(page.locator("#nav")).to_be_hidden()

    page.get_by_role("button", name="Service menu").click()

    expect(page.locator("#nav")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#nav")).to_be_hidden()


@pytest.mark.rule("DIR-23")
def test_pane_takes_the_focus_and_escape_leads_back(
    page: Page, signed_in: str, daniela: User
) -> None:
    page.goto(f"{signed_in}/users/{daniela.pk}/identities/")
    expect(page.locator("#pane-title")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page).to_have_url(f"{signed_in}/users/{daniela.pk}/")


@pytest.mark.rule("SES-5")
def test_revoking_is_confirmed_in_a_dialog_and_notified(
    page: Page, signed_in: str, daniela: User
) -> None:
    page.goto(f"{signed_in}/users/{daniela.pk}/")
    page.get_by_role("link", name="Revoke sessions").click()

    page.get_by_role("alertdialog").get_by_role("button", name="Revoke sessions").click()

    toast = page.locator(".toast.ok")
    expect(toast).to_contain_text("Sessions revoked")
    expect(toast).to_be_hidden(timeout=7000)


def test_times_are_shown_in_the_zone_of_the_viewer(
    browser: Any, portal_url: str, grace: User, daniela: User
) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo", locale="en-US")
    sign_in(context, portal_url, grace)
    page = context.new_page()
    page.goto(f"{portal_url}/users/{daniela.pk}/")

    time = page.locator(".facts time").first

    assert not time.inner_text().endswith("UTC")
    context.close()


def test_everything_works_without_script(
    browser: Any, portal_url: str, grace: User, contoso: Tenant
) -> None:
    crowd(contoso, 60)
    GuestFactory(tenant=contoso, display_name="Zoe Guest")
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, portal_url, grace)
    page = context.new_page()
    page.goto(f"{portal_url}/users/")

    page.get_by_role("link", name="Load more").click()
    expect(page.locator(".pager")).to_contain_text("51 to 62 of 62 shown")
    page.get_by_role("searchbox", name="Search by name").fill("zoe")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_have_text("1 user found")
    page.locator(".pill summary", has_text="User type").click()
    page.locator(".pill .drop-menu a", has_text="Member").click()
    expect(page.get_by_role("heading", name="Nothing matches “zoe”")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    page.get_by_role("link", name="Display name").click()
    page.get_by_role("link", name="Zoe Guest").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoe Guest")
    context.close()
