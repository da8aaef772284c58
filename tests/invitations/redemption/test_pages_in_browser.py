"""Overview, Invitations, terms, organization and the account pages in Chromium, with axe."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from identityproviders.models import PasscodePolicy, PasscodeRequest, PersonalAccount
from identityproviders.passcodes import one_time_codes
from invitations.inviting import tickets
from invitations.terms.actions import create_terms
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, MemberFactory
from tests.support.invitations import NICOLE, Check, Invite
from tests.support.page import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [("light", {"width": 1440, "height": 900}), ("dark", {"width": 390, "height": 844})]
OLGA = "olga@contoso.com"


@pytest.fixture(params=LOOKS, ids=["light 1440", "dark 390"])
def browser_context_args(
    browser_context_args: dict[str, Any], request: pytest.FixtureRequest
) -> dict[str, Any]:
    """Windows of both kinds, in both themes."""
    theme, size = request.param
    return {**browser_context_args, "color_scheme": theme, "viewport": size}


@pytest.fixture
def site(context: BrowserContext, portal_url: str) -> str:
    context.set_default_timeout(15_000)
    sweeper.note_heartbeat("tests", ["passcode", "mail"])
    return portal_url


def newest_code() -> str:
    request = PasscodeRequest.unscoped.latest("created_at")
    one_time_codes.hand_over_passcode(request)
    return one_time_codes.derive_passcode(request)


@pytest.mark.rule("EXT-2", "BET-3", "CON-4", "DIR-6", "DIR-8", "SEC-69", "INV-17")
def test_the_console_pages_have_no_barriers(
    page: Page, site: str, check: Check, ada: User, fabrikam: Tenant, invite: Invite
) -> None:
    invitation = invite(NICOLE).invitation
    document = create_terms(fabrikam, name="House rules", text="Be **kind**.", by=ada)
    sign_in(page.context, site, ada)
    for path, heading in (
        ("/external-identities/", "Overview"),
        ("/external-identities/invitations/", "Invitations"),
        (f"/external-identities/invitations/{invitation.pk}/", "Timeline"),
        ("/external-identities/invitations/settings/", "Settings"),
        (f"/users/{invitation.user_id}/invitation/reset/", "Reset redemption status"),
        ("/external-identities/terms-of-use/", "Terms of use"),
        ("/external-identities/terms-of-use/new/", "New terms of use"),
        (f"/external-identities/terms-of-use/{document.pk}/", "House rules"),
        ("/organization/properties/", "Properties"),
        ("/organization/domains/", "Custom domain names"),
        ("/organization/domains/add/", "Add a custom domain"),
        ("/organization/branding/", "Company branding"),
    ):
        page.goto(site + path)
        check(heading)


@pytest.mark.rule("DIR-8", "T1")
def test_the_branding_preview_follows_what_is_typed(
    page: Page, site: str, check: Check, ada: User
) -> None:
    sign_in(page.context, site, ada)
    page.goto(f"{site}/organization/branding/")

    page.get_by_label("Sign-in page text").fill("Ask **Ada** first.")

    expect(page.locator("#preview b", has_text="Ada")).to_be_visible()
    check("Preview")


@pytest.mark.rule("T19", "EX-5", "HRD-9", "RED-8", "CON-4", "SEC-69")
def test_a_guest_chooses_an_account_and_accepts_the_terms(
    page: Page,
    site: str,
    check: Check,
    ada: User,
    fabrikam: Tenant,
    contoso: Tenant,
    invite: Invite,
) -> None:
    create_terms(fabrikam, name="House rules", text="Be kind.", by=ada)
    MemberFactory(tenant=contoso, email=OLGA)
    account = PersonalAccount(address_key=OLGA)
    account.set_password(PASSWORD)
    account.save()
    invitation = invite(OLGA, is_mail_wanted=False).invitation
    page.goto(f"{site}/redeem/{tickets.ticket_of(invitation)}/")
    page.get_by_role("button", name="Accept invitation").click()
    check("Which account do you want to use?")
    page.get_by_role("link", name="Sign in with another account").click()
    check("Sign in with another account")
    page.go_back()

    page.get_by_role("button", name="Personal account").click()
    check("Enter password")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    check("Review permissions")
    page.get_by_role("link", name="House rules").click()
    check("House rules")
    page.get_by_role("link", name="I have read it").click()
    page.get_by_role("button", name="Accept").click()

    page.wait_for_url("**/leaving/**")
    assert User.unscoped.get(pk=invitation.user_id).is_accepted


@pytest.mark.rule("T19", "EX-6", "SEC-69")
def test_a_guest_creates_a_personal_account_with_the_keyboard(
    page: Page, site: str, check: Check, fabrikam: Tenant, invite: Invite
) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="disabled")
    invitation = invite(NICOLE, is_mail_wanted=False).invitation
    page.goto(f"{site}/redeem/{tickets.ticket_of(invitation)}/")
    page.get_by_role("button", name="Accept invitation").press("Enter")
    check("Confirm your address")
    page.get_by_role("button", name="Send code").press("Enter")
    check("Enter code")
    page.get_by_label("Code").fill(newest_code())
    page.keyboard.press("Enter")
    check("Create a personal account")
    page.get_by_label("Your name").fill("Nicole")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.keyboard.press("Enter")
    check("Review permissions")


@pytest.mark.rule("BET-16", "INV-20", "SEC-69")
def test_own_organizations_and_blocked_ones_after_one_code(
    page: Page, site: str, check: Check, invite: Invite
) -> None:
    invite(NICOLE, is_mail_wanted=False)
    for start, button, heading in (
        ("/signin/options/", "Find my organizations", "Choose an organization"),
        ("/blocked-organizations/", "Next", "Blocked organizations"),
    ):
        PasscodeRequest.unscoped.all().delete()
        page.goto(site + start)
        page.get_by_label("Email address").fill(NICOLE)
        page.get_by_role("button", name=button).click()
        check("Confirm your address")
        page.get_by_role("button", name="Send code").click()
        page.get_by_label("Code").fill(newest_code())
        page.get_by_role("button", name="Next").click()
        check(heading)
