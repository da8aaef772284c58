"""Pictures inside the invitation mail, and its preview before anything is sent (BET-6, EML-7)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from guests.models import User
from guests.photos.actions import set_photo
from invitations.models import Invitation
from portal.outbox.models import OutgoingMail
from portal.tenants.branding.actions import save_branding
from portal.tenants.branding.images import Picture
from portal.tenants.models import Tenant
from tests.support.invitations import NICOLE, TARGET, Invite, mails_of, message_of, part, signed_in
from tests.support.page import inline_code

pytestmark = pytest.mark.django_db

FORM = reverse("invitations:invite")


def picture(kind: str) -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (240, 240), "teal").save(out, kind)
    out.seek(0)
    return out


@pytest.fixture
def dressed(fabrikam: Tenant, ada: User) -> User:
    """Ada with a photo, Fabrikam with a logo."""
    set_photo(ada, by=ada, file=picture("JPEG"))
    logo = Picture(picture("PNG").read(), "image/png")
    save_branding(
        fabrikam,
        {"brand_color": "", "sign_in_page_text": ""},
        {"squareLogo": logo},
        by=ada,
        version=0,
    )
    fabrikam.refresh_from_db()
    return ada


def values(**more: str) -> dict[str, str]:
    return {
        "email": NICOLE,
        "display_name": "Nicole",
        "is_mail_wanted": "on",
        "message": "See you **soon** <b>Nicole</b>",
        "redirect_url": TARGET,
        "user_type": "Guest",
        "go": "preview",
        **more,
    }


@pytest.mark.rule("EML-7", "EML-9", "EML-10", "REL-5")
def test_photo_and_logo_travel_inside_the_mail(dressed: User, invite: Invite) -> None:
    [mail] = mails_of(invite(NICOLE, by=dressed).invitation)

    message = message_of(mail)
    html = part(message, "html")
    ids = {str(p["Content-ID"]) for p in message.walk() if p.get_content_maintype() == "image"}

    assert ids == {"<photo>", "<logo>"}
    assert 'src="cid:photo"' in html
    assert 'src="cid:logo"' in html
    assert "http" not in "".join(html.split("src=")[1:3])[:40]
    assert message.as_bytes() == message_of(mail).as_bytes()


@pytest.mark.rule("EML-10", "EML-7")
def test_without_pictures_initials_stand_there_and_nothing_is_attached(invite: Invite) -> None:
    [mail] = mails_of(invite(NICOLE).invitation)

    message = message_of(mail)

    assert not [p for p in message.walk() if p.get_content_maintype() == "image"]
    assert "cid:" not in part(message, "html")
    assert ">A<" in part(message, "html")


@pytest.mark.rule("BET-6", "EML-2", "EML-4", "EML-11", "INV-6")
def test_the_preview_shows_the_mail_and_stores_nothing(dressed: User) -> None:
    answer: Any = signed_in(dressed).post(FORM, values())
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "Ada invited you to access applications within their organization." in page
    assert "Microsoft Invitations on behalf of Fabrikam" in page
    assert "See you **soon** &lt;b&gt;Nicole&lt;/b&gt;" in page
    assert page.count("data:image/") == 2
    assert "/redeem/…" in page
    assert inline_code(page) == []
    assert not Invitation.unscoped.exists()
    assert not OutgoingMail.unscoped.exists()
    assert not User.unscoped.filter(invited_address_key=NICOLE).exists()


@pytest.mark.rule("BET-6", "T18")
def test_a_form_with_mistakes_shows_them_instead_of_a_preview(ada: User) -> None:
    answer: Any = signed_in(ada).post(FORM, values(email="nobody"))

    assert "Preview of the invitation mail" not in answer.content.decode()
    assert "Review + invite" in answer.content.decode()


@pytest.mark.rule("BET-6")
def test_the_review_offers_the_preview(ada: User) -> None:
    page = signed_in(ada).post(FORM, values(go="review")).content.decode()

    assert 'value="preview"' in page
    assert Client().get(reverse("invitations:mail_css"))["Content-Type"].startswith("text/css")
