"""Upload, submit and cancel bulk jobs, and purge old ones (BLK-1, BLK-10, BLK-12).

Files that were never submitted and the rows of jobs that ended a week ago are purged
(BLK-16, BLK-18).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guests.bulk import file_reading, publishing, row_storage, running
from guests.bulk.file_reading import FileRefused, Problem, Row, Sheet, open_sheet, row_values
from guests.bulk.operations import STARTED, BulkOperation
from guests.models import BulkJob, BulkRow, JobStatus, User
from portal.audit import log
from portal.audit.log import Details, Target
from portal.audit.models import Result
from portal.errors import Conflict, NotAllowed
from portal.tenants.row_failures import RowByRow
from portal.values.text import clean_line

MAXIMUM_FILE_NAME = 255


class RowsRefused(FileRefused):
    """Rows of the file are wrong; nothing of it was kept (BLK-1)."""

    def __init__(self, problems: list[Problem], count: int) -> None:
        """Take the first problems and how many there are."""
        super().__init__(
            ngettext(
                "The file has %(count)s error. Correct it and upload the file again.",
                "The file has %(count)s errors. Correct them and upload the file again.",
                count,
            )
            % {"count": f"{count:,}"}
        )
        self.problems = problems
        self.count = count


class NotWaiting(Conflict):
    """The job was submitted or ended meanwhile."""

    message = gettext_lazy("This operation was started or ended meanwhile. Reload the page.")


def require_may_run(by: User, kind: BulkOperation) -> None:
    """BLK-12 and BLK-13. Raises: NotAllowed."""
    if not kind.is_open_to(by):
        raise NotAllowed(capability=kind.capability, roles=kind.roles)


def upload_file(
    kind: BulkOperation, *, by: User, source: BinaryIO, size: int, file_name: str
) -> BulkJob:
    """Check a file and keep its rows; the job waits for `submit`.

    Nothing is kept of a file with an error. Raises: NotAllowed, FileRefused, RowsRefused.
    """
    require_may_run(by, kind)
    sheet = open_sheet(source, size, kind.columns, kind.example(by.tenant))
    with transaction.atomic():
        job: BulkJob = BulkJob.objects.create(
            tenant=by.tenant,
            kind=kind.name,
            file_name=clean_line(file_name)[-MAXIMUM_FILE_NAME:] or "upload.csv",
            file_size=size,
            headings=sheet.headings,
            started_by=by,
            started_by_name=by.display_name,
        )
        checked = _Checked(kind, by, sheet)
        row_storage.insert_rows(job, _sealed(job, kind, checked.rows()))
        if checked.count:
            raise RowsRefused(checked.problems, checked.count)
        job.total = checked.total
        job.warnings = checked.warnings()
        job.save(update_fields=["total", "warnings"])
    return job


class _Checked:
    """The rows of a sheet as they are read, with what was noticed on the way."""

    def __init__(self, kind: BulkOperation, by: User, sheet: Sheet) -> None:
        self._kind, self._sheet = kind, sheet
        self._check = kind.checks(by)
        self._headings = {column.name: column.heading for column in kind.columns}
        self.problems: list[Problem] = []
        self.count = self.total = self._trimmed = 0

    def rows(self) -> Iterator[Row]:
        """Each row; wrong ones are counted, and after the first only they matter."""
        for row in self._sheet.rows():
            self.total += 1
            self._trimmed += row.is_trimmed
            self._note(row.problems or self._wrong(row))
            if not self.count:
                yield row

    def warnings(self) -> list[str]:
        """What people should know although the file is right (BLK-4, BLK-6)."""
        found = [
            _("The column “%(heading)s” is unknown and was ignored.") % {"heading": heading[:200]}
            for heading in self._sheet.unknown
        ]
        if self._trimmed:
            found.append(
                ngettext(
                    "Blanks around cells were removed in %(count)s row.",
                    "Blanks around cells were removed in %(count)s rows.",
                    self._trimmed,
                )
                % {"count": f"{self._trimmed:,}"}
            )
        return found

    def _wrong(self, row: Row) -> list[Problem]:
        values = row_values(self._kind.columns, row.cells)
        return [
            Problem(row.number, sentence, self._headings.get(name, ""))
            for name, sentence in self._check(values)
        ]

    def _note(self, problems: list[Problem]) -> None:
        self.count += len(problems)
        self.problems += problems[: file_reading.MAXIMUM_PROBLEMS_SHOWN - len(self.problems)]


def _sealed(job: BulkJob, kind: BulkOperation, rows: Iterable[Row]) -> Iterator[row_storage.NewRow]:
    """The rows as they are stored: passwords apart from the cells, and encrypted (BLK-18)."""
    for row in rows:
        sealed = row_storage.take_out_secrets(row.cells, kind, job.pk, row.number)
        yield row.number, row.cells, sealed


def submit_job(job: BulkJob, kind: BulkOperation, *, by: User) -> None:
    """Start a job that was uploaded (BLK-1, BLK-17).

    Raises: NotAllowed, also for a job of somebody else; NotWaiting.
    """
    require_may_run(by, kind)
    if job.started_by_id != by.pk:
        raise NotAllowed(_("Only who uploaded a file can start its operation."))
    with transaction.atomic():
        moved = (
            BulkJob.objects.of(job.tenant)
            .filter(pk=job.pk, submitted_at__isnull=True, status=JobStatus.NOT_STARTED)
            .update(submitted_at=timezone.now())
        )
        if not moved:
            raise NotWaiting
        log.record(
            STARTED,
            job.tenant,
            by=by,
            target=target_of(job),
            details=Details(
                additional={"Operation": kind.name, "File": job.file_name, "Rows": job.total}
            ),
            result=Result.SUCCESS,
        )
        transaction.on_commit(partial(publishing.publish_job, job.pk), robust=True)


def start_gathered_job(
    kind: BulkOperation, *, by: User, rows: Sequence[Sequence[str]], name: str
) -> BulkJob:
    """Start a job over `rows` that a page gathered, instead of a file that somebody uploaded.

    Takes the cells of each row in the order of the columns, and what stands as the file's name.
    Raises: NotAllowed.
    """
    require_may_run(by, kind)
    headings = file_reading.column_headings(kind.columns)
    numbered = (
        (number, list(cells), "") for number, cells in enumerate(rows, file_reading.FIRST_ROW)
    )
    with transaction.atomic():
        job: BulkJob = BulkJob.objects.create(
            tenant=by.tenant,
            kind=kind.name,
            file_name=clean_line(name)[:MAXIMUM_FILE_NAME],
            headings=headings,
            started_by=by,
            started_by_name=by.display_name,
            total=len(rows),
        )
        row_storage.insert_rows(job, numbered)
        submit_job(job, kind, by=by)
    return job


def cancel_job(job: BulkJob, kind: BulkOperation, *, by: User) -> None:
    """Stop a job after the row in hand (REL-22).

    The user who started it may, and users who may start such jobs. Raises: NotAllowed, NotWaiting.
    """
    if job.started_by_id != by.pk:
        require_may_run(by, kind)
    with transaction.atomic():
        moved = (
            BulkJob.objects.of(job.tenant)
            .open()
            .filter(pk=job.pk)
            .update(
                status=JobStatus.CANCELLED,
                finished_at=timezone.now(),
                lease_owner="",
                lease_until=None,
            )
        )
        if not moved:
            raise NotWaiting
        job.refresh_from_db()
        running.conclude_job(job, kind, by=by)


def target_of(job: BulkJob) -> Target:
    """The job as the audit log names it."""
    return running.target_of(job)


PURGED_JOBS, PURGED_ROWS = 10, 1000
"""In one statement: a job may have tens of thousands of rows (REL-32)."""


def purge_jobs() -> int:
    """How many rows were forgotten; the jobs that ran stay with their numbers."""
    uploads = BulkJob.unscoped.filter(
        submitted_at__isnull=True, created_at__lt=Now() - file_reading.UNSUBMITTED_KEPT
    )
    results = BulkRow.unscoped.filter(job__finished_at__lt=Now() - file_reading.RESULTS_KEPT)
    RowByRow("purge of uploads").delete(uploads, batch=PURGED_JOBS)
    return RowByRow("purge of bulk results").delete(results, batch=PURGED_ROWS)
