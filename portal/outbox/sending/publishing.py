"""Publish the ids of new mails to the workers, quickly or not at all (REL-2, REL-15).

A publish that fails loses nothing, because the sweeper finds the row in the database; so it is
logged, never raised, and publishing pauses for five seconds.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

from portal.outbox.models import OutgoingMail, Queue

PAUSE_SECONDS = 5.0
TASK_NAMES = {Queue.PASSCODE: "portal.outbox.tasks.send_passcode"}
DEFAULT_TASK = "portal.outbox.tasks.send_mail"
MAILS_A_MESSAGE = 10
"""Few enough that a worker that is told to stop soon can (REL-24)."""

logger = structlog.get_logger(__name__)
_lock = threading.Lock()
paused_until = 0.0
"""Until when nothing is published after a broker was away, by the monotonic clock."""
_gathered: ContextVar[dict[str, list[uuid.UUID]] | None] = ContextVar("gathered", default=None)


@contextmanager
def publish_together() -> Iterator[None]:
    """Publish what this block commits when it ends, several mails in one message (REL-2)."""
    gathered: dict[str, list[uuid.UUID]] = {}
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
        for queue, ids in gathered.items():
            for first in range(0, len(ids), MAILS_A_MESSAGE):
                _send(ids[first : first + MAILS_A_MESSAGE], queue)


def publish(mail_id: uuid.UUID, queue: str) -> bool:
    """Put the id of a mail on its queue; whether that worked.

    Never raises for a broker that is down or silent; the budget is the web transport's
    half second.
    """
    gathered = _gathered.get()
    if gathered is not None and queue not in TASK_NAMES:
        gathered.setdefault(queue, []).append(mail_id)
        return True
    return _send([mail_id], queue)


def publish_row(mail: OutgoingMail) -> bool:
    """`publish` for a row at hand."""
    return publish(mail.pk, mail.queue)


def _send(ids: list[uuid.UUID], queue: str) -> bool:
    global paused_until
    if time.monotonic() < paused_until:
        return False
    name = TASK_NAMES.get(Queue(queue), DEFAULT_TASK)
    try:
        current_app.send_task(name, args=[str(i) for i in ids], queue=queue, retry=False)
    except (OperationalError, OSError) as error:
        with _lock:
            paused_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("outbox_publish_failed", queue=queue, error=type(error).__name__)
        return False
    return True
