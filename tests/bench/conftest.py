"""Fixtures of the measurements."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.models.functions import Now

from portal.outbox.models import WorkerHeartbeat
from tests.support.bench_report import Report, machine


@pytest.fixture(scope="session")
def _lines() -> Iterator[Report]:
    report = Report()
    yield report
    print(f"\n\n{report}")


@pytest.fixture
def report(_lines: Report, db: None) -> Report:
    """Where measurements are noted; the table is printed at the end of the run."""
    if not _lines.lines:
        print(f"\n{machine()}")
    return _lines


@pytest.fixture
def passcode_worker(db: None) -> None:
    """Let the portal believe that a passcode worker lives (REL-16)."""
    WorkerHeartbeat.objects.create(worker="bench", queue="passcode", seen_at=Now())
