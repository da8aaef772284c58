"""Build the message of an outbox row, the same bytes in every try (REL-5, SEC-93, SEC-94).

The standard library's EmailMessage under policy SMTP builds it; identity, date and boundary come
from the row, so that a repeated send is the same message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage as DjangoMessage

from portal.outbox.models import OutgoingMail
from portal.values.email_address import InvalidEmailAddress, parse_email_address

_UNFOLDED = frozenset({"list-unsubscribe", "message-id", "to", "reply-to"})


class _Policy(EmailPolicy):
    """Policy SMTP without the folding that breaks what must stay whole.

    Python 3.11 encodes long URLs and addresses when it folds them, and loses the quotes of a
    folded display name, so that a comma in a name would begin a second address (SEC-93).
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _UNFOLDED:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        if name.lower() == "from":
            return f"{name}: {_sender(value)}{self.linesep}".encode("ascii")
        if name.lower() == "subject":
            return f"{name}: {_folded_subject(str(value))}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


def _sender(value: Any) -> str:
    """The one address of a parsed From header, its name quoted or in encoded words (RFC 2047)."""
    [address] = value.addresses
    name = address.display_name
    if name.isascii() and "=?" not in name:
        return formataddr((name, address.addr_spec))
    encoded = Header(name, "utf-8", header_name="From").encode(linesep="\r\n")
    return f"{encoded} <{address.addr_spec}>"


LINE_CHARACTERS = 76
LONGEST_WORD = 900


def _folded_subject(text: str) -> str:
    """The subject in lines of 76 characters, never folded straight behind its name.

    The standard library begins a new line before a first word that does not fit. Filters take a
    header without a text on its first line for forged, and some relays drop it.
    """
    words = re.split(r"(?<=\S)(?=[ \t]+\S)", text)
    if not text.isascii() or max(map(len, words)) > LONGEST_WORD:
        return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")
    lines = ["Subject: " + words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) <= LINE_CHARACTERS:
            lines[-1] += word
        else:
            lines.append(word)
    return "\r\n".join(lines).removeprefix("Subject: ")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True)
class Picture:
    """A picture inside the mail; its HTML shows it as `cid:<name>` (EML-7)."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Content:
    """What a mail says: subject, both parts, its pictures, and the headers of its kind."""

    subject: str
    text: str
    html: str
    sender_name: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    pictures: Sequence[Picture] = ()


class _Wire(EmailMessage):
    """The finished message, with the one method Django's SMTP code asks for."""

    def as_bytes(self, unixfrom: bool = False, policy: Any = None, linesep: str = "\r\n") -> bytes:
        """The message for the wire; lines end in CRLF whatever is asked."""
        return super().as_bytes(unixfrom=unixfrom, policy=policy)


class OutgoingMessage(DjangoMessage):
    """The message for one row of the outbox, with exactly one recipient (SEC-97)."""

    def __init__(self, mail: OutgoingMail, content: Content) -> None:
        """Take the row and what the mail says; only A-labels leave, whatever the row holds.

        Raises: ValueError for a recipient that is no address (SEC-93).
        """
        super().__init__(
            subject=content.subject,
            body=content.text,
            from_email=settings.PORTAL_MAIL_FROM,
            to=[_recipient(mail).addr_spec],
        )
        self.mail = mail
        self.content = content

    def message(self, **_: Any) -> EmailMessage:
        """The MIME message.

        Raises: ValueError when a header source has a line break or NUL (SEC-93).
        """
        content, mail = self.content, self.mail
        built = _Wire(policy=_POLICY)
        built["Subject"] = _without_words(_checked(content.subject))
        built["From"] = Address(_checked(content.sender_name), addr_spec=settings.PORTAL_MAIL_FROM)
        built["To"] = _recipient(mail)
        if content.reply_to:
            built["Reply-To"] = _address(content.reply_to)
        built["Date"] = format_datetime(mail.created_at.astimezone(UTC))
        built["Message-ID"] = f"<{mail.pk}@{own_domain()}>"
        built["Auto-Submitted"] = "auto-generated"
        built["X-Auto-Response-Suppress"] = "All"
        for name, value in content.headers.items():
            built[name] = _without_words(_checked(value))
        built.set_content(content.text, cte="quoted-printable")
        built.make_alternative(boundary=f"=_{mail.pk.hex}")
        built.add_alternative(content.html, subtype="html", cte="quoted-printable")
        if content.pictures:
            self._embed(built, content.pictures)
        return built

    def _embed(self, built: EmailMessage, pictures: Sequence[Picture]) -> None:
        """Put the pictures beside the HTML part; the boundary is the same in every try (REL-5)."""
        html = built.get_body(("html",))
        assert isinstance(html, EmailMessage)  # noqa: S101 - it was added just now
        html.make_related(boundary=f"=_r{self.mail.pk.hex}")
        for picture in pictures:
            maintype, _separator, subtype = picture.content_type.partition("/")
            html.add_related(
                picture.content,
                maintype,
                subtype,
                cid=f"<{picture.name}>",
                disposition="inline",
                filename=f"{picture.name}.{subtype}",
            )


def _checked(text: str) -> str:
    if any(c in text for c in "\r\n\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        raise ValueError("a line break in a mail header")
    return text


def _without_words(text: str) -> str:
    """Encode text so that no reader takes it for an encoded word.

    The standard library decodes `=?utf-8?q?=0d=0a?=` when a header is set, and writes what it
    decoded, line breaks and all.
    """
    return text.replace("=?", "= ?")


def _address(text: str) -> Address:
    """One address of the portal's grammar (SEC-85). Raises: ValueError."""
    try:
        return Address(addr_spec=parse_email_address(_checked(text)).ascii)
    except InvalidEmailAddress as error:
        raise ValueError("no address for a mail header") from error


def _recipient(mail: OutgoingMail) -> Address:
    """The one address that the mail goes to. Raises: ValueError."""
    try:
        return Address(addr_spec=mail.recipient_address.ascii)
    except InvalidEmailAddress as error:
        raise ValueError("no address for a mail header") from error


def own_domain() -> str:
    """The domain of the sender's address, or the portal's host where that is a bare name."""
    _local, _at, domain = settings.PORTAL_MAIL_FROM.rpartition("@")
    return domain or urlsplit(settings.PORTAL_BASE_URL).hostname or "localhost"
