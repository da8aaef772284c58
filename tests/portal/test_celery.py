"""Broker and workers as they really behave (SEC-113, SEC-114, SEC-115, REL-2, REL-12)."""

from __future__ import annotations

import time
import uuid

import pytest
from celery import shared_task
from django.db import connection, connections
from django.test import override_settings
from kombu import Connection, Exchange, Producer
from kombu.exceptions import OperationalError

from portal import services
from portal.celery import app
from tests.support.broker import Broker, StartWorker
from tests.support.waiting import wait_until

done: list[str] = []


@shared_task(name="tests.note")
def note(identifier: str) -> None:
    """A task that leaves a trace."""
    done.append(identifier)


def wait_for(identifier: str) -> bool:
    return wait_until(lambda: identifier in done, seconds=10)


@pytest.mark.rule("REL-12")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("queue", ["passcode", "mail", "bulk", "default"])
def test_a_task_runs_on_its_queue(worker: StartWorker, queue: str) -> None:
    worker(queue)
    identifier = str(uuid.uuid4())

    note.apply_async(args=[identifier], queue=queue)

    assert wait_for(identifier)


@pytest.mark.rule("SEC-113")
@pytest.mark.django_db(transaction=True)
def test_pickles_and_unknown_tasks_are_discarded_and_the_worker_lives(
    worker: StartWorker, broker: Broker
) -> None:
    worker("default")
    app.send_task("os.system", args=["touch owned"], queue="default")
    with Connection(services.broker_url(broker.url)) as raw:
        producer = Producer(raw.default_channel, exchange=Exchange("default"))
        producer.publish(
            {"id": str(uuid.uuid4())},
            serializer="pickle",
            routing_key="default",
            headers={"task": "tests.note", "id": str(uuid.uuid4())},
        )
    identifier = str(uuid.uuid4())

    note.apply_async(args=[identifier], queue="default")

    assert wait_for(identifier)


@pytest.mark.rule("REL-2")
def test_publishing_to_a_dead_broker_fails_at_once(broker: Broker) -> None:
    broker.stop()
    started = time.monotonic()

    with pytest.raises((OperationalError, OSError)):
        note.apply_async(args=["lost"], queue="default", retry=False)

    assert time.monotonic() - started < 1


@pytest.mark.rule("REL-12")
def test_a_worker_takes_back_what_a_killed_one_held() -> None:
    class Conf:
        broker_transport_options: dict[str, object] = {}  # noqa: RUF012

    conf = Conf()
    services.become_worker(conf)

    assert conf.broker_transport_options == {
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    }


@pytest.mark.rule("SEC-115")
def test_statements_of_web_and_worker_are_limited_on_postgresql() -> None:
    options = connections.settings["default"]["OPTIONS"]
    before = dict(options)
    try:
        with override_settings(PORTAL_STATEMENT_TIMEOUTS={"web": 5, "worker": 60}):
            services.become_web()
            limited = options.get("options")
    finally:
        options.clear()
        options.update(before)

    assert limited == ("-c statement_timeout=5s" if connection.vendor == "postgresql" else None)
