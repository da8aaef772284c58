"""Every source of a header, with 500 hostile strings (SEC-93, SEC-97)."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from guests.models import User
from identityproviders.models import PasscodeRequest
from identityproviders.passcodes.emails import passcode_content
from invitations.delivery.emails import what_it_says
from invitations.models import Invitation
from portal.outbox.models import OutgoingMail
from portal.outbox.sending.messages import Content, OutgoingMessage, Picture
from portal.tenants.models import Tenant
from tests.support.hostile_headers import injections

RECIPIENT = "ada@partner.test"
OWN = "invitations@127.0.0.1"
HEADERS = [
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]
CONTENT = Content(subject="Hello", text="Hello.", html="<p>Hello.</p>", sender_name="Contoso")


def parsed(content: Content, recipient: str = RECIPIENT) -> EmailMessage | None:
    """The message as another server reads it, or None where it was refused at build."""
    mail = OutgoingMail(id=uuid.uuid4(), recipient=recipient, created_at=timezone.now())
    try:
        raw = OutgoingMessage(mail, content).message().as_bytes()
    except ValueError:
        return None
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    return message_from_bytes(raw, policy=policy.default)


def check(message: EmailMessage | None, headers: list[str], text: str) -> None:
    if message is not None:
        assert sorted(message.keys()) == sorted(headers), text
        assert [a.addr_spec for a in message["To"].addresses] == [RECIPIENT], text
        assert [a.addr_spec for a in message["From"].addresses] == [OWN], text
        assert not message.defects, text


@pytest.mark.rule("SEC-93", "SEC-97", "AB-14")
@pytest.mark.parametrize("field", ["subject", "sender_name"])
def test_a_text_field_adds_no_header_and_no_recipient(field: str) -> None:
    accepted = 0
    for text in injections():
        hostile: Any = {field: text}
        message = parsed(replace(CONTENT, **hostile))
        check(message, HEADERS, text)
        accepted += message is not None

    assert 0 < accepted < len(injections()), "some are harmless, those with a line break are not"


@pytest.mark.rule("SEC-93", "SEC-97", "AB-14")
def test_a_reply_address_adds_no_header_and_no_second_address() -> None:
    for text in (*injections(), *(f"{text}@evil.example" for text in injections()[:100])):
        message = parsed(replace(CONTENT, reply_to=text)) if text else None
        check(message, [*HEADERS, "Reply-To"], text)
        if message is not None:
            assert len(message["Reply-To"].addresses) == 1, text


@pytest.mark.rule("SEC-93", "SEC-97", "AB-14")
def test_a_header_of_a_kind_adds_no_other_header() -> None:
    for text in injections():
        headers = {"List-Unsubscribe": f"<https://portal.test/{text}>"}
        check(parsed(replace(CONTENT, headers=headers)), [*HEADERS, "List-Unsubscribe"], text)


@pytest.mark.rule("SEC-93", "SEC-97", "AB-14")
def test_a_stored_recipient_is_one_address_or_no_mail() -> None:
    for text in (*injections(), *(f"{text}@evil.example" for text in injections()[:100])):
        message = parsed(CONTENT, recipient=text)
        if message is not None:
            assert sorted(message.keys()) == sorted(HEADERS), text
            assert len(message["To"].addresses) == 1, text


@pytest.mark.rule("SEC-93")
def test_a_picture_adds_no_header_to_the_message() -> None:
    for text in injections():
        picture = Picture("photo", text.encode("utf-8", "replace"), "image/png")
        check(parsed(replace(CONTENT, pictures=[picture])), HEADERS, text)


@pytest.mark.rule("SEC-93", "SEC-94", "SEC-97", "AB-14")
def test_names_of_tenants_and_brands_stay_in_their_place_in_both_mails(settings: Settings) -> None:
    now = timezone.now()
    for text in injections():
        tenant = Tenant(display_name=text)
        tenant.primary_domain = "evil.example"
        settings.INVITATION_SENDER_BRAND = "Example"
        mail = OutgoingMail(id=uuid.uuid4(), tenant=tenant, recipient=RECIPIENT, created_at=now)
        request = PasscodeRequest(created_at=now, expires_at=now)
        check(parsed(passcode_content(mail, request, "12345678")), HEADERS, text)
        invitation = Invitation(
            tenant=tenant,
            inviter=User(tenant=tenant, display_name=text, mail=text),
            address=RECIPIENT,
            redirect_url="https://portal.test/",
            message=text,
        )
        words = what_it_says(invitation)
        content = replace(
            CONTENT,
            subject=str(words["subject"]),
            sender_name=str(words["sender_name"]),
            reply_to=str(words["inviter_mail"]),
        )
        message = parsed(content)
        assert message is not None, "names are cleaned before they reach a header"
        check(message, HEADERS + (["Reply-To"] if content.reply_to else []), text)


@pytest.mark.rule("SEC-93")
@pytest.mark.parametrize(
    "subject",
    [
        "Contosocontosocontosocontosocontosocontosocontosocontosocontosocontosocontoso invited you",
        "ü" * 100 + " invited you",
        "x" * 2000,
        "Contoso invited you to access applications within their organization, and a  few more",
    ],
)
def test_a_subject_starts_on_the_line_of_its_name(subject: str) -> None:
    mail = OutgoingMail(id=uuid.uuid4(), recipient=RECIPIENT, created_at=timezone.now())
    raw = OutgoingMessage(mail, replace(CONTENT, subject=subject)).message().as_bytes()

    [line] = [text for text in raw.split(b"\r\n") if text.startswith(b"Subject:")]
    assert line.removeprefix(b"Subject:").strip()
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject
