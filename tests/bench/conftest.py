"""Fixtures of the measurements."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench.report import Report, machine


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
