"""Sweep due mails straight from the database, and note a heartbeat (REL-3, REL-12, REL-16).

Runs in every Celery worker and as `manage.py run_outbox`. It needs no broker, and several of them
do no harm because a claim has one winner. Each queue, each periodic task and the heartbeat have a
thread of their own: none of them waits for another one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.db import close_old_connections
from django.db.models.functions import Now

from portal.outbox import periodic
from portal.outbox.models import Queue, WorkerHeartbeat
from portal.outbox.sending import delivery
from portal.outbox.sending.delivery import attempt_delivery
from portal.tenants.row_failures import is_database_away

PASSCODE_EVERY = timedelta(seconds=1)
MAIL_EVERY = timedelta(seconds=30)
HEARTBEAT_EVERY = timedelta(seconds=5)
HEARTBEAT_MAXIMUM_AGE = timedelta(seconds=30)
SLICE = timedelta(seconds=2)
"""How long a sweep stays with its queue before it looks whether it shall stop."""
STUCK_AFTER = timedelta(minutes=2)
"""A thread that has not come round for longer than any mail may take serves its queue no more."""
STOP_WITHIN = timedelta(seconds=30)

logger = structlog.get_logger(__name__)


def sweep_queues(queues: Iterable[str]) -> int:
    """Deliver every due mail of `queues`, passcodes first; how many this call handled."""
    names = [queue for queue in Queue.values if queue in set(queues)]
    handled = 0
    while True:
        mail_was_due = next((True for queue in names if deliver_next(queue)), False)
        if not mail_was_due:
            return handled
        handled += 1


def deliver_next(queue: str) -> bool:
    """Deliver the mail of `queue` that has been due for longest; whether there was one.

    A lost database is raised.
    """
    mail = delivery.claim_next_mail(queue, delivery.name_owner())
    if mail is None:
        return False
    attempt_delivery(mail.pk, partial(delivery.deliver_claimed, mail))
    return True


def sweep_slice(queue: str) -> bool:
    """Deliver due mails of `queue` for two seconds at most; whether there may be more."""
    until = time.monotonic() + SLICE.total_seconds()
    while deliver_next(queue):
        if time.monotonic() >= until:
            return True
    return False


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


class Loop(threading.Thread):
    """A thread that does one piece of work again and again until it is told to stop.

    `work` gives whether there is more to do at once. What it raises is logged, and the work goes
    on; a database that is away is tried again at the next turn (REL-19).
    """

    def __init__(self, name: str, every: timedelta, work: Callable[[], object]) -> None:
        """Take a name for the log, the pause between two turns, and the work."""
        super().__init__(name=name, daemon=True)
        self.every = every
        self.work = work
        self.turned_at = time.monotonic()
        self._stop_asked = threading.Event()

    def stop(self) -> None:
        """Ask the thread to end after the piece in hand."""
        self._stop_asked.set()

    @property
    def is_turning(self) -> bool:
        """Whether the thread lives and its last turn ended or began not long ago."""
        longest = self.every + STUCK_AFTER
        return self.is_alive() and time.monotonic() - self.turned_at < longest.total_seconds()

    def run(self) -> None:
        """Work, pause, work."""
        has_more = True
        while not self._stop_asked.wait(0 if has_more else self.every.total_seconds()):
            self.turned_at = time.monotonic()
            has_more = self._turn()

    def _turn(self) -> bool:
        try:
            return self.work() is True
        except Exception as error:
            if is_database_away(error):
                logger.warning("outbox_database_away", thread=self.name, error=str(error)[:200])
            else:
                logger.exception("outbox_thread_failed", thread=self.name)
        finally:
            close_old_connections()
        return False


class Sweeper:
    """The threads that sweep the queues of one worker until they are told to stop."""

    def __init__(
        self, worker: str, queues: Iterable[str], *, threads: Mapping[str, int] | None = None
    ) -> None:
        """Take the worker's name, the queues it serves, and how many threads sweep each (one)."""
        self.worker = worker
        self.queues = [queue for queue in Queue.values if queue in set(queues)]
        counts = threads or {}
        self.sweeps = {
            queue: [
                Loop(f"outbox-{queue}-{number}", _pause(queue), partial(sweep_slice, queue))
                for number in range(counts.get(queue, 1))
            ]
            for queue in self.queues
        }
        self.loops = [
            Loop("outbox-heartbeat", HEARTBEAT_EVERY, self.beat),
            *(loop for queue in self.queues for loop in self.sweeps[queue]),
            *(
                Loop(f"outbox-task-{task.name}", periodic.EVERY, task.run)
                for task in periodic.tasks_of(self.queues)
            ),
        ]

    def beat(self) -> None:
        """Show the worker on the queues that its threads really sweep (REL-16)."""
        note_heartbeat(
            self.worker,
            [queue for queue in self.queues if any(loop.is_turning for loop in self.sweeps[queue])],
        )

    def start(self) -> None:
        """Start every thread, the heartbeat last, so that it sees the others."""
        for loop in reversed(self.loops):
            loop.start()

    def stop(self) -> None:
        """Ask every thread to end after the mail in hand."""
        for loop in self.loops:
            loop.stop()

    def join(self, seconds: float = STOP_WITHIN.total_seconds()) -> None:
        """Wait until every thread has ended, for `seconds` at most (REL-24)."""
        until = time.monotonic() + seconds
        for loop in self.loops:
            if loop.is_alive():
                loop.join(max(0.0, until - time.monotonic()))


def _pause(queue: str) -> timedelta:
    return PASSCODE_EVERY if queue == Queue.PASSCODE else MAIL_EVERY


_sweepers: list[Sweeper] = []


def connect_sweepers() -> None:
    """Subscribe to the worker's life; called once when the apps are ready."""
    worker_ready.connect(start, dispatch_uid="outbox-sweeper-start")
    worker_shutting_down.connect(stop, dispatch_uid="outbox-sweeper-stop")
    worker_shutdown.connect(await_end, dispatch_uid="outbox-sweeper-end")


def start(sender: Any, **_: object) -> None:
    """Begin sweeping the queues this worker consumes."""
    sweeper = Sweeper(sender.hostname, sender.app.amqp.queues.consume_from.keys())
    sweeper.start()
    _sweepers.append(sweeper)


def stop(**_: object) -> None:
    """End the sweepers of this process after the mail in hand."""
    for sweeper in _sweepers:
        sweeper.stop()


def await_end(**_: object) -> None:
    """Let the mails in hand be finished before the process ends (REL-24)."""
    while _sweepers:
        _sweepers.pop().join()
