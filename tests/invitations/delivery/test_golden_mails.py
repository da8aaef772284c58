"""Both mails in three languages, as they were looked at; new wording shows here (EML-1..16).

`GOLDEN=write` writes the files anew. Tickets, tokens and codes are masked: they differ by key ring.
"""

from __future__ import annotations

import os
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from guests.models import User
from identityproviders.models import PasscodeRequest, SignInTransaction
from identityproviders.passcodes.emails import build_passcode_mail
from invitations.delivery.emails import build_invitation_mail
from portal.outbox.models import OutgoingMail, Queue
from portal.tenants.models import Tenant
from tests.factories import PasscodeGuestFactory
from tests.support.invitations import Invite

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).parents[2] / "golden"
LANGUAGES = ["en", "de", "ar"]
MOMENT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MASKS = (
    (r"/redeem/[\w-]{43}/", "/redeem/TICKET/"),
    (r"/block/[\w.:=-]+/", "/block/TOKEN/"),
    (r"(?<![\d#])\d{8}(?!\d)", "12345678"),
    (r"http://[\w.:]+(?=/(redeem|block)/)", "https://portal.example"),
    (r"hue-\d", "hue-1"),
    (r"(font-weight: 600;)background-color: #[0-9a-f]{6};color: #[0-9a-f]{6};", r"\1"),
)


def masked(text: str) -> str:
    for pattern, instead in MASKS:
        text = re.sub(pattern, instead, text)
    return text


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def invitation_mail(invite: Invite, fabrikam: Tenant, ada: User, language: str) -> OutgoingMail:
    """Ada's invitation with a message, to an organization with a privacy statement."""
    fabrikam.privacy_statement_url = "https://fabrikam.com/privacy"
    fabrikam.save()
    User.unscoped.filter(pk=ada.pk).update(photo=None, photo_version="")
    invitation = invite(
        "nicole@firstupconsultants.com", message="Welcome, Nicole!\nThe plans are in the app."
    ).invitation
    OutgoingMail.unscoped.filter(subject_id=invitation.pk).update(language=language)
    return OutgoingMail.unscoped.select_related("tenant").get(subject_id=invitation.pk)


@pytest.fixture
def passcode_mail(fabrikam: Tenant, language: str) -> OutgoingMail:
    """A code for a guest of Fabrikam."""
    guest = PasscodeGuestFactory(tenant=fabrikam, address="pia@firstupconsultants.com")
    txn = SignInTransaction.objects.create(
        tenant=fabrikam, user=guest, proof_key=guest.invited_address_key, expires_at=MOMENT
    )
    request = PasscodeRequest.objects.create(
        tenant=fabrikam,
        sign_in=txn,
        user=guest,
        address_key=guest.invited_address_key,
        client_network="192.0.2.7",
        nonce=bytes(32),
        key_id=os.environ.get("PORTAL_KEYS", "tests:").partition(":")[0],
        created_at=MOMENT,
        expires_at=MOMENT,
    )
    mail: OutgoingMail = OutgoingMail.objects.create(
        id=uuid.uuid4(),
        tenant=fabrikam,
        kind="passcode",
        subject_id=request.pk,
        recipient="pia@firstupconsultants.com",
        queue=Queue.PASSCODE,
        language=language,
        give_up_at=MOMENT,
    )
    return mail


def parts_of(kind: str, mail: OutgoingMail) -> dict[str, str]:
    """Subject with text, and HTML, masked."""
    build = build_invitation_mail if kind == "invitation" else build_passcode_mail
    content = build(mail).content
    return {
        "txt": masked(f"Subject: {content.subject}\n\n{content.text}"),
        "html": masked(content.html),
    }


def compare(kind: str, mail: OutgoingMail) -> None:
    for ending, text in parts_of(kind, mail).items():
        path = FOLDER / f"{kind}-{mail.language}.{ending}"
        if os.environ.get("GOLDEN") == "write":
            path.write_text(text)
        assert text == path.read_text(), path.name


@pytest.mark.rule("EML-1", "EML-2", "EML-8", "EML-12", "EML-14", "EML-18")
def test_the_invitation_reads_as_it_was_looked_at(invitation_mail: OutgoingMail) -> None:
    compare("invitation", invitation_mail)


@pytest.mark.rule("OTP-14", "OTP-15")
def test_the_passcode_mail_reads_as_it_was_looked_at(passcode_mail: OutgoingMail) -> None:
    compare("passcode", passcode_mail)


@pytest.mark.browser
@pytest.mark.rule("EML-7")
@pytest.mark.parametrize("width", [1024, 390])
@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("kind", ["invitation", "passcode"])
def test_the_mails_fit_desktop_and_phone_and_load_nothing(
    browser: Browser, tmp_path: Path, kind: str, spoken: str, width: int
) -> None:
    name = f"{kind}-{spoken}"
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto((FOLDER / f"{name}.html").as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith("file:")] == []
    shot = Path(os.environ.get("SCREENSHOTS", tmp_path)) / f"{name}-{width}.png"
    page.screenshot(path=shot, full_page=True)
    assert shot.stat().st_size > 10_000
    page.close()
