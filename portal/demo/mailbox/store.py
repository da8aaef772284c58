"""Store the mails of the demo, one `.eml` file each."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

MAX_KEPT = 1000
NAME = re.compile(r"\A\d{8}T\d{12}-[0-9a-f]{8}\Z")
_CONTENT_REFERENCE = re.compile(r"cid:([^\"'\s)>]+)")


@dataclass(frozen=True)
class StoredMail:
    """One mail as it arrived."""

    name: str
    source: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return message_from_bytes(self.source, policy=policy.default)

    @property
    def received_at(self) -> datetime:
        """When the sink took it."""
        return datetime.strptime(self.name.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message.get("Subject", ""))

    @property
    def sender(self) -> str:
        """The From line, decoded."""
        return str(self.message.get("From", ""))

    @property
    def recipient(self) -> str:
        """The recipients of the envelope."""
        return ", ".join(str(value) for value in self.message.get_all("Delivered-To", []))

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Every header in order, decoded."""
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        """The plain text part."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML part with its inline pictures as data addresses."""
        return _CONTENT_REFERENCE.sub(lambda m: self._inline.get(m[1], ""), self._body("html"))

    @property
    def source_text(self) -> str:
        """The raw message."""
        return self.source.decode("utf-8", errors="replace")

    def _body(self, subtype: str) -> str:
        part = self.message.get_body((subtype,))
        return "" if part is None else str(part.get_content())

    @cached_property
    def _inline(self) -> dict[str, str]:
        pictures = {}
        for part in self.message.walk():
            content = part.get_payload(decode=True)
            if part["Content-ID"] and isinstance(content, bytes):
                encoded = base64.b64encode(content).decode()
                pictures[str(part["Content-ID"]).strip("<>")] = (
                    f"data:{part.get_content_type()};base64,{encoded}"
                )
        return pictures


class MailStore:
    """A folder of mails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Keep a message with its envelope in front, as a mailbox does; its name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        lines = [f"Return-Path: <{sender}>", *(f"Delivered-To: {r}" for r in recipients)]
        envelope = "".join(f"{line}\r\n" for line in lines).encode()
        unfinished = self.folder / f".{name}"
        unfinished.write_bytes(envelope + content)
        os.replace(unfinished, self._path(name))
        self._forget_oldest()
        return name

    def names(self) -> list[str]:
        """The names of all mails, newest first."""
        found = (path.stem for path in self.folder.glob("*.eml"))
        return sorted(filter(NAME.match, found), reverse=True)

    def get(self, name: str) -> StoredMail | None:
        """The mail of this name."""
        if not NAME.match(name):
            return None
        try:
            return StoredMail(name, self._path(name).read_bytes())
        except FileNotFoundError:
            return None

    def newest(self, count: int) -> list[StoredMail]:
        """The newest mails."""
        found = (self.get(name) for name in self.names()[:count])
        return [mail for mail in found if mail is not None]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.eml"

    def _forget_oldest(self) -> None:
        for name in self.names()[MAX_KEPT:]:
            self._path(name).unlink(missing_ok=True)
