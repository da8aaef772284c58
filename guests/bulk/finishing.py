"""The end of a job: its audit row, and passwords that go with it (BLK-17, BLK-18)."""

from __future__ import annotations

from guests.bulk.kinds import BulkKind
from guests.models import BulkJob, BulkRow, JobStatus, RowOutcome, User
from portal.audit import log
from portal.audit.log import Details, Target
from portal.audit.models import Result


def target_of(job: BulkJob) -> Target:
    """The job as the audit log names it."""
    return Target("BulkOperation", str(job.pk), job.file_name)


def conclude(job: BulkJob, kind: BulkKind, *, by: User | None) -> None:
    """Write that `job` has ended and blank the passwords of rows that were never done.

    Call it inside the transaction that ends the job.
    """
    if kind.secret_indexes:
        _blank_waiting(job, kind)
    log.record(
        kind.finished,
        job.tenant,
        by=by,
        target=target_of(job),
        details=Details(
            reason="" if job.status == JobStatus.COMPLETED else str(JobStatus(job.status).label),
            additional={
                "Status": str(JobStatus(job.status).label),
                "Rows": job.total,
                "Success": job.succeeded,
                "Failure": job.failed,
            },
        ),
        result=Result.FAILURE if job.status == JobStatus.FAILED else Result.SUCCESS,
    )


def blanked(cells: list[str], kind: BulkKind) -> list[str]:
    """The cells of a row without its passwords."""
    secret = set(kind.secret_indexes)
    return ["" if index in secret else cell for index, cell in enumerate(cells)]


def _blank_waiting(job: BulkJob, kind: BulkKind) -> None:
    waiting = BulkRow.objects.of(job.tenant).filter(job=job, outcome=RowOutcome.WAITING)
    rows = list(waiting)
    for row in rows:
        row.cells = blanked(row.cells, kind)
    BulkRow.unscoped.bulk_update(rows, ["cells"], batch_size=500)
