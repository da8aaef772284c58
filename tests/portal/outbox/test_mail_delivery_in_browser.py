"""Mail delivery in Chromium: both pages and the pane, accessibility, both themes."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from portal.outbox.models import MailState, OutgoingMail, Queue, SuppressedAddress
from tests.factories import AdministratorFactory, TenantFactory
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.mark.rule("BET-3", "SEC-69")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pages_and_pane_are_accessible(
    page: Page, context: BrowserContext, portal_url: str, scheme: Any, size: Any
) -> None:
    tenant = TenantFactory(display_name="Contoso")
    for number, state in enumerate(MailState):
        mail = OutgoingMail.objects.create(
            tenant=tenant,
            kind="passcode" if number % 3 == 0 else "invitation",
            subject_id=uuid.uuid4(),
            recipient=f"guest-with-a-rather-long-name-{number}@partner.example",
            queue=Queue.MAIL,
            state=state,
            give_up_at=timezone.now(),
            finished_at=timezone.now() if number > 1 else None,
            reply_text="550 5.1.1 The email account that you tried to reach does not exist",
        )
    suppressed = SuppressedAddress.objects.create(
        tenant=tenant, address=mail.recipient, reason=mail.reply_text, mail=mail
    )
    sign_in(context, portal_url, AdministratorFactory(tenant=tenant))
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    errors = console_errors(page)

    for tail in ("", f"{mail.pk}/", "suppressed/"):
        page.goto(f"{portal_url}/mail-delivery/{tail}")
        assert barriers(page) == [], page.url
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, page.url
        if folder := os.environ.get("SHOTS"):
            name = f"{scheme}-{size['width']}-{tail[:4].strip('/') or 'list'}.png"
            page.screenshot(path=str(Path(folder) / name))
    page.get_by_role("button", name=f"Clear {suppressed.address}").click()
    page.get_by_text("No address is suppressed").wait_for()
    assert errors == []
