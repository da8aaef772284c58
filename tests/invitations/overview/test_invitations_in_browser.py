"""Wizard, guest pages and My Apps in Chromium: barriers, reports, both themes, phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from guests.users.deletion.actions import delete_user
from identityproviders.models import PasscodeDevice
from invitations.blocking import tokens
from invitations.inviting import tickets
from invitations.models import Invitation
from invitations.redemption.actions import redeem_invitation
from portal.outbox.models import MailState, OutgoingMail
from portal.tenants.models import Tenant
from tests.factories import MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, Check, Invite, mails_of, proven
from tests.support.page import barriers, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS = [(theme, size) for theme in ("light", "dark") for size in (DESKTOP, PHONE)]
NAMES = [f"{theme} {size['width']}" for theme, size in LOOKS]


@pytest.fixture(params=LOOKS, ids=NAMES)
def look(request: pytest.FixtureRequest) -> tuple[str, dict[str, int]]:
    """Theme and size of the window."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def browser_context_args(
    browser_context_args: dict[str, Any], request: pytest.FixtureRequest
) -> dict[str, Any]:
    """Windows look as the test's `look` says."""
    if "look" not in request.fixturenames:
        return browser_context_args
    theme, size = request.getfixturevalue("look")
    return {**browser_context_args, "color_scheme": theme, "viewport": size}


@pytest.fixture
def site(context: BrowserContext, portal_url: str) -> str:
    context.set_default_timeout(15_000)
    return portal_url


@pytest.mark.rule("T9", "INF-1", "SEC-69")
def test_the_wizard_has_no_barriers_on_any_tab(
    page: Page, site: str, ada: User, check: Check, look: object
) -> None:
    sign_in(page.context, site, ada)
    page.goto(f"{site}/users/invite/")
    check("Invite external user")
    page.get_by_label("Email", exact=True).fill(NICOLE)
    expect(page.get_by_role("heading", name="Email one-time passcode")).to_be_visible()
    check("Email one-time passcode")
    foot = page.locator(".blade-foot")
    foot.get_by_role("button", name="Next: Properties").click()
    expect(page.get_by_label("Job title")).to_be_visible()
    check("Job information")
    page.get_by_label("City").fill("a\u0007b")
    foot.get_by_role("button", name="Next: Assignments").click()
    check("Roles")
    foot.get_by_role("button", name="Next: Review + invite").click()
    check("Invite external user")
    foot.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("Some entries need another look.")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Properties").first.click()
    expect(page.get_by_text("without control characters").first).to_be_visible()
    assert barriers(page) == []


@pytest.mark.rule("INF-3", "T7", "USR-19", "SEC-69")
def test_tile_link_pane_and_notification_have_no_barriers(
    page: Page, site: str, ada: User, invite: Invite, check: Check, look: object
) -> None:
    guest = invite(message="Hello", display_name="Nicole Wagner").user
    OutgoingMail.unscoped.update(state=MailState.FAILED, reply_code=550, reply_text="5.1.1 No")
    sign_in(page.context, site, ada)
    page.goto(f"{site}/users/{guest.pk}/")
    check("B2B collaboration")
    page.get_by_text("Why this method").click()
    check("B2B collaboration")
    page.get_by_role("link", name="Copy redemption link").click()
    check("Redemption link")
    page.goto(f"{site}/users/{guest.pk}/")
    page.get_by_role("button", name="Resend invitation").first.click()
    expect(page.get_by_text("Invitation is on its way to")).to_be_visible()
    check("B2B collaboration")


@pytest.mark.rule("RED-1", "SEC-27", "SEC-69", "CON-2", "CON-5", "SEC-26")
def test_the_guests_pages_have_no_barriers(
    page: Page, site: str, invite: Invite, fabrikam: Tenant, check: Check, look: object
) -> None:
    Tenant.objects.filter(pk=fabrikam.pk).update(brand_color="#0b6a6f")
    invitation = invite(is_mail_wanted=False).invitation
    page.goto(f"{site}/redeem/{tickets.ticket_of(invitation)}/")
    check("Fabrikam invited you")
    assert page.url == f"{site}/redeem/"
    _prove(page, site, invitation)
    page.goto(f"{site}/consent/")
    check("Review permissions")
    page.get_by_role("button", name="Cancel").click()
    check("You did not accept")
    page.goto(f"{site}/redeem/{'A' * 43}/")
    check("This link is no longer valid", may_fail=True)
    page.context.clear_cookies()
    page.goto(f"{site}/redeem/")
    check("Open your invitation again", may_fail=True)


@pytest.mark.rule("SEC-25", "SEC-69")
def test_the_page_about_another_account_has_no_barriers(
    page: Page, site: str, invite: Invite, contoso: Tenant, check: Check, look: object
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    sign_in(page.context, site, MemberFactory(tenant=contoso, display_name="Olga Orlova"))
    page.goto(f"{site}/redeem/{tickets.ticket_of(invitation)}/")
    check("You’re signed in with another account")
    page.get_by_role("button", name="Sign out and continue").click()
    check("Fabrikam invited you")


@pytest.mark.rule("SEC-60", "APP-1", "APP-2", "SEC-69")
def test_leaving_and_my_apps_have_no_barriers(
    page: Page, site: str, invite: Invite, contoso: Tenant, check: Check, look: object
) -> None:
    url = "https://partner.example/start"
    invitation = invite(is_mail_wanted=False, redirect_url=url).invitation
    nicole = redeem_invitation(proven(invitation))
    PasscodeGuestFactory(tenant=contoso, address=NICOLE)
    sign_in(page.context, site, nicole)
    page.goto(f"{site}/leaving/?invitation={invitation.pk}")
    check("You’re leaving this portal")
    page.get_by_role("link", name="Stay").click()
    check("Apps at Fabrikam")
    page.locator("summary", has_text="Switch organization").click()
    expect(page.get_by_role("link", name=re.compile("^Contoso"))).to_be_visible()
    check("Apps at Fabrikam")


@pytest.mark.rule("INV-16", "SEC-69")
def test_the_block_page_has_no_barriers(
    page: Page, site: str, invite: Invite, check: Check, look: object
) -> None:
    invitation = invite().invitation
    token = tokens.make_block_token(mails_of(invitation)[0], invitation.key_id)
    page.goto(f"{site}/block/{token}/")
    check("Block future invitations?")
    page.get_by_role("button", name="Block invitations").click()
    check("Invitations are blocked")
    page.get_by_role("button", name="Unblock").click()
    check("Block future invitations?")


@pytest.mark.rule("CON-7", "SEC-60", "SEC-27")
def test_a_listed_target_is_opened_without_script_and_without_referrer(
    page: Page, site: str, invite: Invite, portal_url: str
) -> None:
    asked: list[dict[str, str]] = []

    def answer(route: Any) -> None:
        asked.append(route.request.headers)
        route.fulfill(body="<h1>Welcome</h1>", content_type="text/html")

    invitation = invite(is_mail_wanted=False).invitation
    nicole = redeem_invitation(proven(invitation))
    sign_in(page.context, site, nicole)
    page.route("https://fabrikam.com/**", answer)
    page.goto(f"{site}/leaving/?invitation={invitation.pk}")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert page.url == "https://fabrikam.com/welcome"
    assert all("referer" not in headers for headers in asked)


@pytest.mark.rule("SEC-27", "SEC-24")
def test_the_ticket_is_in_the_first_request_and_in_no_other(
    page: Page, site: str, invite: Invite
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    ticket = tickets.ticket_of(invitation)
    asked: list[tuple[str, str]] = []
    page.on("request", lambda r: asked.append((r.url, r.headers.get("referer", ""))))
    page.goto(f"{site}/redeem/{ticket}/")
    expect(page.get_by_role("heading", name="Fabrikam invited you")).to_be_visible()
    page.get_by_role("button", name="Accept invitation").click()
    expect(page.get_by_role("heading", name="Get a code to sign in")).to_be_visible()

    assert [url for url, _referrer in asked if ticket in url] == [f"{site}/redeem/{ticket}/"]
    assert not any(ticket in referrer for _url, referrer in asked)
    assert {url.split("/")[2] for url, _referrer in asked} == {site.split("/")[2]}
    page.go_back()
    expect(page.get_by_role("heading", name="Fabrikam invited you")).to_be_visible()
    assert Invitation.unscoped.get().status == "PendingAcceptance"


def _prove(page: Page, site: str, invitation: Invitation) -> None:
    """Let the browser be one that has proven the mailbox."""
    PasscodeDevice.objects.get_or_create(user=invitation.user)
    client = Client()
    session = client.session
    session["sign_in"] = str(proven(invitation).pk)
    session.save()
    cookie = client.cookies["portal-session"]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])


@pytest.mark.rule("INV-13", "INV-21", "SEC-69")
def test_restoring_and_inviting_an_internal_user_have_no_barriers(
    page: Page, site: str, ada: User, invite: Invite, check: Check, look: object
) -> None:
    guest = invite(is_mail_wanted=False).user
    delete_user(guest, by=ada)
    member = MemberFactory(tenant=ada.tenant, display_name="Mia Gray", mail="mia@partner.example")
    sign_in(page.context, site, ada)
    page.goto(f"{site}/users/invite/")
    page.get_by_label("Email", exact=True).fill(NICOLE)
    page.get_by_role("button", name="Review + invite").last.click()
    check("A deleted guest has this address")
    page.get_by_role("button", name="Invite", exact=True).click()
    check("A deleted guest has this address", may_fail=True)
    page.get_by_label("Restore and re-invite").check()
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("The guest was restored")).to_be_visible()

    page.goto(f"{site}/users/{member.pk}/")
    check("Mia Gray")
    page.get_by_role("link", name="Invite to B2B collaboration").last.click()
    check("Invite to B2B collaboration")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("was invited to B2B collaboration")).to_be_visible()
