"""Long names without a gap stay on the card and inside the window of a phone (issue 12)."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from invitations.models import Invitation
from invitations.terms.actions import create_terms
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, GuestFactory, PasscodeGuestFactory
from tests.support.invitations import signed_in
from tests.support.inviting import invite_guest
from tests.support.page import barriers
from tests.support.redemption import CONSENT, LANDING, MISMATCH, consenting, opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = "Zukunftswerkstattgesellschaft" * 4
ADDRESS = f"{'nicole' * 10}@{'firstupconsultants' * 3}.com"

OUTSIDE = """() => {
  const room = document.querySelector('.card, .panel main').getBoundingClientRect();
  const right = Math.min(room.right, window.innerWidth) + 1;
  return [...document.querySelectorAll('.card *, .panel main *, .guest-foot *, .topbar *')]
    .filter((one) => one.checkVisibility() && !one.closest('.sr, .drop-menu, svg'))
    .filter((one) => one.getBoundingClientRect().right > (one.closest('.card, main') ? right
      : window.innerWidth + 1))
    .map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 40)}`);
}"""


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The window of a phone."""
    return {**browser_context_args, "viewport": {"width": 390, "height": 844}}


@pytest.fixture
def host(db: None) -> Tenant:
    """An organization with a name of a hundred letters and more."""
    admin = AdministratorFactory(
        tenant__display_name=NAME, tenant__label="long", tenant__domain="long.example"
    )
    create_terms(admin.tenant, name=NAME, text=NAME * 3, by=admin)
    return Tenant.objects.get(pk=admin.tenant_id)


@pytest.fixture
def invitation(host: Tenant) -> Invitation:
    """An invitation of an address that is as long as addresses get."""
    admin = User.objects.of(host).get()
    return invite_guest(
        host, by=admin, address=ADDRESS, display_name=NAME, redirect_url="https://long.example/"
    ).invitation


def look(page: Page, url: str, client: Client, paths: list[str]) -> None:
    """Open the pages with the session of `client`; nothing sticks out."""
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    for path in paths:
        page.goto(url + path)
        expect(page.get_by_role("heading").first).to_be_visible()
        assert page.evaluate(OUTSIDE) == [], page.url
        assert barriers(page) == [], page.url
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, page.url


@pytest.mark.rule("SIN-1")
def test_pages_of_an_invitation(
    page: Page, context: BrowserContext, portal_url: str, invitation: Invitation
) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])
    look(page, portal_url, opened(invitation), [LANDING])
    page.get_by_role("button").last.click()
    expect(page.get_by_role("button", name="Send code")).to_be_visible()
    page.wait_for_load_state()
    assert page.evaluate(OUTSIDE) == []
    page.get_by_role("button", name="Send code").click()
    expect(page.get_by_role("heading", name="Enter code")).to_be_visible()
    page.wait_for_load_state()
    assert page.evaluate(OUTSIDE) == []
    look(page, portal_url, consenting(invitation), [CONSENT])
    page.get_by_role("link", name="Zukunft").first.click()
    expect(page.get_by_role("link", name="I have read it")).to_be_visible()
    page.wait_for_load_state()
    assert page.evaluate(OUTSIDE) == []


@pytest.mark.rule("SEC-25")
def test_page_of_another_account(page: Page, portal_url: str, invitation: Invitation) -> None:
    other = GuestFactory(
        tenant=invitation.tenant,
        address=ADDRESS.replace("nicole", "other"),
        accepted_with="mail",
        display_name=NAME,
    )
    look(page, portal_url, opened(invitation, signed_in(other, method="mail")), [MISMATCH])


@pytest.mark.rule("SIN-5", "ORG-2", "APP-1")
def test_pages_of_somebody_signed_in(page: Page, portal_url: str, host: Tenant) -> None:
    AdministratorFactory(tenant__display_name=f"B{NAME}", tenant__domain="other.example")
    guest = PasscodeGuestFactory(tenant=host, address=ADDRESS, display_name=NAME)
    home = "/myaccount/long.example/organizations/"
    profile = "/myaccount/long.example/profile/"
    paths = [
        "/myapps/long.example/",
        home,
        profile,
        "/redeem/x/",
        f"{home}{guest.pk}/leave/",
        "/other.example/",
    ]
    look(page, portal_url, signed_in(guest, method="mail"), paths)
