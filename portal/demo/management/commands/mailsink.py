"""`manage.py mailsink`: accept every mail of the demo and keep it in a folder."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.core.management.base import BaseCommand

from portal.demo.mailbox.store import MailStore


class KeepEverything:
    """An aiosmtpd handler that accepts every message."""

    def __init__(self, store: MailStore) -> None:
        self.store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep one message; 250 is said when it is on disk."""
        content = envelope.content or b""
        if isinstance(content, str):
            content = content.encode()
        self.store.add(envelope.mail_from or "", envelope.rcpt_tos, content)
        return "250 2.0.0 Kept"


async def serve(store: MailStore, port: int) -> None:
    """Listen on 127.0.0.1 until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    protocol = partial(SMTP, KeepEverything(store), hostname="localhost", enable_SMTPUTF8=True)
    server = await loop.create_server(lambda: protocol(loop=loop), "127.0.0.1", port)
    await done.wait()
    server.close()


class Command(BaseCommand):
    """The mail relay of the demo; nothing leaves this machine."""

    help = "Take every mail and keep it in PORTAL_STATE_DIR/mail."
    requires_system_checks: list[str] = []  # noqa: RUF012  starts in a fraction of the time

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The port to listen on."""
        parser.add_argument("--port", type=int, default=1025)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped."""
        store = MailStore(settings.PORTAL_STATE_DIR / "mail")
        asyncio.run(serve(store, options["port"]))
