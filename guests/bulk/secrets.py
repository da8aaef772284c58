"""Passwords of rows that wait: encrypted in a column of their own, gone with the row (BLK-18).

The cells of a row never hold them, so that no list, file or error report can show one.
"""

from __future__ import annotations

import json
import uuid

from guests.bulk.kinds import BulkKind
from guests.models import BulkJob, BulkRow
from portal import keys


def take_out(cells: list[str], kind: BulkKind, job_id: uuid.UUID, number: int) -> str:
    """Blank the passwords among the cells of a row and give them encrypted (SEC-98)."""
    if not kind.secret_indexes:
        return ""
    secrets = [cells[index] for index in kind.secret_indexes]
    for index in kind.secret_indexes:
        cells[index] = ""
    return keys.encrypt(json.dumps(secrets), _context(job_id, number))


def cells_of(row: BulkRow, kind: BulkKind) -> list[str]:
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


def forget(job: BulkJob) -> None:
    """Delete the passwords of every row of `job`."""
    BulkRow.objects.of(job.tenant).filter(job=job).exclude(sealed="").update(sealed="")


def _context(job_id: uuid.UUID, number: int) -> str:
    return f"guests.BulkRow.sealed.{job_id}.{number}"
