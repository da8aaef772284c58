"""Periodic tasks that other apps register and the sweeper of a queue runs (REL-3, REL-22)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from portal.hooks import Hook
from portal.outbox.models import Queue

EVERY = timedelta(seconds=5)


@dataclass(frozen=True)
class PeriodicTask:
    """Work that sweepers of `queue` start every five seconds, each task in a thread of its own.

    Several sweepers may start it at once.
    """

    name: str
    queue: Queue
    run: Callable[[], object]


PERIODIC_TASKS: Hook[PeriodicTask] = Hook("periodic tasks")


def tasks_of(queues: Iterable[str]) -> list[PeriodicTask]:
    """The periodic tasks that sweepers of `queues` start."""
    names = set(queues)
    return [task for task in PERIODIC_TASKS if task.queue in names]
