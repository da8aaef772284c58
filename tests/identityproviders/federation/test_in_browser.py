"""To a provider and back in a real browser, from another site (SEC-50, SEC-69)."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from guests.models import User
from identityproviders.models import Federation
from invitations.inviting import tickets
from portal.tenants.models import Tenant
from tests.support.counterparts.node import NodeProvider
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import ADA
from tests.support.inviting import invite_guest
from tests.support.page import barriers, console_errors, inline_code, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def open_page(browser: Browser, url: str, **options: Any) -> Page:
    context = browser.new_context(base_url=url, locale="en-US", **options)
    context.set_default_timeout(15_000)
    return context.new_page()


def invitation_link(tenant: Tenant, by: User, portal_url: str) -> str:
    """The link in the mail to Ada; it leads to My Apps in the end."""
    apps = reverse("applications:my_apps", args=[tenant.primary_domain])
    invited = invite_guest(tenant, by=by, address=ADA, redirect_url=portal_url + apps).invitation
    assert invited is not None
    return reverse("invitations:open_ticket", args=[tickets.ticket_of(invited)])


def accept(page: Page) -> None:
    expect(page.get_by_role("heading", name="Review permissions")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/myapps/**")


@pytest.mark.rule("SEC-50", "SEC-69", "EX-26")
@pytest.mark.parametrize("binding", list(Federation.Binding))
def test_a_guest_redeems_by_saml_from_another_site(
    browser: Browser,
    portal_url: str,
    contoso: Tenant,
    grace: User,
    saml: Federation,
    partner: NodeProvider,
    binding: Federation.Binding,
) -> None:
    Federation.objects.of(contoso).update(binding=binding)
    page = open_page(browser, portal_url)
    seen = console_errors(page)
    page.goto(invitation_link(contoso, grace, portal_url))
    page.get_by_role("button", name="Accept invitation").click()
    accept(page)
    assert User.objects.of(contoso).get(invited_address_key=ADA).is_accepted
    assert seen == []
    page.context.close()


@pytest.mark.rule("SEC-42", "SEC-69")
def test_a_guest_redeems_by_openid_connect_without_script(
    browser: Browser,
    portal_url: str,
    contoso: Tenant,
    grace: User,
    custom: Federation,
    openid: OpenIDProvider,
) -> None:
    page = open_page(browser, portal_url, java_script_enabled=False)
    page.goto(invitation_link(contoso, grace, portal_url))
    page.get_by_role("button", name="Accept invitation").click()
    page.get_by_placeholder("sub").fill("sub-ada")
    page.get_by_role("button", name="Authorize").click()
    accept(page)
    assert User.objects.of(contoso).get(invited_address_key=ADA).is_accepted
    page.context.close()


@pytest.mark.rule("SEC-69")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_a_trial_have_no_barriers_and_no_reports(
    browser: Browser,
    portal_url: str,
    grace: User,
    saml: Federation,
    partner: NodeProvider,
    theme: str,
) -> None:
    page = open_page(browser, portal_url, color_scheme=theme)
    sign_in(page.context, portal_url, grace)
    seen = console_errors(page)
    page.goto(reverse("identityproviders:test_provider", args=[str(saml.pk)]))
    assert barriers(page) == []
    page.get_by_role("button", name="Start the test").click()
    expect(page.get_by_text("The answer was believed.")).to_be_visible()
    assert barriers(page) == []
    assert inline_code(page.content()) == []
    assert seen == []
    page.context.close()


@pytest.mark.rule("SEC-69")
def test_the_continue_page_has_no_barriers_and_says_where_it_leads(
    browser: Browser,
    portal_url: str,
    contoso: Tenant,
    grace: User,
    saml: Federation,
    partner: NodeProvider,
) -> None:
    page = open_page(browser, portal_url)
    page.route(f"{partner.url}/**", lambda route: route.fulfill(status=204))
    page.goto(invitation_link(contoso, grace, portal_url))
    page.get_by_role("button", name="Accept invitation").click()
    expect(page.get_by_role("heading", name="Continue to your sign-in")).to_be_visible()
    expect(page.get_by_text("You sign in at Partner.")).to_be_visible()
    assert barriers(page) == []
    assert inline_code(page.content()) == []
    page.context.close()
