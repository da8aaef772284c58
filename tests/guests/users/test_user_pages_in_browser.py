"""Monitoring, Properties, Photo, Authentication methods and Per-user MFA in Chromium."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from guests.models import User
from portal.audit.models import SignInEvent
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, PasscodeGuestFactory
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def daniela(contoso: Tenant) -> User:
    daniela = PasscodeGuestFactory(tenant=contoso, display_name="Daniela Rossi")
    for days, status in ((1, "success"), (1, "failure"), (9, "success")):
        SignInEvent.objects.create(
            tenant=contoso,
            user=daniela,
            status=status,
            created_at=datetime.now(UTC) - timedelta(days=days),
        )
    return daniela


@pytest.fixture
def signed_in(context: BrowserContext, portal_url: str, contoso: Tenant) -> str:
    sign_in(context, portal_url, AdministratorFactory(tenant=contoso, display_name="Grace"))
    return portal_url


def check(page: Page) -> None:
    """No barrier, nothing wider than the window."""
    assert barriers(page) == [], page.url
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0, page.url


@pytest.mark.rule("USR-14", "USR-17", "USR-18", "SEC-69")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_are_accessible(
    page: Page, signed_in: str, daniela: User, scheme: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    errors = console_errors(page)
    for tail in (
        "monitoring/",
        "properties/",
        "properties/edit/?tab=on-premises",
        "photo/edit/",
        "authentication-methods/",
    ):
        page.goto(f"{signed_in}/users/{daniela.pk}/{tail}")
        check(page)
    page.goto(f"{signed_in}/users/per-user-mfa/")
    check(page)
    page.goto(f"{signed_in}/users/{daniela.pk}/monitoring/")
    page.get_by_text("Show the numbers").click()
    expect(page.get_by_role("table")).to_be_visible()
    check(page)
    assert errors == []


@pytest.mark.rule("USR-18")
def test_a_pencil_leads_to_its_field(page: Page, signed_in: str, daniela: User) -> None:
    page.goto(f"{signed_in}/users/{daniela.pk}/properties/")
    page.get_by_role("link", name="Edit Department").click()

    expect(page.get_by_role("button", name="Job information")).to_have_attribute(
        "aria-current", "step"
    )
    expect(page.get_by_label("Department")).to_be_in_viewport()
    page.get_by_label("Department").fill("Purchasing")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Purchasing")).to_be_visible()


@pytest.mark.rule("USR-16", "USR-18")
def test_a_photo_is_uploaded_shown_and_removed(page: Page, signed_in: str, daniela: User) -> None:
    errors = console_errors(page)
    file = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(file, "PNG")
    page.goto(f"{signed_in}/users/{daniela.pk}/")
    page.get_by_role("link", name="Edit photo").click()
    page.get_by_label("New photo").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The photo of Daniela Rossi was saved")).to_be_visible()
    expect(page.locator(".blade-title img.avatar")).to_have_js_property("naturalWidth", 240)
    page.goto(f"{signed_in}/users/")
    expect(page.locator("tbody img.avatar")).to_have_count(1)
    check(page)

    page.goto(f"{signed_in}/users/{daniela.pk}/photo/edit/")
    page.get_by_role("button", name="Remove photo").click()

    expect(page.locator(".blade-title img.avatar")).to_have_count(0)
    assert errors == []


@pytest.mark.rule("CRE-1", "CRE-4")
def test_a_password_is_shown_while_its_button_is_pressed_and_never_sent_as_text(
    page: Page, signed_in: str
) -> None:
    page.goto(f"{signed_in}/users/create/")
    password = page.locator("[name=password]")
    expect(password).to_be_hidden()

    page.get_by_label("Auto-generate password").uncheck()
    password.fill("seven green bicycles")
    button = page.get_by_role("button", name="Show password")
    expect(password).to_have_attribute("type", "password")
    button.click()
    expect(password).to_have_attribute("type", "text")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()

    expect(password).to_have_attribute("type", "password")
    assert barriers(page) == []


@pytest.mark.rule("CRE-1", "T8")
def test_fields_that_do_not_apply_are_hidden(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/create/")
    nickname = page.locator("[name=mail_nickname]")
    expect(nickname).to_be_hidden()
    page.get_by_label("Derive mail nickname from user principal name").uncheck()
    expect(nickname).to_be_visible()

    page.goto(f"{signed_in}/users/invite/")
    message = page.locator("[name=message]")
    expect(message).to_be_visible()
    page.get_by_label("Send invite message").uncheck()
    expect(message).to_be_hidden()
    expect(page.locator("[name=cc]")).to_be_hidden()
