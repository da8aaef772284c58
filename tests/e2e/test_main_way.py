"""The main job, end to end: invite, mail, passcode, consent, in (EX-1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from guests.models import Identity, User
from identityproviders.models import PasscodePolicy
from identityproviders.passcodes.policy.models import StoredState
from portal.audit.models import AuditEvent, SignInEvent
from portal.tenants.models import Tenant
from tests.factories import PASSWORD
from tests.support.browser_pages import OpenBrowser, code_in, link_in
from tests.support.smtp_sink import SmtpSink

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NICOLE = "nicole@firstupconsultants.com"


def sign_in_with_password(page: Page, address: str) -> None:
    page.goto("/")
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def invite(page: Page, address: str) -> None:
    page.goto("/users/")
    page.get_by_text("New user", exact=True).click()
    page.get_by_role("link", name="Invite external user").click()
    page.get_by_label("Email", exact=True).fill(address)
    page.locator(".blade-foot").get_by_role("button", name="Review + invite").click()
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("link", name="nicole", exact=True).first).to_be_visible()


def accept(page: Page, link: str, sink: SmtpSink) -> None:
    page.goto(link)
    page.get_by_role("button", name="Accept invitation").click()
    prove_the_mailbox(page, sink)
    expect(page.get_by_role("heading", name="Review permissions")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("There are no apps to show.")).to_be_visible()


def prove_the_mailbox(page: Page, sink: SmtpSink, *, number: int = 1) -> None:
    expect(page.get_by_role("heading", name="Get a code to sign in")).to_be_visible()
    page.get_by_role("button", name="Send code").click()
    subject = "Your Contoso account verification code"
    mails = [m for m in sink.wait_for(number + 1, to=NICOLE) if m.message["Subject"] == subject]
    page.get_by_label("Code").fill(code_in(mails[number - 1]))
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.rule("EX-1", "OTP-16", "CON-6", "CON-7", "INF-3", "BET-1")
def test_ex_1_a_guest_without_any_account_is_invited_and_gets_in(
    open_browser: OpenBrowser, contoso: Tenant, grace: User, post_office: SmtpSink
) -> None:
    administrator, guest = open_browser(), open_browser()

    sign_in_with_password(administrator, grace.user_principal_name)
    administrator.goto("/users/")
    administrator.get_by_text("New user", exact=True).click()
    administrator.get_by_role("link", name="Invite external user").click()
    administrator.get_by_label("Email", exact=True).fill(NICOLE)
    expect(administrator.get_by_role("heading", name="Email one-time passcode")).to_be_visible()
    administrator.locator(".blade-foot").get_by_role("button", name="Review + invite").click()
    administrator.get_by_role("button", name="Invite", exact=True).click()
    expect(administrator.get_by_role("heading", name="All users")).to_be_visible()
    [invitation] = post_office.wait_for(1, to=NICOLE)
    accept(guest, link_in(invitation), post_office)

    nicole = User.objects.of(contoso).get(invited_address_key=NICOLE)
    assert nicole.is_accepted
    assert [i.issuer for i in Identity.objects.of(contoso).filter(user=nicole)] == ["mail"]
    activities = AuditEvent.objects.of(contoso).values_list("activity", flat=True)
    assert {
        "Invite external user",
        "Invitation email sent",
        "Redeem external user invite",
    } <= set(activities)
    assert SignInEvent.objects.of(contoso).filter(user=nicole, status="success").exists()
    administrator.goto(f"/users/{nicole.pk}/")
    expect(administrator.get_by_text("Accepted").first).to_be_visible()
    expect(administrator.get_by_text("Email one-time passcode").first).to_be_visible()


@pytest.mark.rule("EX-1", "RED-2", "OTP-5")
def test_the_guests_way_needs_no_script(
    open_browser: OpenBrowser, contoso: Tenant, grace: User, post_office: SmtpSink
) -> None:
    administrator = open_browser(java_script_enabled=False)
    guest = open_browser(java_script_enabled=False)

    sign_in_with_password(administrator, grace.user_principal_name)
    invite(administrator, NICOLE)
    [invitation] = post_office.wait_for(1, to=NICOLE)
    accept(guest, link_in(invitation), post_office)
    guest.locator(".account").click()
    guest.get_by_role("button", name="Sign out").click()

    guest.goto("/contoso.com/")
    guest.get_by_label("Email address").fill(NICOLE)
    guest.get_by_role("button", name="Next").click()
    expect(guest.get_by_role("heading", name="Get a code to sign in")).to_be_visible()


@pytest.mark.rule("EX-11", "OTC-9", "OTC-10", "T20")
def test_ex_11_switching_off_refuses_and_switching_on_lets_in_again(
    open_browser: OpenBrowser, contoso: Tenant, grace: User, post_office: SmtpSink
) -> None:
    administrator, guest = open_browser(), open_browser()
    sign_in_with_password(administrator, grace.user_principal_name)
    invite(administrator, NICOLE)
    [invitation] = post_office.wait_for(1, to=NICOLE)
    accept(guest, link_in(invitation), post_office)

    administrator.goto("/external-identities/identity-providers/email-one-time-passcode/")
    administrator.get_by_label("No", exact=True).check()
    administrator.get_by_role("checkbox", name="I understand").check()
    administrator.get_by_role("button", name="Save").click()
    expect(administrator.get_by_text("Disabled").first).to_be_visible()

    assert PasscodePolicy.objects.get(tenant=contoso).stored == StoredState.DISABLED
    again = open_browser()
    again.goto("/contoso.com/")
    again.get_by_label("Email address").fill(NICOLE)
    again.get_by_role("button", name="Next").click()
    expect(again.get_by_text("Codes by e-mail are turned off")).to_be_visible()

    administrator.goto("/external-identities/identity-providers/email-one-time-passcode/")
    administrator.get_by_label("Yes", exact=True).check()
    administrator.get_by_role("button", name="Save").click()
    expect(administrator.get_by_text("Enabled").first).to_be_visible()
    again.goto("/contoso.com/")
    again.get_by_label("Email address").fill(NICOLE)
    again.get_by_role("button", name="Next").click()
    expect(again.get_by_role("heading", name="Get a code to sign in")).to_be_visible()
