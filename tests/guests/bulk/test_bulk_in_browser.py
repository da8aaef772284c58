"""Bulk operations in Chromium: both themes, phone, live progress with a real worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from guests.bulk.file_reading import column_headings
from guests.models import User
from invitations.inviting import bulk_invite
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

PAGES = (
    "/users/bulk-operation-results/",
    "/users/download/",
    "/users/bulk/create/",
    "/users/bulk/invite/",
)


@pytest.fixture
def signed_in(context: BrowserContext, portal_url: str, contoso: Tenant) -> str:
    grace: User = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    sign_in(context, portal_url, grace)
    return portal_url


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """`file("ada@partner.example", …)` writes a file that invites these addresses."""

    def write(*addresses: str) -> Path:
        rows = [f"{address},https://contoso.com/,," for address in addresses]
        head = ",".join(column_headings(bulk_invite.COLUMNS))
        path = tmp_path / "wingtip-partners.csv"
        path.write_text("\n".join(["version:v1.0", head, *rows]))
        return path

    return write


@pytest.mark.rule("BLK-1", "REL-22")
def test_file_is_uploaded_and_the_progress_shows_the_end_by_itself(
    page: Page,
    signed_in: str,
    file: Callable[..., Path],
    worker: Callable[..., Any],
) -> None:
    worker("default", "bulk")
    page.goto(f"{signed_in}/users/")
    page.get_by_text("Bulk operations", exact=True).click()
    page.get_by_role("link", name="Bulk invite").click()
    page.get_by_label("Choose a CSV file").set_input_files(
        file("ada@partner.example", "x@contoso.com", "eve@partner.example")
    )
    page.get_by_role("button", name="Upload file").click()
    expect(page.get_by_text("File uploaded successfully")).to_be_visible()

    page.get_by_role("button", name="Invite guests").click()

    expect(page.locator("#progress")).to_contain_text("Completed with errors", timeout=30_000)
    expect(page.locator("#rows")).to_contain_text("belongs to your own organization")
    page.get_by_role("link", name="Bulk operation results").first.click()
    expect(page.locator("#rows")).to_contain_text("wingtip-partners.csv")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_is_accessible_and_complains_of_nothing(
    page: Page, signed_in: str, file: Callable[..., Path], scheme: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    errors = console_errors(page)

    def looked_at() -> None:
        assert barriers(page) == [], page.url
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, page.url

    for path in PAGES:
        page.goto(signed_in + path)
        looked_at()
    page.get_by_label("Choose a CSV file").set_input_files(file("ada@partner.example"))
    page.get_by_role("button", name="Upload file").click()
    expect(page.get_by_text("File uploaded successfully")).to_be_visible()
    looked_at()
    page.get_by_role("button", name="Invite guests").click()
    expect(page.locator("#progress")).to_contain_text("Inviting 0 of 1")
    looked_at()
    page.goto(f"{signed_in}/users/bulk-operation-results/")
    looked_at()
    assert errors == []
    page.goto(f"{signed_in}/users/bulk/invite/")
    page.get_by_label("Choose a CSV file").set_input_files(file("no address"))
    page.get_by_role("button", name="Upload file").click()
    expect(page.get_by_text("The file has 1 error")).to_be_visible()
    looked_at()


@pytest.mark.rule("BLK-20")
def test_list_is_downloaded_under_the_name_typed(page: Page, signed_in: str) -> None:
    page.goto(f"{signed_in}/users/")
    page.get_by_text("Bulk operations", exact=True).click()
    page.get_by_role("link", name="Download users").click()
    page.get_by_label("File name").fill("people")

    with page.expect_download() as download:
        page.get_by_role("button", name="Download users").click()

    assert download.value.suggested_filename == "people.csv"
    assert "userPrincipalName" in download.value.path().read_text("utf-8-sig")
