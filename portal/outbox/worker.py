"""Attach a sweeper to every Celery worker (REL-3, REL-12)."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_ready, worker_shutting_down

from portal.outbox.sweeper import Sweeper

_sweepers: list[Sweeper] = []


def connect() -> None:
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
