"""When a worker sweeps its queues, beats, and runs its periodic tasks (REL-3, REL-16)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from portal.outbox import periodic
from portal.outbox.models import Queue, WorkerHeartbeat
from portal.outbox.periodic import PeriodicTask
from portal.outbox.sending import sweeper
from tests.support.letters import Enqueue
from tests.support.smtp_sink import SmtpSink
from tests.support.waiting import wait_until


class Clock:
    """A clock that moves when a thread waits, and the event that stops it after two minutes."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.now > 119


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[float]]:
    """What the worker of both queues does in two minutes, with the seconds when it does it."""
    clock = Clock()
    times: dict[str, list[float]] = {}

    def note(name: str) -> bool:
        times.setdefault(name, []).append(clock.now)
        return False

    task = PeriodicTask("a task", Queue.MAIL, lambda: note("task"))
    monkeypatch.setattr(sweeper, "threading", SimpleNamespace(Event=lambda: clock))
    monkeypatch.setattr(sweeper, "time", clock)
    monkeypatch.setattr(sweeper, "close_old_connections", lambda: None)
    monkeypatch.setattr(sweeper, "sweep_slice", lambda queue: note(f"sweep {queue}"))
    monkeypatch.setattr(sweeper, "note_heartbeat", lambda worker, queues: note("heartbeat"))
    monkeypatch.setattr(periodic, "PERIODIC_TASKS", [task])
    for loop in sweeper.Sweeper("worker@test", ["passcode", "mail"]).loops:
        clock.now = 0
        loop.run()
    return times


@pytest.mark.rule("REL-3", "REL-12", "REL-17")
def test_passcodes_are_swept_every_second(happened: dict[str, list[float]]) -> None:
    assert happened["sweep passcode"] == list(range(120))


@pytest.mark.rule("REL-3", "REL-15", "REL-17")
def test_other_mail_is_swept_every_thirty_seconds(happened: dict[str, list[float]]) -> None:
    assert happened["sweep mail"] == [0, 30, 60, 90]


@pytest.mark.rule("REL-16")
def test_a_worker_shows_itself_every_five_seconds(happened: dict[str, list[float]]) -> None:
    assert happened["heartbeat"] == list(range(0, 120, 5))


@pytest.mark.rule("REL-22")
def test_periodic_tasks_start_every_five_seconds(happened: dict[str, list[float]]) -> None:
    assert happened["task"] == list(range(0, 120, 5))


@pytest.mark.django_db
@pytest.mark.rule("REL-16")
@pytest.mark.parametrize(("seconds", "is_served"), [(28, True), (31, False)])
def test_a_worker_counts_for_thirty_seconds(seconds: int, is_served: bool) -> None:
    sweeper.note_heartbeat("worker@test", ["passcode"])
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=seconds))

    assert sweeper.is_served(Queue.PASSCODE) is is_served


@pytest.mark.rule("REL-3", "REL-22")
def test_work_that_fails_is_done_again_and_ends_no_thread() -> None:
    done: list[int] = []

    def fail_first() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise ZeroDivisionError

    loop = sweeper.Loop("a task", timedelta(milliseconds=5), fail_first)
    loop.start()
    wait_until(lambda: len(done) >= 3, seconds=10)
    loop.stop()
    loop.join(10)

    assert not loop.is_alive()


@pytest.fixture
def start_sweeper(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[list[PeriodicTask]], sweeper.Sweeper]]:
    """Start the threads of a worker with these periodic tasks; its heartbeat is quick."""
    running: list[sweeper.Sweeper] = []
    monkeypatch.setattr(sweeper, "HEARTBEAT_EVERY", timedelta(milliseconds=20))

    def start(tasks: list[PeriodicTask]) -> sweeper.Sweeper:
        monkeypatch.setattr(periodic, "PERIODIC_TASKS", tasks)
        running.append(sweeper.Sweeper("worker@test", ["passcode", "mail"]))
        running[-1].start()
        return running[-1]

    yield start
    for each in running:
        each.stop()
        each.join(10)


def beats_again(queue: str) -> bool:
    """Whether a heartbeat younger than this call comes within ten seconds."""
    started = timezone.now()
    rows = WorkerHeartbeat.objects.filter(queue=queue, seen_at__gt=started)
    return wait_until(rows.exists, seconds=10)


@pytest.mark.rule("REL-16", "REL-18", "REL-22")
def test_a_task_that_hangs_stops_neither_heartbeat_nor_sweep_nor_the_other_tasks(
    start_sweeper: Callable[[list[PeriodicTask]], sweeper.Sweeper],
    enqueue: Enqueue,
    smtp_sink: SmtpSink,
) -> None:
    hanging, is_over, done = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        hanging.set()
        is_over.wait(60)

    mail = enqueue(kind="note")
    start_sweeper(
        [
            PeriodicTask("hangs", Queue.MAIL, hang),
            PeriodicTask("works", Queue.MAIL, done.set),
        ]
    )
    try:
        assert hanging.wait(10)
        assert beats_again("passcode")
        assert done.wait(10)
        smtp_sink.wait_for(1, to=mail.recipient)
    finally:
        is_over.set()


@pytest.mark.rule("REL-16")
def test_a_queue_whose_thread_is_stuck_is_not_shown_as_served(
    start_sweeper: Callable[[list[PeriodicTask]], sweeper.Sweeper],
) -> None:
    started = start_sweeper([])
    assert beats_again("mail")
    [stuck] = started.sweeps["passcode"]
    stuck.stop()
    stuck.join(10)
    assert not stuck.is_turning
    # A beat may have begun before the thread ended; the second one from here on has not.
    assert beats_again("mail")
    assert beats_again("mail")
    WorkerHeartbeat.objects.all().delete()

    assert beats_again("mail")

    assert not WorkerHeartbeat.objects.filter(queue="passcode").exists()
