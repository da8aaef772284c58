"""`manage.py run_outbox`: send mails without any broker (REL-27)."""

from __future__ import annotations

import contextlib
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.outbox.models import Queue
from portal.outbox.sending import delivery, sweeper


class Command(BaseCommand):
    """Sweep all queues from the database until interrupted."""

    help = "Send queued mail straight from the database, for machines without a broker."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--once` handles what is due and ends."""
        parser.add_argument("--once", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        if options["once"]:
            count = sweeper.sweep_queue(Queue.values)
            self.stdout.write(f"{count} mails handled")
            return
        process = sweeper.Sweeper(delivery.worker_name(), Queue.values)
        with contextlib.suppress(KeyboardInterrupt):
            process.run()
