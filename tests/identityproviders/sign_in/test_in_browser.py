"""The sign-in pages and the passcode pane in a real browser."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Browser, expect

from guests.models import User
from identityproviders.models import PasscodePolicy
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, GuestFactory
from tests.support.broker import StartWorker
from tests.support.browser_pages import THEMES, open_page
from tests.support.page import barriers, console_errors, sign_in
from tests.support.smtp_sink import SmtpSink
from tests.support.visitor import NOBODY, PRIYA, wrong

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PANE = "/external-identities/identity-providers/email-one-time-passcode/"


@pytest.mark.rule("OTP-4", "OTP-5", "OTP-7")
def test_a_guest_signs_in_with_the_keyboard_alone_and_without_script(
    browser: Browser,
    portal_url: str,
    contoso: Tenant,
    priya: User,
    worker: StartWorker,
    smtp_sink: SmtpSink,
) -> None:
    worker("passcode")
    sweeper.note_heartbeat("tests", ["passcode"])
    page = open_page(browser, portal_url, java_script_enabled=False)
    page.goto("/contoso.com/")
    page.get_by_label("Email address").focus()
    page.keyboard.type(PRIYA)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Get a code to sign in")).to_be_visible()
    page.get_by_role("button", name="Send code").press("Enter")
    code = re.findall(r"^\s*(\d{8})\s*$", smtp_sink.wait_for(1, to=PRIYA)[0].text, re.M)[0]
    page.get_by_label("Code").focus()
    page.keyboard.type(wrong(code))
    page.keyboard.press("Enter")
    expect(page.get_by_text("That code doesn’t match")).to_be_visible()
    page.get_by_label("Code").focus()
    page.keyboard.type(f"{code[:4]} {code[4:]}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/myapps/contoso\.com/"))
    page.context.close()


@pytest.mark.rule("SEC-69", "OTP-5", "OTP-6")
@pytest.mark.parametrize("theme", THEMES)
def test_guest_pages_have_no_barriers_and_no_reports(
    browser: Browser, portal_url: str, contoso: Tenant, priya: User, theme: str
) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])
    page = open_page(browser, portal_url, color_scheme=theme)
    seen = console_errors(page)

    def check() -> None:
        assert barriers(page) == [], page.url

    for url in ("/signin/", "/signin/options/", "/signed-out/?at=contoso.com"):
        page.goto(url)
        check()
    page.goto("/contoso.com/signin/")
    page.get_by_label("Email address").fill("grace.nakamura@contoso.com")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Enter password")).to_be_visible()
    check()
    page.goto("/contoso.com/signin/")
    page.get_by_label("Email address").fill(NOBODY)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("button", name="Send code")).to_be_visible()
    check()
    page.get_by_role("button", name="Send code").click()
    expect(page.get_by_role("button", name="Send a new code")).to_have_attribute(
        "aria-disabled", "true"
    )
    check()
    assert seen == []
    page.get_by_label("Code").fill("12345678")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That code doesn’t match")).to_be_visible()
    check()
    page.context.close()


@pytest.mark.rule("OTC-2", "OTC-10", "BET-2", "SEC-69")
@pytest.mark.parametrize("theme", THEMES)
def test_choosing_no_shows_who_loses_and_saving_needs_the_tick(
    browser: Browser, portal_url: str, contoso: Tenant, priya: User, grace: User, theme: str
) -> None:
    page = open_page(browser, portal_url, color_scheme=theme)
    seen = console_errors(page)
    sign_in(page.context, portal_url, grace)
    page.goto("/external-identities/identity-providers/")
    assert barriers(page) == []
    page.get_by_role("link", name="Email one-time passcode").click()
    expect(page.get_by_role("heading", name="Email one-time passcode")).to_be_visible()
    assert barriers(page) == []
    page.get_by_label("No", exact=True).check()
    expect(page.get_by_text("1 guest will not be able to sign in.")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="View the 1 guest").click()
    expect(page.get_by_text(PRIYA)).to_be_visible()
    assert barriers(page) == []
    assert seen == []
    page.go_back()
    page.get_by_label("No", exact=True).check()
    page.get_by_label("I understand that 1 guest loses their sign-in").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Email one-time passcode saved")).to_be_visible()
    assert PasscodePolicy.objects.get(tenant=contoso).stored == "disabled"
    page.context.close()


@pytest.mark.rule("OTC-10", "OTC-2")
def test_the_pane_works_without_script_in_form_a(
    browser: Browser, portal_url: str, contoso: Tenant, grace: User
) -> None:
    Tenant.objects.filter(pk=contoso.pk).update(created_at="2026-01-01T00:00:00Z")
    PasscodePolicy.objects.create(tenant=contoso, automatic_on=date(2036, 6, 1))
    GuestFactory(tenant=contoso)
    page = open_page(browser, portal_url, java_script_enabled=False)
    sign_in(page.context, portal_url, grace)
    page.goto(PANE)
    expect(page.get_by_text("gain sign-in on Jun 1")).to_be_visible()
    page.get_by_label("Enable email one-time passcode for guests effective now").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Email one-time passcode saved")).to_be_visible()
    assert PasscodePolicy.objects.get(tenant=contoso).stored == "enabled"
    page.context.close()


@pytest.mark.rule("SEC-65", "SES-3")
def test_an_expired_console_session_returns_to_the_wanted_page(
    browser: Browser, portal_url: str, contoso: Tenant, grace: User
) -> None:
    page = open_page(browser, portal_url)
    page.goto(PANE)
    page.get_by_label("Email address").fill(grace.user_principal_name)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Email one-time passcode")).to_be_visible()
    page.context.close()
