"""Work of rooms above that the sweeper of a queue looks for in the database (REL-3, REL-22)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from portal.outbox.models import Queue

EVERY = timedelta(seconds=5)

PeriodicTask = Callable[[], object]

_chores: dict[str, dict[str, PeriodicTask]] = {}


def register_periodic(queue: Queue, name: str, chore: PeriodicTask) -> None:
    """Let sweepers of `queue` call `chore` every five seconds; the same name replaces it.

    Several sweepers may call it at once; a call should take a few seconds at most.
    """
    _chores.setdefault(queue, {})[name] = chore


def run_periodic(queue: str) -> None:
    """Call what is registered for `queue`."""
    for chore in _chores.get(queue, {}).values():
        chore()
