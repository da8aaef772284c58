"""The results file: the uploaded rows with what became of them (BLK-16)."""

from __future__ import annotations

from collections.abc import Iterator

from guests.bulk import queries
from guests.bulk.columns import VERSION_LINE
from guests.models import BulkJob
from portal.spreadsheets import lines

ADDED_HEADINGS = ("Status", "Reason", "Object ID")
ROWS_AT_A_TIME = 2_000


def parts(job: BulkJob) -> Iterator[str]:
    """The file line by line; passwords are blank even where a row waits (BLK-18)."""
    yield f"{VERSION_LINE}\r\n"
    yield from lines(_records(job))


def _records(job: BulkJob) -> Iterator[list[object]]:
    yield [*job.headings, *ADDED_HEADINGS]
    found = queries.rows(job).order_by("number")
    for row in found.iterator(chunk_size=ROWS_AT_A_TIME):
        yield [*row.cells, row.get_outcome_display(), row.reason, row.object_id]
