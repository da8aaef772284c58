"""When a worker sweeps its queues, beats, and runs its periodic tasks (REL-3, REL-16)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from portal.outbox import periodic
from portal.outbox.models import Queue, WorkerHeartbeat
from portal.outbox.sending import sweeper


class Clock:
    """A clock that moves when the sweeper waits, and the event that stops it after two minutes."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.now > 120


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[float]]:
    """What the worker of both queues does in two minutes, with the seconds when it does it."""
    clock = Clock()
    times: dict[str, list[float]] = {}

    def note(name: str) -> None:
        times.setdefault(name, []).append(clock.now)

    def sweep(queues: Iterable[str]) -> int:
        for queue in queues:
            note(f"sweep {queue}")
        return 0

    monkeypatch.setattr(sweeper, "threading", SimpleNamespace(Event=lambda: clock))
    monkeypatch.setattr(sweeper, "time", clock)
    monkeypatch.setattr(sweeper, "close_old_connections", lambda: None)
    monkeypatch.setattr(sweeper, "sweep_queue", sweep)
    monkeypatch.setattr(sweeper, "note_heartbeat", lambda worker, queues: note("heartbeat"))
    monkeypatch.setattr(periodic, "run_tasks", lambda queue: note(f"tasks {queue}"))
    sweeper.Sweeper("worker@test", ["passcode", "mail"]).run()
    return times


@pytest.mark.rule("REL-3", "REL-12", "REL-17")
def test_passcodes_are_swept_every_second(happened: dict[str, list[float]]) -> None:
    assert happened["sweep passcode"] == list(range(1, 121))


@pytest.mark.rule("REL-3", "REL-15", "REL-17")
def test_other_mail_is_swept_every_thirty_seconds(happened: dict[str, list[float]]) -> None:
    assert happened["sweep mail"] == [1, 31, 61, 91]


@pytest.mark.rule("REL-16")
def test_a_worker_shows_itself_every_five_seconds(happened: dict[str, list[float]]) -> None:
    assert happened["heartbeat"] == list(range(1, 121, 5))


@pytest.mark.rule("REL-22")
def test_periodic_tasks_start_every_five_seconds(happened: dict[str, list[float]]) -> None:
    assert happened["tasks mail"] == happened["tasks passcode"] == list(range(1, 121, 5))


@pytest.mark.django_db
@pytest.mark.rule("REL-16")
@pytest.mark.parametrize(("seconds", "is_served"), [(28, True), (31, False)])
def test_a_worker_counts_for_thirty_seconds(seconds: int, is_served: bool) -> None:
    sweeper.note_heartbeat("worker@test", ["passcode"])
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=seconds))

    assert sweeper.is_served(Queue.PASSCODE) is is_served
