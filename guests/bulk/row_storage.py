"""Store and load the rows of bulk files by the thousand, past the ORM (BLK-11, REL-22).

Passwords of rows that wait are encrypted in a column of their own and leave with the row (BLK-18).
The cells of a row never hold them, so that no list, file or error report can show one.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.db import connection

from guests.bulk.operations import BulkOperation
from guests.models import BulkJob, BulkRow, RowOutcome
from portal.security import keys

NewRow = tuple[int, list[str], str]
"""Number, cells and encrypted passwords of a row."""
Record = tuple[Any, ...]
BATCH = 2_000
_COLUMNS = ("tenant_id", "job_id", "number", "cells", "sealed", "outcome", "reason")
_TABLE = BulkRow._meta.db_table


def insert_rows(job: BulkJob, rows: Iterable[NewRow]) -> None:
    """Store the rows of `job` as they come; call it inside a transaction."""
    tenant_id, job_id = _stored("tenant", job.tenant_id), _stored("job", job.pk)
    records = (
        (tenant_id, job_id, number, json.dumps(cells), sealed, RowOutcome.WAITING.value, "")
        for number, cells, sealed in rows
    )
    write = _copy if connection.vendor == "postgresql" else _insert
    # Batches, because a row may ask the database while it is read, which a copy would forbid.
    while batch := list(islice(records, BATCH)):
        with connection.cursor() as cursor:
            write(cursor, batch)


def conclude_rows(rows: Iterable[BulkRow]) -> int:
    """Store what became of rows that waited, without their passwords; how many there were."""
    statement = (
        f"UPDATE {_TABLE} SET outcome = %s, reason = %s, object_id = %s, sealed = ''"  # noqa: S608 # nosec B608 - a constant
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


def _insert(cursor: Any, records: list[Record]) -> None:
    places = ", ".join(["%s"] * len(_COLUMNS))
    statement = f"INSERT INTO {_TABLE} ({', '.join(_COLUMNS)}) VALUES ({places})"  # noqa: S608 # nosec B608 - constants
    cursor.executemany(statement, records)


def _copy(cursor: Any, records: list[Record]) -> None:
    statement = f"COPY {_TABLE} ({', '.join(_COLUMNS)}) FROM STDIN"
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for record in records:
            copy.write_row(record)


def _stored(field: str, value: object) -> Any:
    return BulkRow._meta.get_field(field).get_db_prep_value(value, connection)  # type: ignore[union-attr]


def take_out_secrets(cells: list[str], kind: BulkOperation, job_id: uuid.UUID, number: int) -> str:
    """Blank the passwords among the cells of a row and give them encrypted (SEC-98)."""
    if not kind.secret_indexes:
        return ""
    secrets = [cells[index] for index in kind.secret_indexes]
    for index in kind.secret_indexes:
        cells[index] = ""
    return keys.encrypt(json.dumps(secrets), _context(job_id, number))


def cells_with_secrets(row: BulkRow, kind: BulkOperation) -> list[str]:
    """The cells of a row with its passwords, to run it.

    Raises: UnknownKeyError when the key left the ring; ValueError when the row was changed.
    """
    if not row.sealed:
        return list(row.cells)
    opened = json.loads(keys.decrypt(row.sealed, _context(row.job_id, row.number)))
    cells = list(row.cells)
    for index, secret in zip(kind.secret_indexes, opened, strict=True):
        cells[index] = keys.Secret(secret)
    return cells


def forget_secrets(job: BulkJob) -> None:
    """Delete the passwords of every row of `job`."""
    BulkRow.objects.of(job.tenant).filter(job=job).exclude(sealed="").update(sealed="")


def _context(job_id: uuid.UUID, number: int) -> str:
    return f"guests.BulkRow.sealed.{job_id}.{number}"
