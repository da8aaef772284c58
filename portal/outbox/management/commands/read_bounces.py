"""`manage.py read_bounces`: take in the delivery reports of a mailbox (INV-23, BET-3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.outbox.bounces import delivery_reports, mailboxes
from portal.outbox.bounces.actions import Noted, attempt_report, note_delivery_report
from portal.outbox.bounces.mailboxes import ImapMailbox, MailboxFailed
from portal.outbox.sending.messages import own_domain


class Command(BaseCommand):
    """Read once and end; run it by a timer every few minutes."""

    help = (
        "Read delivery reports from a Maildir or a folder of .eml files (--folder), or from the"
        " mailbox that PORTAL_BOUNCES_HOST, _PORT, _USER, _PASSWORD and _FOLDER name (IMAP, TLS)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`--folder` reads files instead of the mailbox."""
        parser.add_argument("--folder", type=Path, help="a Maildir or a folder of .eml files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Note every report, say how many."""
        noted: Counter[Noted] = Counter()
        read = 0
        try:
            for content in self._messages(options["folder"]):
                read += 1
                attempt_report(f"message {read}", partial(_note_reports, content, noted))
        except MailboxFailed as error:
            raise CommandError(f"The mailbox can’t be read. {error}") from error
        self.stdout.write(
            f"{read} messages read: {noted[Noted.BOUNCED]} mails bounced,"
            f" {noted[Noted.NOTED]} noted, {noted[Noted.IGNORED]} reports ignored"
        )

    def _messages(self, folder: Path | None) -> Iterator[bytes]:
        if folder is not None:
            return mailboxes.in_folder(folder)
        if not settings.PORTAL_BOUNCES_HOST:
            raise CommandError("Name a --folder, or set PORTAL_BOUNCES_HOST.")
        return ImapMailbox(
            host=settings.PORTAL_BOUNCES_HOST,
            port=settings.PORTAL_BOUNCES_PORT,
            user=settings.PORTAL_BOUNCES_USER,
            password=settings.PORTAL_BOUNCES_PASSWORD,
            folder=settings.PORTAL_BOUNCES_FOLDER,
        ).unread()


def _note_reports(content: bytes, noted: Counter[Noted]) -> None:
    reports = delivery_reports.read_delivery_report(content, own_domain())
    noted.update(note_delivery_report(report) for report in reports)
