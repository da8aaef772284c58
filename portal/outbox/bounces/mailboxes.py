"""Read delivery reports from a Maildir, a folder of .eml files, or IMAP over TLS.

Each source gives the messages not read before and marks one as read when the caller asks for the
next, so that a report whose handling fails is read again.
"""

from __future__ import annotations

import imaplib
import mailbox
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portal.outbox.bounces.delivery_reports import MAXIMUM_BYTES

READ = "read"
"""The folder that .eml files move to."""
SECONDS = 30


class MailboxFailed(Exception):
    """The mailbox can't be read; the text says why, without its password."""


@dataclass(frozen=True)
class ImapMailbox:
    """A mailbox by its settings."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"

    def unread(self) -> Iterator[bytes]:
        """The messages without the flag Seen; too large ones are marked and left out.

        Raises: MailboxFailed.
        """
        try:
            yield from self._unread()
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailboxFailed(f"{type(error).__name__}: {error}") from error

    def _unread(self) -> Iterator[bytes]:
        context = ssl.create_default_context()
        with imaplib.IMAP4_SSL(
            self.host, self.port, ssl_context=context, timeout=SECONDS
        ) as connection:
            connection.login(self.user, self.password)
            status, _count = connection.select(imap_quoted(self.folder))
            if status != "OK":
                raise MailboxFailed(f"no folder {self.folder}")
            _status, found = connection.uid("SEARCH", "UNSEEN")
            for uid in (found[0] or b"").decode("ascii").split():
                if self._size(connection, uid) <= MAXIMUM_BYTES:
                    _status, parts = connection.uid("FETCH", uid, "(BODY.PEEK[])")
                    yield from (part[1] for part in parts if isinstance(part, tuple))
                connection.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")

    @staticmethod
    def _size(connection: imaplib.IMAP4_SSL, uid: str) -> int:
        _status, parts = connection.uid("FETCH", uid, "(RFC822.SIZE)")
        text = b" ".join(p if isinstance(p, bytes) else p[0] for p in parts if p).decode("ascii")
        _before, _name, size = text.partition("RFC822.SIZE ")
        return int(size.split(")")[0].split()[0]) if size else 0


def imap_quoted(folder: str) -> str:
    """A folder's name as IMAP takes it."""
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def in_folder(path: Path) -> Iterator[bytes]:
    """The unread messages of a Maildir, or the .eml files of a folder, in order of their names.

    Raises: MailboxFailed.
    """
    if not path.is_dir():
        raise MailboxFailed(f"{path} is no folder")
    try:
        yield from _in_maildir(path) if (path / "new").is_dir() else _in_files(path)
    except (OSError, mailbox.Error) as error:
        raise MailboxFailed(f"{type(error).__name__}: {error}") from error


def _in_maildir(path: Path) -> Iterator[bytes]:
    maildir = mailbox.Maildir(path, create=False)
    for key in sorted(maildir.keys()):
        message = maildir.get_message(key)
        if "S" not in message.get_flags():
            yield maildir.get_bytes(key)
            message.set_subdir("cur")
            message.add_flag("S")
            with suppress(KeyError):  # somebody's mail program moved it meanwhile
                maildir[key] = message


def _in_files(path: Path) -> Iterator[bytes]:
    for file in sorted(path.glob("*.eml")):
        if file.stat().st_size <= MAXIMUM_BYTES:
            yield file.read_bytes()
        (path / READ).mkdir(exist_ok=True)
        file.rename(path / READ / file.name)
