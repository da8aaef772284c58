"""Read delivery reports of other mail servers as values (RFC 3464, RFC 3462).

Pure: bytes in, what they say about one of our messages out. Nothing of a report is trusted beyond
the id of the message it returns, which only our relay and the recipient's servers ever saw.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import cast

MAXIMUM_BYTES = 2 * 1024 * 1024
"""A report holds headers of our mail and little more; a larger message is none."""
MAXIMUM_REASON_CHARACTERS = 200
MAXIMUM_RECIPIENTS = 20
_MESSAGE_ID = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@([A-Za-z0-9.-]{1,253})", re.I
)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# Full mailbox, system, content and policy: the address itself is good (RFC 3463, 3.3 to 3.8).
_SAYS_NOTHING_OF_THE_ADDRESS = re.compile(r"5\.(?:2\.[23]|[3567]\.\d+)")


@dataclass(frozen=True)
class DeliveryReport:
    """What one server says about one recipient of one message.

    `action` is a word of RFC 3464 2.3.3: failed, delayed, delivered, relayed or expanded;
    `status` such as 5.1.1, or empty.
    """

    mail_id: uuid.UUID
    recipient: str
    action: str
    status: str = ""
    reason: str = ""

    @property
    def is_final(self) -> bool:
        """Whether the sender gave up: the message will not arrive."""
        return self.action == "failed"

    @property
    def is_hard(self) -> bool:
        """Whether it failed because of the address, so that further mail is useless."""
        return (
            self.is_final
            and self.status.startswith("5.")
            and _SAYS_NOTHING_OF_THE_ADDRESS.fullmatch(self.status) is None
        )


def read_delivery_report(content: bytes, own_domain: str) -> list[DeliveryReport]:
    """What a received message reports about mails of `own_domain`; nothing if it is no report.

    Takes the whole message. Never raises: whatever is malformed reports nothing.
    """
    if len(content) > MAXIMUM_BYTES:
        return []
    try:
        message = message_from_bytes(content, policy=policy.default)
        return list(_reports(message, own_domain))
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError):
        # The standard library's parser raises these on headers that are no headers.
        return []


def mail_id_in(text: str, own_domain: str) -> uuid.UUID | None:
    """The id of the outbox row whose Message-ID stands in `text` (SEC-94), or None."""
    for digits, domain in _MESSAGE_ID.findall(text):
        if domain.lower().rstrip(".") == own_domain.lower():
            return uuid.UUID(digits)
    return None


def status_in(text: str) -> str:
    """The first enhanced status code in `text` (RFC 3463), or nothing."""
    found = _STATUS.search(text)
    return found.group() if found else ""


def clean_reason(text: str) -> str:
    """Printable ASCII on one line without addresses and links, 200 characters (SEC-101)."""
    plain = re.sub(r"[^\x20-\x7e]+", " ", text)
    plain = re.sub(r"\s+", " ", re.sub(r"https?://\S+", "(link)", plain))
    plain = re.sub(r"[^\s<>@]+@", "***@", plain)
    return plain.strip()[:MAXIMUM_REASON_CHARACTERS]


def _reports(message: EmailMessage, own_domain: str) -> Iterator[DeliveryReport]:
    kind = str(message.get_param("report-type", "") or "").lower()
    if message.get_content_type() != "multipart/report" or kind != "delivery-status":
        return
    parts = list(message.iter_parts())
    status = next((p for p in parts if p.get_content_type() == "message/delivery-status"), None)
    mail_id = _returned_id(parts, own_domain)
    if status is None or mail_id is None:
        return
    blocks = cast("list[Message]", status.get_payload())
    # The first block is about the message, each further one about a recipient (2.1).
    for block in blocks[1 : MAXIMUM_RECIPIENTS + 1]:
        action = _word(block, "Action").lower()
        if action:
            diagnostic = _typed(block, "Diagnostic-Code")
            yield DeliveryReport(
                mail_id=mail_id,
                recipient=_typed(block, "Original-Recipient") or _typed(block, "Final-Recipient"),
                action=action,
                status=status_in(_word(block, "Status")) or status_in(diagnostic),
                reason=clean_reason(diagnostic),
            )


def _returned_id(parts: Sequence[Message], own_domain: str) -> uuid.UUID | None:
    """The id in the returned headers: `message/rfc822`, or `text/rfc822-headers` (RFC 3462)."""
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822":
            payload = part.get_payload()
            returned = payload[0] if isinstance(payload, list) else None
            text = str(returned["Message-ID"] or "") if isinstance(returned, Message) else ""
        elif kind in {"text/rfc822-headers", "message/rfc822-headers"}:
            raw = part.get_payload(decode=True)
            headers = message_from_bytes(raw if isinstance(raw, bytes) else b"")
            text = str(headers["Message-ID"] or "")
        else:
            continue
        found = mail_id_in(text, own_domain)
        if found is not None:
            return found
    return None


def _word(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())


def _typed(block: Message, name: str) -> str:
    """The value of a `type; value` field (2.1.2)."""
    _kind, separator, value = _word(block, name).partition(";")
    return value.strip() if separator else ""
