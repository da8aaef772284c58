"""The panes of identity providers in a real browser, light and dark (IDP-1, IDP-9, SEC-69)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from guests.models import User
from identityproviders.models import Federation, SocialProvider
from portal.tenants.models import Tenant
from tests.factories import GuestFactory
from tests.support.browser_pages import THEMES, open_page
from tests.support.page import barriers, console_errors, sign_in
from tests.support.partner import ISSUER, certificate, saml_metadata

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/external-identities/identity-providers/"
NEW = f"{LIST}custom/new-saml-ws-fed/"


@pytest.fixture
def admin(
    browser: Browser, portal_url: str, grace: User, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A browser of the Global Administrator; `theme` and `script` as the test says."""
    options = getattr(request, "param", {})
    page = open_page(browser, portal_url, **options)
    sign_in(page.context, portal_url, grace)
    yield page
    page.context.close()


@pytest.mark.rule("IDP-1", "IDP-5", "IDP-9", "IDP-18", "SEC-69")
@pytest.mark.parametrize("admin", [{"color_scheme": theme} for theme in THEMES], indirect=True)
def test_list_and_panes_have_no_barriers_and_no_reports(admin: Page, contoso: Tenant) -> None:
    seen = console_errors(admin)
    row = Federation.objects.create(
        tenant=contoso,
        display_name="Fabrikam",
        protocol="saml",
        issuer=ISSUER,
        endpoint="https://idp.fabrikam.org/",
        certificates=certificate(),
    )
    row.domains.create(tenant=contoso, name="fabrikam.org")
    pane = reverse("identityproviders:federation", args=[row.pk])
    pages = ["", "?view=custom", "?view=classic", "google/", "built-in/microsoft-account/"]
    pages += ["custom/new-saml-ws-fed/", "custom/new-openid-connect/", "where/?address=a@b.example"]
    for url in [*(LIST + page for page in pages), pane, f"{pane}delete/"]:
        admin.goto(url)
        assert barriers(admin) == [], url
    assert seen == []


@pytest.mark.rule("IDP-9", "IDP-10", "IDP-13")
@pytest.mark.parametrize("admin", [{}, {"java_script_enabled": False}], indirect=True)
def test_a_provider_is_set_up_from_its_metadata_file_with_and_without_script(
    admin: Page, contoso: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "metadata.xml"
    file.write_bytes(saml_metadata(certificate()))
    admin.goto(NEW)
    admin.get_by_label("Display name").fill("Fabrikam sign-in")
    admin.get_by_label("Domain name of federating IdP").fill("fabrikam.org")
    admin.locator("#id_metadata_file").set_input_files(str(file))
    admin.get_by_role("button", name="Parse").click()
    expect(admin.get_by_text("Filled from the metadata.")).to_be_visible()
    expect(admin.get_by_label("Issuer URI")).to_have_value(ISSUER)
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_role("heading", name="What the partner sets up")).to_be_attached()
    expect(admin.get_by_text(re.compile(r"/saml/[0-9a-f-]+/acs/"))).to_be_attached()
    assert Federation.objects.of(contoso).get().issuer == ISSUER


@pytest.mark.rule("IDP-7", "BET-2")
def test_deleting_google_asks_and_no_leads_back(admin: Page, contoso: Tenant) -> None:
    SocialProvider.objects.create(tenant=contoso, kind="google.com", client_id="id")
    GuestFactory(tenant=contoso, address="teri@gmail.com", accepted_with="google.com")
    admin.goto(f"{LIST}google/")
    admin.get_by_role("link", name="Delete").click()
    question = admin.get_by_role("alertdialog", name="Delete Google?")
    expect(question.get_by_text("1 guest will not be able to sign in.")).to_be_visible()
    question.get_by_role("link", name="No").click()
    expect(admin).to_have_url(re.compile(r"/google/$"))
    admin.get_by_role("link", name="Delete").click()
    admin.get_by_role("button", name="Yes").click()
    expect(admin.get_by_text("Google was deleted")).to_be_visible()
    assert not SocialProvider.objects.of(contoso).exists()


@pytest.mark.rule("HRD-6", "T19")
def test_the_box_answers_while_the_address_is_typed(admin: Page, contoso: Tenant) -> None:
    admin.goto(LIST)
    admin.get_by_label("Email address").press_sequentially("nobody@wingtiptoys.com")
    expect(admin.get_by_text("No other account, codes are on")).to_be_visible()
    expect(admin).to_have_url(re.compile(f"{LIST}$"))


@pytest.mark.rule("IDP-9")
def test_a_phone_shows_the_panes_without_scrolling_sideways(
    browser: Browser, portal_url: str, grace: User, contoso: Tenant, settings: Settings
) -> None:
    page = open_page(browser, portal_url, viewport={"width": 390, "height": 844})
    sign_in(page.context, portal_url, grace)
    row = Federation.objects.create(
        tenant=contoso, display_name="F", protocol="saml", issuer=ISSUER, endpoint=ISSUER
    )
    pane = reverse("identityproviders:federation", args=[row.pk])
    for url in (LIST, f"{LIST}?view=custom", f"{LIST}google/", NEW, pane):
        page.goto(url)
        wide = page.evaluate(
            "() => [document.documentElement, document.querySelector('.pane')].filter(Boolean)"
            ".some((e) => e.scrollWidth > innerWidth)"
        )
        assert not wide, url
    page.context.close()
