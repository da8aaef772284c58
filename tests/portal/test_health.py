"""What `/healthz` and `/readyz` say when something is away (REL-25)."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.outbox.models import Queue, WorkerHeartbeat
from portal.outbox.sending import sweeper
from tests.support.broker import Broker

pytestmark = pytest.mark.django_db


@pytest.fixture
def every_worker() -> None:
    sweeper.note_heartbeat("tests", Queue.values)


def readiness(client: Client) -> tuple[int, str]:
    answer = client.get("/readyz")
    return answer.status_code, answer.content.decode().strip()


@pytest.mark.rule("REL-25")
def test_ready_with_database_key_ring_and_workers(client: Client, every_worker: None) -> None:
    assert readiness(client) == (200, "ready")


@pytest.mark.rule("REL-25")
@pytest.mark.parametrize("queue", Queue.values)
def test_a_queue_without_a_worker_is_degraded_by_its_name(
    client: Client, every_worker: None, queue: str
) -> None:
    WorkerHeartbeat.objects.filter(queue=queue).delete()

    assert readiness(client) == (200, f"degraded: no {queue} worker")


@pytest.mark.rule("REL-25")
def test_a_broker_that_is_away_is_degraded(
    client: Client, every_worker: None, broker: Broker
) -> None:
    assert readiness(client) == (200, "ready")

    broker.stop()

    assert readiness(client) == (200, "degraded: no broker")
