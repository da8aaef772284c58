"""The logs in Chromium: panes, filters, accessibility, both themes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.audit.models import SignInStatus
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def signed_in(context: BrowserContext, portal_url: str, grace: User, daniela: User) -> str:
    details = Details(changes=[Change("jobTitle", "Buyer", "Lead buyer")])
    log.record(
        log.UPDATE_USER, daniela.tenant, by=grace, target=Target.of_user(daniela), details=details
    )
    for status, final in ((SignInStatus.INTERRUPTED, False), (SignInStatus.FAILURE, True)):
        log.record_sign_in(
            daniela.tenant,
            user=daniela,
            identifier=daniela.mail,
            status=status,
            is_final=final,
            correlation_id="one",
            error_code=70018 if final else 0,
            method="Email OTP",
            method_detail="d***@wingtiptoys.com",
        )
    sign_in(context, portal_url, grace)
    return portal_url


def check(page: Page) -> None:
    """No barrier, nothing wider than the window."""
    assert barriers(page) == [], page.url
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0, page.url


@pytest.mark.rule("AUD-3", "LOG-2", "SEC-69")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_lists_and_every_tab_of_their_panes_are_accessible(
    page: Page, signed_in: str, daniela: User, scheme: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    errors = console_errors(page)
    for address in ("/users/audit-logs/?activity=Update%20user", "/users/sign-in-logs/"):
        page.goto(signed_in + address)
        check(page)
        page.locator("tbody th a").first.click()
        expect(page.locator(".pane .tabs a").first).to_be_visible()
        for tab in range(page.locator(".pane .tabs a").count()):
            page.locator(".pane .tabs a").nth(tab).click()
            expect(page.locator(".pane .tabs a").nth(tab)).to_have_attribute("aria-current", "page")
            check(page)
        page.keyboard.press("Escape")
        expect(page.locator(".pane")).to_have_count(0)
        assert page.url == signed_in + address
    for tail in ("audit-logs/", "sign-in-logs/"):
        page.goto(f"{signed_in}/users/{daniela.pk}/{tail}")
        check(page)
    assert errors == []


@pytest.mark.rule("AUD-3")
def test_a_filter_narrows_and_the_file_holds_what_is_shown(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/audit-logs/")
    page.get_by_text("Add filter").click()
    page.get_by_role("link", name="Activity").click()
    page.get_by_role("link", name="Update user", exact=True).click()
    expect(page.locator("#found")).to_have_text("1 event")

    page.get_by_role("toolbar").get_by_text("Download").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON").click()

    assert re.fullmatch(r"audit-logs-[\d-]+\.json", download.value.suggested_filename)
    assert "Lead buyer" in download.value.path().read_text()
