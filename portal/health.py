"""Health checks: is the process alive, can it serve, and what does not work (REL-25)?"""

from __future__ import annotations

import time

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import OperationalError

from portal import services
from portal.outbox.models import Queue
from portal.outbox.sending import sweeper
from portal.security import keyed_rows

KEYS_EVERY = 60.0
"""Seconds between two looks for rows whose key is missing: it reads more than a row."""


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 without any I/O."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when database, migrations and key ring are there, else 503.

    A worker or broker that is away makes the answer `degraded` with its name, and leaves the
    status at 200: pages are served and mails wait in the database. Names only, no detail.
    """
    try:
        executor = MigrationExecutor(connection)
        is_ready = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        missing_keys = _missing_keys() if is_ready else []
        missing = list_missing_parts() if is_ready and not missing_keys else []
    except DatabaseError:
        is_ready, missing_keys, missing = False, [], []
    words = "ready" if is_ready else "not ready"
    if missing_keys:
        is_ready, words = False, f"not ready: no key {', '.join(missing_keys)} in the ring"
    if missing:
        words = f"degraded: {', '.join(missing)}"
    return HttpResponse(f"{words}\n", status=200 if is_ready else 503, content_type="text/plain")


_LOOKED_FOR_KEYS: dict[str, tuple[float, list[str]]] = {}


def _missing_keys() -> list[str]:
    """The keys that stored rows need and the ring lacks; looked for once a minute (FI-12)."""
    ring, now = settings.PORTAL_KEYS, time.monotonic()
    at, missing = _LOOKED_FOR_KEYS.get(ring, (-KEYS_EVERY, []))
    if now - at >= KEYS_EVERY:
        missing = keyed_rows.list_missing_key_ids()
        _LOOKED_FOR_KEYS[ring] = now, missing
    return missing


def list_missing_parts() -> list[str]:
    """The names of what is away although the portal can serve: workers of queues, the broker."""
    missing = [f"no {queue.value} worker" for queue in Queue if not sweeper.is_served(queue)]
    if settings.REDIS_URL and not _broker_answers():
        missing.append("no broker")
    return missing


def _broker_answers() -> bool:
    """Whether the broker can be connected to within half a second."""
    url = services.broker_url(settings.REDIS_URL)
    try:
        with Connection(url, transport_options=services.WEB_TRANSPORT) as broker:
            broker.ensure_connection(max_retries=1, timeout=0.5)
    except (OperationalError, OSError):
        return False
    return True
