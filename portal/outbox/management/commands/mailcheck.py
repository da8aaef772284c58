"""`manage.py mailcheck`: would our mail arrive (SEC-95)?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.outbox import mailcheck
from portal.outbox.mailcheck import Level
from portal.values.email_address import InvalidEmailAddress, parse_email_address


class Command(BaseCommand):
    """Report line by line; the exit code is 1 if a line says FAIL."""

    help = (
        "Check SPF and DMARC records of the sender's domain; with --to send a mail through the"
        " relay and look at TLS; with --received read what the recipient's server found of SPF,"
        " DKIM and DMARC."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the recipient, and the mail as it was received."""
        parser.add_argument("--to", help="a mailbox of yours at another provider")
        parser.add_argument("--received", type=Path, help="the mail as .eml from that mailbox")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run what is asked for."""
        lines = list(mailcheck.dns_report())
        if options["to"]:
            try:
                recipient = parse_email_address(options["to"]).ascii
            except InvalidEmailAddress as error:
                raise CommandError(str(error)) from error
            lines += mailcheck.send_test_mail(recipient)
        if options["received"]:
            lines += mailcheck.received_report(options["received"])
        for line in lines:
            self.stdout.write(str(line))
        bad = sum(line.level is Level.BAD for line in lines)
        if bad:
            raise CommandError(f"{bad} of {len(lines)} checks failed")
