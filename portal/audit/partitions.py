"""The two log tables on PostgreSQL: one partition a month, and one for all other times.

A month that is over can then be read, kept or dropped without touching the others. Other
databases keep the plain tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from portal.tenants.row_failures import RowByRow

TABLES = ("audit_auditevent", "audit_signinevent")
MONTHS_AHEAD = 3
_LOCK = 7_324_001
"""Names the lock that makes two clocks take turns; any number that nothing else uses."""

logger = structlog.get_logger(__name__)


def create_coming_partitions() -> None:
    """Create the partitions of this month and the next three, where they are missing.

    Two runs at once take turns, and the second finds everything there.
    """
    if connection.vendor != "postgresql":
        return
    tables = RowByRow("partitions of the logs")
    for table in TABLES:
        tables.attempt(table, partial(_create_partitions_alone, table))


def _create_partitions_alone(table: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        create_partitions(cursor, table, timezone.now().date())


def create_partitions(cursor: Any, table: str, today: date) -> None:
    """Create the partitions of `table` from the month of `today` to three months ahead."""
    for first, after in _months(today):
        name = f"{table}_{first:%Y_%m}"
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone()[0] is not None:
            continue
        start, end = f"{first} 00:00Z", f"{after} 00:00Z"
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {table}_default"  # noqa: S608  # nosec B608 - a constant
            " WHERE created_at >= %s AND created_at < %s)",
            [start, end],
        )
        if cursor.fetchone()[0]:
            # PostgreSQL refuses a partition for rows that the default one holds already.
            logger.warning("log_partition_skipped", partition=name)
            continue
        # Attaching leaves the log open for readers and writers; PARTITION OF would lock it.
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')"
        )


def partition_table(cursor: Any, table: str, today: date) -> None:
    """Make the plain `table` a partitioned one, with its rows, indexes and foreign keys."""
    indexes, foreign_keys = _definitions(cursor, table)
    _replace(cursor, table, "PARTITION BY RANGE (created_at)")
    cursor.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
    create_partitions(cursor, table, today)
    _take_over_rows(cursor, table)
    key = "tenant_id, created_at, id"
    cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({key})")
    # A row is looked up by its id, which the key of a partitioned table can't begin with.
    cursor.execute(f"CREATE INDEX {table}_by_id ON {table} (id)")
    for definition in (*indexes, *foreign_keys):
        cursor.execute(definition)


def merge_partitions(cursor: Any, table: str) -> None:
    """Make the partitioned `table` a plain one again, with its rows, indexes, foreign keys."""
    cursor.execute(f"DROP INDEX {table}_by_id")
    indexes, foreign_keys = _definitions(cursor, table)
    _replace(cursor, table, "")
    _take_over_rows(cursor, table)
    cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (id)")
    for definition in (*indexes, *foreign_keys):
        cursor.execute(definition)


def _definitions(cursor: Any, table: str) -> tuple[list[str], list[str]]:
    """The statements that create the indexes of `table` but its key, and its foreign keys."""
    cursor.execute(
        "SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary ORDER BY indexrelid",
        [table],
    )
    indexes = [definition for (definition,) in cursor.fetchall()]
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY oid",
        [table],
    )
    foreign_keys = [
        f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
        for name, definition in cursor.fetchall()
    ]
    return indexes, foreign_keys


def _replace(cursor: Any, table: str, clause: str) -> None:
    """Put an empty table of the same columns in the place of `table`."""
    cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    cursor.execute(
        f"CREATE TABLE {table} (LIKE {table}_before"
        f" INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE) {clause}"
    )


def _take_over_rows(cursor: Any, table: str) -> None:
    cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")  # noqa: S608  # nosec B608 - a constant
    cursor.execute(f"DROP TABLE {table}_before")


def _months(today: date) -> Iterator[tuple[date, date]]:
    """The first days of this and the next three months, each with that of the month after."""
    first = today.replace(day=1)
    for _number in range(MONTHS_AHEAD + 1):
        after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        yield first, after
        first = after
