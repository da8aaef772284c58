"""`manage.py run_outbox`: send mails without any broker (REL-27)."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS

from portal.outbox.models import Queue
from portal.outbox.sending import delivery, sweeper

THREADS = {Queue.PASSCODE.value: 3, Queue.MAIL.value: 2, Queue.BULK.value: 2}
"""A relay that holds one code must not hold the next one, and no bulk mail holds any code."""


class Command(BaseCommand):
    """Sweep all queues from the database until interrupted."""

    help = "Send queued mail straight from the database, for machines without a broker."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--once` handles what is due and ends."""
        parser.add_argument("--once", action="store_true")

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Look at the database too: rows whose key is missing refuse the start (FI-12)."""
        return {**super().get_check_kwargs(options), "databases": [DEFAULT_DB_ALIAS]}

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or Ctrl-C, then finish the mails in hand (REL-24)."""
        if options["once"]:
            count = sweeper.sweep_queues(Queue.values)
            self.stdout.write(f"{count} mails handled")
            return
        stop_asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop_asked.set())
        process = sweeper.Sweeper(delivery.worker_name(), Queue.values, threads=THREADS)
        process.start()
        stop_asked.wait()
        process.stop()
        process.join()
