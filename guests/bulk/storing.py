"""Rows of files in and out of the database by the thousand, past the ORM (BLK-11, REL-22)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

from guests.models import BulkJob, BulkRow, RowOutcome

NewRow = tuple[int, list[str], str]
"""Number, cells and encrypted passwords of a row."""
_COLUMNS = ("tenant_id", "job_id", "number", "cells", "sealed", "outcome", "reason")
_TABLE = BulkRow._meta.db_table


def insert(job: BulkJob, rows: Iterable[NewRow]) -> None:
    """Store the rows of `job` as they come; call it inside a transaction."""
    tenant_id, job_id = _stored("tenant", job.tenant_id), _stored("job", job.pk)
    records = (
        (tenant_id, job_id, number, json.dumps(cells), sealed, RowOutcome.WAITING.value, "")
        for number, cells, sealed in rows
    )
    columns = ", ".join(_COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, f"COPY {_TABLE} ({columns}) FROM STDIN", records)
        else:
            places = ", ".join(["%s"] * len(_COLUMNS))
            cursor.executemany(
                f"INSERT INTO {_TABLE} ({columns}) VALUES ({places})",  # noqa: S608 - constants
                records,  # type: ignore[arg-type]  # sqlite3 takes an iterator
            )


def conclude(rows: Iterable[BulkRow]) -> int:
    """Store what became of rows that waited, without their passwords; how many there were."""
    statement = (
        f"UPDATE {_TABLE} SET outcome = %s, reason = %s, object_id = %s, sealed = ''"  # noqa: S608
        " WHERE id = %s AND outcome = %s"
    )
    values = [
        (
            str(row.outcome),
            row.reason,
            _stored("object_id", row.object_id),
            row.pk,
            RowOutcome.WAITING.value,
        )
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
        return int(cursor.rowcount)


def _copy(cursor: Any, statement: str, records: Iterator[tuple[Any, ...]]) -> None:
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for record in records:
            copy.write_row(record)


def _stored(field: str, value: object) -> Any:
    return BulkRow._meta.get_field(field).get_db_prep_value(value, connection)  # type: ignore[union-attr]
