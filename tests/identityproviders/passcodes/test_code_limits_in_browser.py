"""The pages of limited, expired and paused codes in Chromium, with axe and countdown (BET-5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from identityproviders.models import PasscodeRequest, WrongPasscode
from identityproviders.passcodes import one_time_codes
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.support.page import barriers
from tests.support.visitor import PRIYA, age

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [("light", {"width": 1440, "height": 900}), ("dark", {"width": 390, "height": 844})]
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=LOOKS, ids=["light 1440", "dark 390"])
def browser_context_args(
    browser_context_args: dict[str, Any], request: pytest.FixtureRequest
) -> dict[str, Any]:
    """Windows of both kinds, in both themes."""
    theme, size = request.param
    return {**browser_context_args, "color_scheme": theme, "viewport": size}


@pytest.fixture
def at_the_code(context: BrowserContext, page: Page, portal_url: str, priya: User) -> Page:
    """The page that asks Priya for her first code of the hour, two minutes after it was sent."""
    context.set_default_timeout(15_000)
    sweeper.note_heartbeat("tests", ["passcode"])
    page.clock.install()
    page.goto(f"{portal_url}/contoso.com/signin/")
    page.get_by_label("Email address").fill(PRIYA)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Send code").click()
    expect(page.get_by_role("heading", name="Enter code")).to_be_visible()
    one_time_codes.hand_over_passcode(PasscodeRequest.unscoped.get())
    age(2 * MINUTE)
    return page


@pytest.mark.rule("BET-5", "OTP-6")
def test_a_limit_counts_down_and_then_offers_the_button(at_the_code: Page, settings: Any) -> None:
    page = at_the_code
    settings.PORTAL_PASSCODES_PER_HOUR = 1
    page.get_by_role("button", name="Send a new code").click(force=True)
    expect(page.get_by_text("You can ask for another code in 57:")).to_be_visible()
    expect(page.get_by_text("still works.")).to_be_visible()
    assert barriers(page) == []
    button = page.get_by_role("button", name="Send a new code")
    expect(button).to_be_hidden()
    page.clock.fast_forward("58:00")
    expect(button).to_be_visible()
    expect(page.get_by_text("You can ask for another code")).to_be_hidden()


@pytest.mark.rule("OTP-8")
def test_an_expired_code_asks_for_a_new_one(at_the_code: Page) -> None:
    page = at_the_code
    age(31 * MINUTE)
    page.reload()
    expect(page.get_by_role("heading", name="Your code has expired")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Send a new code").click(force=True)
    expect(page.get_by_role("heading", name="Enter code")).to_be_visible()


@pytest.mark.rule("OTP-9", "BET-5")
def test_paused_codes_count_down_to_try_again(at_the_code: Page, contoso: Tenant) -> None:
    page = at_the_code
    WrongPasscode.unscoped.bulk_create(
        WrongPasscode(tenant=contoso, address_key=PRIYA, at=timezone.now()) for _ in range(10)
    )
    page.get_by_label("Code").fill("12345678")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Codes are paused")).to_be_visible()
    expect(page.get_by_text("Your last code was not checked.")).to_be_visible()
    assert barriers(page) == []
    again = page.get_by_role("link", name="Try again")
    expect(again).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward("01:01:00")
    expect(again).not_to_have_attribute("aria-disabled", "true")
