"""Wide lists in Chromium: what fits, what stays, and columns that are drawn wider (USR-2)."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, PasscodeGuestFactory
from tests.support.page import barriers, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

LISTS = (
    "/users/",
    "/users/deleted/",
    "/users/audit-logs/",
    "/users/sign-in-logs/",
    "/external-identities/invitations/",
    "/groups/",
    "/mail-delivery/",
)
GUEST = "a-rather-long-local-part.of-a-guest@a-long-domain-of-a-partner.example"


@pytest.fixture
def contoso_guest(contoso: Tenant) -> User:
    return PasscodeGuestFactory(tenant=contoso, address=GUEST, display_name="Zora Long")


@pytest.fixture
def site(context: BrowserContext, portal_url: str, contoso: Tenant, contoso_guest: User) -> str:
    sign_in(context, portal_url, AdministratorFactory(tenant=contoso, display_name="Grace"))
    return portal_url


def hidden_width(page: Page) -> int:
    script = "e => e.scrollWidth - e.clientWidth"
    return max([wrap.evaluate(script) for wrap in page.locator(".grid-wrap").all()], default=0)


@pytest.mark.rule("USR-2")
@pytest.mark.parametrize("address", LISTS)
def test_default_columns_fit_without_scrolling_sideways(
    page: Page, site: str, address: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(site + address)
    expect(page.locator("h1")).to_be_visible()

    assert hidden_width(page) <= 0
    assert barriers(page) == []


@pytest.mark.rule("USR-2")
def test_box_and_name_stay_when_the_list_is_scrolled_sideways(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1300, "height": 700})
    page.goto(f"{site}/users/")
    name, wrap = page.locator("tbody th").first, page.locator(".grid-wrap")
    before = name.bounding_box()
    assert hidden_width(page) > 0

    wrap.evaluate("e => e.scrollTo(e.scrollWidth, 0)")

    expect(page.locator(".grid-wrap.scrolled")).to_be_visible()
    assert name.bounding_box() == before


@pytest.mark.rule("USR-2")
def test_a_column_is_drawn_wider_by_keyboard_and_stays_so(page: Page, site: str) -> None:
    page.goto(f"{site}/users/")
    line = page.get_by_role("separator", name="Width of the column User principal name")
    heading = page.locator("th", has=line)
    start = float(line.get_attribute("aria-valuenow") or "0")

    line.focus()
    for _press in range(6):
        line.press("ArrowRight")
    wider = heading.evaluate("e => e.getBoundingClientRect().width")
    page.reload()

    assert wider >= start + 90
    expect(line).to_be_visible()
    assert abs(heading.evaluate("e => e.getBoundingClientRect().width") - wider) <= 2
    line.focus()
    line.press("Home")
    assert heading.evaluate("e => e.getBoundingClientRect().width") < wider - 60


@pytest.mark.rule("USR-2", "DIR-13")
def test_a_long_principal_name_gives_way_in_its_middle(
    page: Page, site: str, contoso_guest: User
) -> None:
    page.goto(f"{site}/users/")
    name = page.locator(".mid", has_text="a-rather-long")

    expect(name).to_have_attribute("title", contoso_guest.user_principal_name)
    assert name.inner_text().replace("\n", "") == contoso_guest.user_principal_name
    ends = name.evaluate(
        "e => { const box = e.closest('td').getBoundingClientRect();"
        " const tail = e.lastElementChild.getBoundingClientRect();"
        " return tail.right <= box.right + 1 && tail.width > 20; }"
    )
    assert ends


@pytest.mark.rule("USR-11")
def test_delete_says_how_many_are_selected(page: Page, site: str) -> None:
    page.goto(f"{site}/users/")
    boxes = page.locator("tbody .tick input")
    expect(boxes).to_have_count(2)

    boxes.nth(0).check()
    boxes.nth(1).check()

    expect(page.get_by_role("button", name="Delete 2")).to_be_enabled()


@pytest.mark.rule("USR-1")
def test_the_strip_of_a_phone_shows_the_current_entry_and_commands_keep_their_words(
    page: Page, site: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/users/sign-in-logs/")
    current = page.locator(".menu [aria-current]")

    expect(current).to_be_in_viewport()
    page.goto(f"{site}/users/")
    word = page.locator(".commands").get_by_text("Refresh")
    box = word.bounding_box()
    assert box is not None
    assert box["width"] > 20
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert barriers(page) == []
