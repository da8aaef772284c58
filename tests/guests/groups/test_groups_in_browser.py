"""Groups, pickers and assignments in Chromium: script, accessibility, both themes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import Group, GroupMembership, User
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, GroupFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def mel(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, display_name="Mel Weber")


@pytest.fixture
def daniela(contoso: Tenant) -> User:
    return PasscodeGuestFactory(
        tenant=contoso,
        address="daniela.rossi.of.the.long.name@wingtiptoys.example",
        display_name="Daniela Rossi",
    )


@pytest.fixture
def sales(contoso: Tenant, mel: User) -> Group:
    return GroupFactory(tenant=contoso, display_name="Sales of everything", members=[mel])


@pytest.fixture
def signed_in(context: BrowserContext, portal_url: str, contoso: Tenant, daniela: User) -> str:
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
def test_pages_of_groups_are_accessible(
    page: Page, signed_in: str, sales: Group, scheme: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    errors = console_errors(page)
    for tail in (
        "",
        "create/",
        f"{sales.pk}/",
        f"{sales.pk}/edit/",
        f"{sales.pk}/delete/",
        f"{sales.pk}/members/",
        f"{sales.pk}/members/add/",
        f"{sales.pk}/owners/",
    ):
        page.goto(f"{signed_in}/groups/{tail}")
        check(page, tail)
    assert errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_memberships_of_a_user_are_accessible(
    page: Page, signed_in: str, sales: Group, mel: User, scheme: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    errors = console_errors(page)
    for tail in (
        "",
        "groups/",
        "groups/add/",
        "assigned-roles/",
        "assigned-roles/add/",
        "applications/",
        "sponsored-guests/",
    ):
        page.goto(f"{signed_in}/users/{mel.pk}/{tail}")
        check(page, tail)
    page.goto(f"{signed_in}/users/{mel.pk}/assigned-roles/")
    page.get_by_role("link", name="Add assignments").click()
    page.get_by_role("checkbox", name="Guest Inviter").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("1 role assigned", exact=True)).to_be_visible()
    page.get_by_role("checkbox", name="Select Guest Inviter").check()
    check(page, "a role")
    page.get_by_role("button", name="Remove assignments").click()
    expect(page.get_by_text("1 role removed", exact=True)).to_be_visible()
    assert errors == []


@pytest.mark.rule("USR-22")
def test_picker_searches_while_typing_and_keeps_what_is_ticked(
    page: Page, signed_in: str, sales: Group, daniela: User, mel: User
) -> None:
    page.goto(f"{signed_in}/groups/{sales.pk}/members/")
    page.get_by_role("link", name="Add members").click()
    search = page.get_by_role("searchbox", name="Users: Search")
    search.fill("dani")
    expect(page.get_by_text("1 to choose from")).to_be_visible()
    page.get_by_role("checkbox", name="Daniela Rossi").check()
    search.fill("grace")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_role("checkbox", name="Grace").check()
    search.press("Enter")
    expect(page.get_by_text("2 chosen")).to_be_visible()

    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.get_by_text("2 users added")).to_be_visible()
    assert GroupMembership.objects.of(sales.tenant).filter(group=sales).count() == 3


@pytest.mark.rule("INF-5", "INF-2", "T9")
def test_an_unknown_address_is_invited_into_the_group_from_its_picker(
    page: Page, signed_in: str, sales: Group
) -> None:
    page.goto(f"{signed_in}/groups/{sales.pk}/members/add/")
    page.get_by_role("searchbox", name="Users: Search").fill("zoe@partner.example")
    page.get_by_role("link", name="Invite zoe@partner.example").click()
    expect(page.get_by_label("Email")).to_have_value("zoe@partner.example")
    page.locator("nav.tabs button", has_text="Assignments").click()
    expect(page.get_by_role("checkbox", name="Sales of everything")).to_be_checked()
    check(page, "assignments")
    page.locator("nav.tabs button", has_text="Review").click()
    expect(page.locator("nav.tabs [aria-current]", has_text="Review")).to_be_visible()
    check(page, "review")

    page.get_by_role("button", name="Invite", exact=True).click()

    expect(page.get_by_text("Invitation is on its way to zoe@partner.example")).to_be_visible()
    assert sales.memberships.filter(user__mail="zoe@partner.example").exists()


@pytest.mark.rule("CRE-4", "INF-4")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_classic_form_switches_its_tiles_and_keeps_what_was_typed(
    page: Page, signed_in: str, scheme: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    errors = console_errors(page)
    page.goto(f"{signed_in}/users/create/classic/")
    check(page, "create")
    page.locator("[name=display_name]").fill("Nicole Wagner")
    expect(page.get_by_label("Email")).to_be_hidden()

    page.get_by_role("radio", name="Invite user").check()

    expect(page.locator("[name=name]")).to_be_hidden()
    expect(page.locator("[name=display_name]")).to_have_value("Nicole Wagner")
    page.get_by_label("Email").fill("nicole@partner.example")
    expect(page.get_by_role("button", name="Create", exact=True)).to_be_hidden()
    check(page, "invite")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("Invitation is on its way to nicole@partner.example")).to_be_visible()
    assert errors == []
