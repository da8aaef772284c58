"""Organization | Company branding, and what the sign-in pages show of it (T1, DIR-8)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from portal.audit.models import AuditEvent
from portal.tenants.models import BrandingImage, Tenant
from portal.values.text import render_markup
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

URL = reverse("tenants:branding")
PREVIEW = reverse("tenants:branding_preview")
SIGN_IN = "/contoso.com/signin/"
TEXTS = {"brand_color": "#0b6a6f", "sign_in_page_text": "Ask **Ada** first."}


def picture(width: int, height: int, kind: str = "PNG") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, kind)
    return SimpleUploadedFile("logo.png", out.getvalue(), content_type="image/png")


def save(browser: Client, values: dict[str, Any]) -> Any:
    """Open the page, then save with the version that it showed."""
    versions = read_page(browser.get(URL)).values("version")
    return browser.post(URL, values | {"version": versions[0] if versions else ""})


@pytest.mark.rule("T1", "DIR-8", "AUD-1")
def test_what_is_saved_dresses_the_sign_in_page(admin: Client, contoso: Tenant) -> None:
    files = {"bannerLogo": picture(245, 36), "backgroundImage": picture(1920, 1080, "JPEG")}
    files["favicon"] = picture(32, 32)

    assert save(admin, TEXTS | files)["Location"] == URL

    page = Client().get(SIGN_IN).content.decode()
    contoso.refresh_from_db()
    for kind in ("bannerLogo", "favicon"):
        url = reverse("tenants:branding_image", args=[contoso.pk, kind])
        address = f"{url}?v={contoso.branding_versions[kind]}"
        assert address in page
        answer = Client().get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert "immutable" in answer["Cache-Control"]
    assert "Ask <b>Ada</b> first." in page
    style = Client().get(reverse("console:tenant_css", args=[contoso.pk])).content.decode()
    assert "#0b6a6f" in style
    assert "backgroundImage" in style
    event = AuditEvent.objects.of(contoso).get(activity="Set Company Information")
    assert {c["name"] for c in event.modified_properties} == {*TEXTS, *files}


@pytest.mark.rule("DIR-8")
def test_a_missing_element_falls_back_to_the_product(contoso: Tenant) -> None:
    page = Client().get(SIGN_IN)

    assert page.status_code == 200
    assert b"branding_image" not in page.content
    url = reverse("tenants:branding_image", args=[contoso.pk, "bannerLogo"])
    assert Client().get(url).status_code == 404


@pytest.mark.rule("T1")
def test_a_picture_is_removed_again(admin: Client, contoso: Tenant) -> None:
    save(admin, TEXTS | {"bannerLogo": picture(200, 30)})
    save(admin, TEXTS | {"remove_bannerLogo": "on"})

    contoso.refresh_from_db()
    assert contoso.branding_versions == {}
    assert not BrandingImage.objects.filter(tenant=contoso).exists()


@pytest.mark.rule("T1")
@pytest.mark.parametrize(
    ("kind", "width", "height"),
    [
        ("bannerLogo", 246, 36),
        ("bannerLogo", 245, 37),
        ("squareLogo", 240, 239),
        ("squareLogoDark", 241, 241),
        ("backgroundImage", 1921, 1080),
        ("favicon", 33, 33),
    ],
)
def test_a_picture_of_another_size_is_refused_at_the_field(
    admin: Client, contoso: Tenant, kind: str, width: int, height: int
) -> None:
    answer = save(admin, TEXTS | {kind: picture(width, height)})

    assert answer.status_code == 400
    assert f'id="id_{kind}_error"' in answer.content.decode()
    contoso.refresh_from_db()
    assert (contoso.branding_versions, contoso.brand_color) == ({}, "")


@pytest.mark.rule("T1")
@pytest.mark.parametrize(
    "content", [b"<svg/>", b"GIF89a", b"", b"\x89PNG\r\n\x1a\n", b"x" * 60_000]
)
def test_what_is_no_fitting_picture_is_refused(
    admin: Client, contoso: Tenant, content: bytes
) -> None:
    file = SimpleUploadedFile("logo.png", content, content_type="image/png")

    assert save(admin, TEXTS | {"bannerLogo": file}).status_code == 400
    assert not BrandingImage.objects.filter(tenant=contoso).exists()


@pytest.mark.rule("T1", "DIR-8")
def test_the_preview_shows_what_is_not_saved_and_stores_nothing(
    admin: Client, contoso: Tenant
) -> None:
    fragment = admin.post(PREVIEW, TEXTS | {"bannerLogo": picture(100, 30)}).content.decode()

    assert "data:image/png;base64," in fragment
    assert "Ask <b>Ada</b> first." in fragment
    assert "#0b6a6f" in fragment
    contoso.refresh_from_db()
    assert (contoso.branding_versions, contoso.sign_in_page_text) == ({}, "")


@pytest.mark.rule("T1")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("brand_color", "red"),
        ("brand_color", "#12345"),
        ("sign_in_page_text", "x" * 1025),
        ("sign_in_page_text", "a\x07b"),
    ],
)
def test_bad_texts_are_refused_at_the_field(admin: Client, field: str, value: str) -> None:
    answer = save(admin, TEXTS | {field: value})

    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.content.decode()


@pytest.mark.rule("DIR-6", "T17")
def test_a_reader_sees_the_branding_and_changes_nothing(reader: Client, contoso: Tenant) -> None:
    assert "Needs one of these roles" in reader.get(URL).content.decode()
    assert save(reader, TEXTS).status_code == 403
    contoso.refresh_from_db()
    assert contoso.brand_color == ""


@pytest.mark.rule("T1", "SEC-92")
@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain & simple", "plain &amp; simple"),
        ("**bold** and *italic*", "<b>bold</b> and <i>italic</i>"),
        ("++under++", "<u>under</u>"),
        (
            "[Help](https://contoso.com/?a=1&b=2)",
            '<a href="https://contoso.com/?a=1&amp;b=2" rel="noreferrer noopener">Help</a>',
        ),
        ("[Help](javascript:alert(1))", "[Help](javascript:alert(1))"),
        ("[Help](http://contoso.com)", "[Help](http://contoso.com)"),
        ("<b>no</b>", "&lt;b&gt;no&lt;/b&gt;"),
        ("**<script>**", "<b>&lt;script&gt;</b>"),
        ('[x"y](ftp://a.example/)', "[x&quot;y](ftp://a.example/)"),
        ("two\nlines", "two<br>lines"),
        ("{{7*7}}", "{{7*7}}"),
    ],
)
def test_the_small_markup_and_nothing_else(text: str, html: str) -> None:
    assert render_markup(text) == html


@pytest.mark.rule("DIR-8", "BET-8")
def test_of_two_who_save_at_once_the_second_is_told_and_overwrites_nothing(
    admin: Client, contoso: Tenant
) -> None:
    first = save(admin, TEXTS | {"bannerLogo": picture(200, 30)})

    second = admin.post(URL, {"brand_color": "#ffffff", "remove_bannerLogo": "on", "version": "0"})

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Somebody changed this setting meanwhile." in second.content.decode()
    contoso.refresh_from_db()
    assert contoso.brand_color == TEXTS["brand_color"]
    assert set(contoso.branding_versions) == {"bannerLogo"}
    assert BrandingImage.objects.filter(tenant=contoso).count() == 1
