"""The photo of a user: what is taken, what is stored, who sees and changes it (T2 Photo)."""

from __future__ import annotations

import io
import struct
import uuid
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from guests.models import User
from guests.photos import actions as photos_actions
from guests.photos import images
from guests.photos.actions import may_edit_photo, remove_photo
from portal.audit.models import AuditEvent
from portal.console.templatetags.console import avatar
from portal.errors import Conflict, InvalidInput, NotAllowed
from portal.permissions import Role
from portal.tenants.models import GuestAccess, Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory, TenantFactory
from tests.support.page import inline_code

SECRET = "Taken at 45.07 N 7.68 E"


def picture(
    size: tuple[int, int] = (600, 400), format_: str = "PNG", mode: str = "RGB", **options: Any
) -> bytes:
    out = io.BytesIO()
    colors: dict[str, Any] = {
        "RGB": (200, 30, 30),
        "RGBA": (200, 30, 30, 0),
        "CMYK": (0, 200, 200, 0),
        "L": 90,
    }
    Image.new(mode, size, colors.get(mode, 1)).save(out, format_, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture
def contoso(db: None) -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def daniela(contoso: Tenant) -> User:
    return PasscodeGuestFactory(tenant=contoso, display_name="Daniela Rossi")


def set_photo(user: User, by: User, content: bytes | None = None) -> None:
    photos_actions.set_photo(user, by=by, file=io.BytesIO(content or picture()))


# What is made of a file


@pytest.mark.rule("T2", "USR-18")
@pytest.mark.parametrize(
    ("format_", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "L"),
        ("PNG", "P"),
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (240, 240), (3000, 200), (17, 900)])
def test_every_picture_becomes_a_jpeg_of_240_pixels(
    size: tuple[int, int], format_: str, mode: str
) -> None:
    made = Image.open(io.BytesIO(images.make_photo(io.BytesIO(picture(size, format_, mode)))))

    assert (made.format, made.size, made.mode) == ("JPEG", (240, 240), "RGB")


@pytest.mark.rule("T2")
def test_nothing_of_the_upload_is_kept_but_its_pixels() -> None:
    notes = PngInfo()
    notes.add_text("Comment", SECRET)
    exif = Image.Exif()
    exif[0x010E] = SECRET
    for content in (
        picture(pnginfo=notes) + b"<script>",
        picture(format_="JPEG", exif=exif, comment=SECRET.encode()) + b"<script>",
    ):
        assert SECRET.encode() in content
        made = images.make_photo(io.BytesIO(content))
        assert SECRET.encode() not in made
        assert b"<script>" not in made
        assert not dict(Image.open(io.BytesIO(made)).getexif())


def test_a_sideways_photo_stands_upright() -> None:
    wide = Image.new("RGB", (400, 400), "white")
    wide.paste("black", (0, 0, 400, 200))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    out = io.BytesIO()
    wide.save(out, "JPEG", exif=exif)

    made = Image.open(io.BytesIO(images.make_photo(io.BytesIO(out.getvalue())))).convert("L")

    gray = made.tobytes()
    assert gray[20 * 240 + 120] > 200
    assert gray[220 * 240 + 120] < 50


@pytest.mark.rule("T2")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no JPEG or PNG"),
        (b"GIF89a" + bytes(100), "no JPEG or PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "no JPEG or PNG"),
        (picture()[:200], "no JPEG or PNG"),
        (picture(format_="GIF"), "no JPEG or PNG"),
        (picture(format_="BMP"), "no JPEG or PNG"),
        (bomb(100_000, 100_000), "30 megapixels"),
        (bomb(6_000, 6_000), "30 megapixels"),
        (bomb(100, 100), "no JPEG or PNG"),
        (bytes(4 * 1024 * 1024 + 1), "larger than 4 MB"),
    ],
    ids=["nothing", "gif", "svg", "cut", "a gif", "a bmp", "bomb", "36 MP", "too short", "4 MB"],
)
def test_what_is_no_picture_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as refused:
        images.make_photo(io.BytesIO(content))

    assert refused.value.field == "photo"


# Who changes it


@pytest.mark.rule("USR-18", "AUD-1")
def test_a_photo_is_stored_named_and_logged(grace: User, daniela: User) -> None:
    set_photo(daniela, grace)
    first = daniela.photo_version
    set_photo(daniela, grace, picture(mode="L"))
    remove_photo(daniela, by=grace)

    stored = User.unscoped.get(pk=daniela.pk)
    assert (stored.photo, stored.photo_version) == (None, "")
    events = AuditEvent.objects.of(daniela.tenant).filter(activity="Update user")
    changes = [event.modified_properties[0] for event in events.order_by("created_at")]
    assert changes[0] == {"name": "photo", "old": None, "new": first}
    assert changes[2]["new"] is None
    assert len(changes) == 3


@pytest.mark.rule("T17", "USR-18")
@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.GLOBAL_ADMINISTRATOR, True),
        (Role.USER_ADMINISTRATOR, True),
        (Role.HELPDESK_ADMINISTRATOR, False),
        (Role.GLOBAL_READER, False),
        (None, False),
    ],
)
def test_who_changes_the_photo_of_another(
    client: Client, contoso: Tenant, daniela: User, role: Role | None, may: bool
) -> None:
    by = MemberFactory(tenant=contoso, roles=(role,) if role else ())
    client.force_login(by)

    assert may_edit_photo(by, daniela) is may
    page = client.get(f"/users/{daniela.pk}/photo/edit/")
    file = SimpleUploadedFile("me.png", picture(), "image/png")
    answer = client.post(f"/users/{daniela.pk}/photo/edit/", {"photo": file})

    assert (page.status_code, answer.status_code) == ((200, 302) if may else (403, 403))
    daniela.refresh_from_db()
    assert bool(daniela.photo_version) is may


@pytest.mark.rule("T17")
def test_everybody_changes_their_own(client: Client, daniela: User) -> None:
    client.force_login(daniela)
    file = SimpleUploadedFile("me.jpg", picture(format_="JPEG"), "image/jpeg")

    answer = client.post(f"/users/{daniela.pk}/photo/edit/", {"photo": file}, follow=True)

    assert answer.status_code == 200
    daniela.refresh_from_db()
    assert daniela.photo_version
    client.post(f"/users/{daniela.pk}/photo/edit/", {"go": "remove"})
    daniela.refresh_from_db()
    assert not daniela.photo_version


def test_a_refusal_and_a_deleted_user_change_nothing(
    contoso: Tenant, grace: User, daniela: User
) -> None:
    reader = MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,))
    with pytest.raises(NotAllowed):
        set_photo(daniela, reader)
    User.unscoped.filter(pk=daniela.pk).update(deleted_at="2026-01-01T00:00Z")
    with pytest.raises(Conflict):
        set_photo(daniela, grace)

    assert User.unscoped.get(pk=daniela.pk).photo is None


def test_a_bad_file_is_refused_at_the_field(client: Client, grace: User, daniela: User) -> None:
    client.force_login(grace)
    url = f"/users/{daniela.pk}/photo/edit/"

    bad = client.post(url, {"photo": SimpleUploadedFile("x.png", b"no", "image/png")})
    none = client.post(url, {})

    assert (bad.status_code, none.status_code) == (400, 400)
    html = bad.content.decode()
    assert "<title>Error: Photo" in html
    assert 'aria-describedby="photo-hint photo-error" aria-invalid="true"' in html
    assert "Choose a file first." in none.content.decode()
    assert not inline_code(html)


# Who sees it


@pytest.mark.rule("USR-16")
def test_the_picture_has_its_type_and_stays_in_the_cache(
    client: Client, grace: User, daniela: User
) -> None:
    set_photo(daniela, grace)
    client.force_login(grace)
    url = f"/users/{daniela.pk}/photo/"

    named = client.get(f"{url}?v={daniela.photo_version}")
    other = client.get(url)

    assert named["Content-Type"] == "image/jpeg"
    assert named["X-Content-Type-Options"] == "nosniff"
    assert "private" in named["Cache-Control"]
    assert "immutable" in named["Cache-Control"]
    assert "no-cache" in other["Cache-Control"]
    assert Image.open(io.BytesIO(named.content)).size == (240, 240)


@pytest.mark.rule("SEC-80", "T14", "SEC-77")
def test_others_do_not_get_it(client: Client, contoso: Tenant, grace: User, daniela: User) -> None:
    set_photo(daniela, grace)
    url = f"/users/{daniela.pk}/photo/"
    assert client.get(url).status_code == 302
    fabrikam = TenantFactory(display_name="Fabrikam", domain="fabrikam.com")
    client.force_login(AdministratorFactory(tenant=fabrikam))
    assert client.get(url).status_code == 404
    client.force_login(grace)
    assert client.get(f"/users/{grace.pk}/photo/").status_code == 404
    assert client.get(f"/users/{uuid.uuid4()}/photo/").status_code == 404

    contoso.guest_access = GuestAccess.RESTRICTED
    contoso.save()
    client.force_login(PasscodeGuestFactory(tenant=contoso))
    assert client.get(url).status_code == 403


@pytest.mark.rule("USR-16")
def test_the_photo_stands_where_initials_stood(grace: User, daniela: User) -> None:
    assert "DR" in avatar(daniela)

    set_photo(daniela, grace)

    shown = avatar(daniela, "l")
    assert f'src="/users/{daniela.pk}/photo/?v={daniela.photo_version}"' in shown
    assert 'alt=""' in shown


@pytest.mark.rule("USR-16")
def test_no_list_and_no_request_loads_the_bytes(client: Client, grace: User, daniela: User) -> None:
    set_photo(daniela, grace)
    set_photo(grace, grace)
    client.force_login(grace)

    with CaptureQueriesContext(connection) as captured:
        html = client.get("/users/").content.decode()

    assert html.count('<img class="avatar') >= 3
    assert not [q["sql"] for q in captured if '"photo",' in q["sql"] or '"photo" ' in q["sql"]]


def test_my_apps_show_it_too(client: Client, contoso: Tenant, grace: User, daniela: User) -> None:
    set_photo(daniela, grace)
    client.force_login(daniela)

    html = client.get("/myapps/contoso.com/").content.decode()

    assert f"/users/{daniela.pk}/photo/?v=" in html
    assert client.get(f"/users/{daniela.pk}/photo/").status_code == 200
