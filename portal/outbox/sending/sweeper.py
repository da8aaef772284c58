"""Sweep due mails straight from the database, and note a heartbeat (REL-3, REL-12, REL-16).

Runs as a thread of every Celery worker and as `manage.py run_outbox`. It needs no broker, and
several of them do no harm because a claim has one winner.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import structlog
from celery.signals import worker_ready, worker_shutting_down
from django.db import DatabaseError, close_old_connections
from django.db.models.functions import Now

from portal.outbox import periodic
from portal.outbox.models import MailState, OutgoingMail, Queue, WorkerHeartbeat
from portal.outbox.sending import delivery

PASSCODE_EVERY = timedelta(seconds=1)
MAIL_EVERY = timedelta(seconds=30)
HEARTBEAT_EVERY = timedelta(seconds=5)
HEARTBEAT_MAXIMUM_AGE = timedelta(seconds=30)
BATCH = 200

logger = structlog.get_logger(__name__)


def sweep_queue(queues: Iterable[str]) -> int:
    """Deliver every due mail of `queues`; how many this call handled."""
    handled = 0
    names = list(queues)
    while True:
        ids = list(
            OutgoingMail.unscoped.due()
            .on(names)
            .order_by("due_at")
            .values_list("pk", flat=True)[:BATCH]
        )
        done = [_deliver(mail_id) for mail_id in ids]
        handled += sum(1 for state in done if state is not None)
        if len(ids) < BATCH or not any(done):
            return handled


def _deliver(mail_id: uuid.UUID) -> MailState | None:
    """Deliver one mail; a failure that its row cannot count stops no other mail (REL-3)."""
    try:
        return delivery.deliver_mail(mail_id)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("outbox_delivery_failed", mail=str(mail_id))
        return None


def note_heartbeat(worker: str, queues: Iterable[str]) -> None:
    """Write that `worker` serves `queues` and is alive, by the database's clock."""
    for queue in queues:
        WorkerHeartbeat.objects.update_or_create(
            worker=worker, queue=queue, defaults={"seen_at": Now()}
        )


def is_served(queue: Queue) -> bool:
    """Whether a worker of `queue` showed itself in the last 30 seconds (REL-16)."""
    return WorkerHeartbeat.objects.filter(
        queue=queue, seen_at__gt=Now() - HEARTBEAT_MAXIMUM_AGE
    ).exists()


class Sweeper(threading.Thread):
    """The thread that sweeps the queues of one worker until it is told to stop."""

    def __init__(self, worker: str, queues: Iterable[str]) -> None:
        """Take the worker's name and the queues it serves."""
        super().__init__(name="outbox-sweeper", daemon=True)
        self.worker = worker
        self.queues = [queue for queue in queues if queue in Queue.values]
        self._stop_asked = threading.Event()

    def stop(self) -> None:
        """Ask the thread to end after the mail in hand."""
        self._stop_asked.set()

    def run(self) -> None:
        """Sweep and beat; a database that is away is tried again a second later (REL-19)."""
        due = {queue: 0.0 for queue in self.queues}
        next_beat = next_tasks = 0.0
        while not self._stop_asked.wait(PASSCODE_EVERY.total_seconds()):
            now = time.monotonic()
            try:
                if now >= next_beat:
                    note_heartbeat(self.worker, self.queues)
                    next_beat = now + HEARTBEAT_EVERY.total_seconds()
                for queue in self.queues:
                    if now >= due[queue]:
                        sweep_queue([queue])
                        every = PASSCODE_EVERY if queue == Queue.PASSCODE else MAIL_EVERY
                        due[queue] = now + every.total_seconds()
                if now >= next_tasks:
                    for queue in self.queues:
                        periodic.run_tasks(queue)
                    next_tasks = now + periodic.EVERY.total_seconds()
            except Exception:
                # Without this thread the heartbeat stops, and every guest is told to come back.
                logger.exception("outbox_sweep_failed")
            finally:
                close_old_connections()


_sweepers: list[Sweeper] = []


def connect_sweepers() -> None:
    """Subscribe to the worker's life; called once when the apps are ready."""
    worker_ready.connect(start, dispatch_uid="outbox-sweeper-start")
    worker_shutting_down.connect(stop, dispatch_uid="outbox-sweeper-stop")


def start(sender: Any, **_: object) -> None:
    """Begin sweeping the queues this worker consumes."""
    sweeper = Sweeper(sender.hostname, sender.app.amqp.queues.consume_from.keys())
    sweeper.start()
    _sweepers.append(sweeper)


def stop(**_: object) -> None:
    """End the sweepers of this process after the mail in hand."""
    while _sweepers:
        _sweepers.pop().stop()
