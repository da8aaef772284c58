"""What the run on PostgreSQL leaves out, because the run on SQLite has proved it already."""

from __future__ import annotations

import os

import pytest

MARKERS = ("browser", "own_database")
"""Tests of pages in a browser, and those that start a demo with a database of its own."""


def is_second_run(config: pytest.Config) -> bool:
    """Whether this run is about the database; `--everything` makes it repeat all."""
    on_postgresql = os.environ.get("DATABASE_URL", "").startswith("postgres")
    return on_postgresql and not config.getoption("everything")


def is_left_out(item: pytest.Item) -> bool:
    """Whether the second run needs `item` not; the ways from end to end it repeats."""
    return any(map(item.get_closest_marker, MARKERS)) and "e2e" not in item.path.parts
