"""Settings of collaboration, cross-tenant access, flows and My account in Chromium, with axe."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from identityproviders.discovery.decide import Primary
from identityproviders.discovery.queries import order_for, redemption_order
from identityproviders.models import PasscodePolicy
from invitations.collaboration.rules import Restriction
from invitations.cross_tenant.actions import add_partner
from invitations.inviting import checks
from invitations.models import CollaborationPolicy, OrganizationAccess
from invitations.user_flows.actions import FlowSettings, create_user_flow
from portal.outbox.sending import sweeper
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, Check, Invite, newest_code
from tests.support.page import barriers, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SETTINGS = "/external-identities/external-collaboration-settings/"
CROSS_TENANT = "/external-identities/cross-tenant-access-settings/"
LOOKS = [("light", {"width": 1440, "height": 900}), ("dark", {"width": 390, "height": 844})]


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
    return portal_url


@pytest.mark.rule("COL-10", "COL-11", "COL-13")
def test_a_list_of_domains_is_typed_reviewed_and_saved(
    page: Page, site: str, ada: User, fabrikam: Tenant, invite: Invite, check: Check
) -> None:
    invite(is_mail_wanted=False, display_name="Nicole Wagner")
    sign_in(page.context, site, ada)
    page.goto(f"{site}{SETTINGS}")
    check("Collaboration restrictions")
    expect(page.get_by_label("Denied domains")).to_be_hidden()
    page.get_by_label("Deny invitations to the specified domains").check()
    expect(page.get_by_label("Allowed domains")).to_be_hidden()
    page.get_by_label("Denied domains").fill("FirstUpConsultants.com\n*.spam.example")
    page.get_by_role("button", name="Save", exact=True).click()
    check("Save collaboration restrictions?")
    page.get_by_role("button", name="View the 1 guest").click()
    expect(page.get_by_role("link", name="Nicole Wagner")).to_be_visible()
    check("Guests who can no longer accept")
    page.get_by_role("button", name="Back to the change").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("External collaboration settings were saved")).to_be_visible()
    rules = checks.collaboration_rules(fabrikam)
    assert rules.restriction is Restriction.DENY
    assert rules.listed == {"firstupconsultants.com", "*.spam.example"}


@pytest.mark.rule("USR-12", "T17")
def test_readers_reach_every_page_by_keyboard(
    page: Page, site: str, fabrikam: Tenant, check: Check
) -> None:
    reader = MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,))
    sign_in(page.context, site, reader)
    page.goto(f"{site}{SETTINGS}")
    check("Collaboration restrictions")
    page.goto(f"{site}{CROSS_TENANT}redemption-order/")
    check("Cross-tenant access settings")


@pytest.mark.rule("CTA-1", "CTA-2", "CTA-7")
def test_an_organization_is_added_and_blocked(
    page: Page, site: str, ada: User, fabrikam: Tenant, contoso: Tenant, check: Check
) -> None:
    PasscodeGuestFactory(tenant=fabrikam, address="gina@contoso.com", display_name="Gina Guest")
    sign_in(page.context, site, ada)
    page.goto(f"{site}{CROSS_TENANT}")
    check("No organizational settings")
    page.get_by_role("link", name="Add organization").click()
    check("Add organization")
    page.get_by_label("Domain name or tenant ID").fill("contoso.com")
    page.get_by_role("button", name="Add", exact=True).click()
    check("contoso.com")
    page.get_by_label("Block access").first.check()
    page.get_by_label("Inbound: accept invitations").check()
    page.get_by_role("button", name="Save", exact=True).click()
    check("Save the organizational settings?")
    page.get_by_text("View the affected guests").click()
    expect(page.get_by_role("link", name="Gina Guest")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    check("Cross-tenant access settings")
    row = OrganizationAccess.objects.of(fabrikam).get()
    assert (row.is_inbound_allowed, row.redeems_inbound) == (False, True)


@pytest.mark.rule("CTA-3", "CTA-4", "BET-2")
def test_the_order_moves_by_keyboard_and_without_script(
    page: Page, site: str, ada: User, fabrikam: Tenant, check: Check
) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="enabled")
    sign_in(page.context, site, ada)
    page.route(re.compile(r"\.js"), lambda route: route.abort())
    page.goto(f"{site}{CROSS_TENANT}redemption-order/")
    page.get_by_role("button", name="Move SAML/WS-Fed").first.press("Enter")
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    page.unroute_all()
    page.get_by_role("checkbox", name="Social identity providers").uncheck()
    page.get_by_role("button", name="Show the impact").press("Enter")
    expect(page.get_by_text("Skipped")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Redemption order was saved")).to_be_visible()
    assert redemption_order(fabrikam).primary == (Primary.FEDERATION, Primary.ORGANIZATION)


@pytest.mark.rule("CTA-1", "CTA-3", "BET-2")
def test_an_organization_gets_an_order_of_its_own_and_loses_it_with_its_settings(
    page: Page, site: str, ada: User, fabrikam: Tenant, contoso: Tenant, check: Check
) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="enabled")
    GuestFactory(tenant=fabrikam, address="gina@contoso.com", display_name="Gina Guest")
    add_partner(fabrikam, "contoso.com", by=ada)
    sign_in(page.context, site, ada)
    page.goto(f"{site}{CROSS_TENANT}organizations/contoso.com/")
    page.get_by_role("link", name="Redemption order").click()
    expect(page.get_by_label("Customize settings")).to_be_visible()
    check("contoso.com")
    expect(page.get_by_text("Primary identity providers")).to_be_hidden()
    page.get_by_label("Customize settings").check()
    page.get_by_label("Email one-time passcode").uncheck()
    page.get_by_role("button", name="Show the impact").click()
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    check("contoso.com")
    page.get_by_label("I understand that 1 guest loses").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Redemption order was saved")).to_be_visible()
    assert not order_for(fabrikam, "contoso.com").passcode_fallback
    page.get_by_role("link", name="Cancel").click()
    check("Cross-tenant access settings")
    page.get_by_role("link", name="Delete the settings of contoso.com").click()
    check("Delete the settings of contoso.com?")
    page.get_by_role("button", name="Delete").click()
    check("Cross-tenant access settings")
    assert order_for(fabrikam, "contoso.com").passcode_fallback


@pytest.mark.rule("ORG-2", "ORG-3", "ORG-7")
def test_a_guest_finds_the_way_out_from_my_apps(
    page: Page, site: str, fabrikam: Tenant, check: Check
) -> None:
    nicole = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    sign_in(page.context, site, nicole)
    page.goto(f"{site}/myapps/fabrikam.com/")
    page.locator("summary.account").click()
    page.get_by_role("link", name="Organizations").click()
    check("Organizations")
    with page.expect_download() as file:
        page.get_by_role("link", name="Download my data").click()
    assert file.value.suggested_filename == "fabrikam.com-my-data.json"
    page.get_by_role("link", name="Leave").click()
    check("Leave Fabrikam?")
    page.get_by_role("button", name="Leave").click()
    check("You left Fabrikam")
    assert User.unscoped.get(pk=nicole.pk).deleted_at is not None


@pytest.mark.rule("SSU-1", "SSU-2")
def test_a_stranger_signs_up_through_a_flow(
    page: Page, site: str, ada: User, fabrikam: Tenant, check: Check
) -> None:
    CollaborationPolicy.objects.create(tenant=fabrikam, is_self_service_allowed=True)
    PasscodePolicy.objects.create(tenant=fabrikam, stored="enabled")
    offered = FlowSettings(offers_passcode=True, attributes=["given_name"])
    create_user_flow(fabrikam, "partners", offered, by=ada)
    sweeper.note_heartbeat("tests", ["passcode"])
    page.goto(f"{site}/fabrikam.com/signin/")
    page.get_by_role("link", name="Create one").click()
    check("Create an account at Fabrikam")
    page.get_by_label("Email address").fill(NICOLE)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Send code").click()
    page.get_by_label("Code").fill(newest_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    check("Review permissions")
    page.get_by_label("First name").fill("Nicole")
    page.get_by_role("button", name="Create account").click()
    check("Apps at Fabrikam")
    assert User.objects.of(fabrikam).external().get().display_name == "Nicole"
