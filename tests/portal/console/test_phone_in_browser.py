"""The menu strip and the commands of the console on a phone, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories import AdministratorFactory, TenantFactory
from tests.support.page import barriers, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def signed_in(context: BrowserContext, portal_url: str) -> str:
    tenant = TenantFactory(display_name="Contoso", domain="contoso.com")
    sign_in(context, portal_url, AdministratorFactory(tenant=tenant))
    return portal_url


def test_the_menu_strip_scrolls_to_the_current_entry(page: Page, signed_in: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{signed_in}/users/sign-in-logs/")

    expect(page.locator(".menu a[aria-current]")).to_be_in_viewport(ratio=1)


def test_commands_keep_their_words(page: Page, signed_in: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{signed_in}/users/")
    refresh = page.locator(".commands .cmd", has_text="Refresh").locator("span")
    expect(refresh).to_be_attached()

    box = refresh.bounding_box()

    assert box is not None
    assert box["width"] > 20
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert barriers(page) == []
