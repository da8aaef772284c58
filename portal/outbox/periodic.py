"""Periodic tasks that other apps register and the sweeper of a queue runs (REL-3, REL-22)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from portal.hooks import Hook
from portal.outbox.models import Queue

EVERY = timedelta(seconds=5)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PeriodicTask:
    """Work that sweepers of `queue` start every five seconds.

    Several sweepers may start it at once; it should take a few seconds at most.
    """

    queue: Queue
    run: Callable[[], object]


PERIODIC_TASKS: Hook[PeriodicTask] = Hook("periodic tasks")


def run_tasks(queue: str) -> None:
    """Run the periodic tasks of `queue` once."""
    for task in PERIODIC_TASKS:
        if task.queue == queue:
            _run(task)


def _run(task: PeriodicTask) -> None:
    """Run one task; a failure is logged, and the tasks behind it run all the same."""
    try:
        task.run()
    except Exception:
        logger.exception("periodic_task_failed", task=getattr(task.run, "__qualname__", ""))
