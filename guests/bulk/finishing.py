"""The end of a job: its audit row, and passwords that go with it (BLK-17, BLK-18)."""

from __future__ import annotations

from guests.bulk import secrets
from guests.bulk.kinds import BulkKind
from guests.models import BulkJob, JobStatus, User
from portal.audit import log
from portal.audit.log import Details, Target
from portal.audit.models import Result


def target_of(job: BulkJob) -> Target:
    """The job as the audit log names it."""
    return Target("BulkOperation", str(job.pk), job.file_name)


def conclude(job: BulkJob, kind: BulkKind, *, by: User | None) -> None:
    """Write that `job` has ended and forget the passwords of rows that were never done.

    Call it inside the transaction that ends the job.
    """
    secrets.forget(job)
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
