"""Run a bulk job row by row, so that a killed worker loses and repeats nothing (BLK-10, REL-22).

A worker claims a job by a conditional UPDATE with a lease and works for a slice of time. A few
rows share a transaction, each in a savepoint of its own: the job's cursor, the outcomes and the
rows' own work are stored together or not at all. A worker that lost the lease, or whose job was
canceled, cannot move the cursor and so does no row. The end of a job writes its audit row and
removes its passwords (BLK-17, BLK-18).
"""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from guests.bulk import operations, publishing, row_storage
from guests.bulk.file_reading import row_values
from guests.bulk.operations import BulkOperation, RunRow, Values
from guests.models import BulkJob, BulkRow, JobStatus, RowOutcome, User
from portal.audit import log
from portal.audit.log import ORIGIN, Details, RequestOrigin, Target
from portal.audit.models import Result
from portal.console import notifications
from portal.errors import DomainError
from portal.outbox.sending.publishing import publish_together
from portal.principals import SYSTEM, System
from portal.tenants import bulk_inserts
from portal.tenants.row_failures import RowByRow, is_database_away


def target_of(job: BulkJob) -> Target:
    """The job as the audit log names it."""
    return Target("BulkOperation", str(job.pk), job.file_name)


def conclude_job(job: BulkJob, kind: BulkOperation, *, by: User | System) -> None:
    """Write that `job` has ended and forget the passwords of rows that were never done.

    Call it inside the transaction that ends the job.
    """
    row_storage.forget_secrets(job)
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
    _notify_starter(job, kind)


def _notify_starter(job: BulkJob, kind: BulkOperation) -> None:
    """Tell the person who started the job how it ended, wherever they are."""
    if job.started_by is None:
        return
    text = ngettext(
        "%(done)s of %(n)s row done, %(failed)s failed.",
        "%(done)s of %(n)s rows done, %(failed)s failed.",
        job.total,
    )
    values = {"done": job.succeeded, "n": job.total, "failed": job.failed}
    notifications.notify(
        job.started_by,
        f"{kind.label}: {JobStatus(job.status).label}",
        f"{job.file_name}\n{text % values}",
        kind="ok" if job.status == JobStatus.COMPLETED and not job.failed else "warn",
        links=[(_("View results"), reverse("guests:bulk_job", kwargs={"job_id": job.pk}))],
    )


LEASE = timedelta(seconds=60)
SLICE = timedelta(seconds=20)
"""How long a worker stays with a job before others get their turn."""
SWEPT_SLICE = timedelta(seconds=4)
"""The same for the sweeper, which has mails to look after."""
BATCH = 50
"""How many rows share a transaction at most (REL-22)."""
BATCH_TIME = timedelta(milliseconds=250)
MAXIMUM_REASON = 500

Verdict = tuple[RowOutcome, str, uuid.UUID | None]

logger = structlog.get_logger(__name__)


def run_job(job_id: uuid.UUID, *, for_at_most: timedelta = SLICE) -> bool:
    """Work on a job unless another worker does; whether any of it is left for later.

    The rest is published again, so that one long job does not hold up the others.
    """
    owner = uuid.uuid4().hex
    if not _claim(job_id, owner):
        return False
    job = BulkJob.unscoped.select_related("tenant").get(pk=job_id)
    token = ORIGIN.set(RequestOrigin(correlation_id=str(job.pk)))
    try:
        is_left = _work(job, owner, until=time.monotonic() + for_at_most.total_seconds())
    except Exception:
        with suppress(DatabaseError):
            _release(job, owner)
        raise
    finally:
        ORIGIN.reset(token)
    if is_left:
        publishing.publish_job(job.pk)
    return is_left


def resume_jobs(*, for_at_most: timedelta = SWEPT_SLICE) -> int:
    """Go on with every job that no worker holds; how many there were (REL-22).

    A job that fails as a whole waits, and after five failures it is over (REL-10).
    """
    jobs = RowByRow("bulk job")
    due = jobs.select_due(BulkJob.unscoped.due()).order_by("submitted_at")
    ids = list(due.values_list("pk", flat=True))
    for job_id in ids:
        work = partial(run_job, job_id, for_at_most=for_at_most)
        jobs.attempt(job_id, work, give_up=partial(_give_up, job_id))
    return len(ids)


def _give_up(job_id: uuid.UUID) -> None:
    owner = uuid.uuid4().hex
    if _claim(job_id, owner):
        job = BulkJob.unscoped.select_related("tenant").get(pk=job_id)
        try:
            _finish(job, owner, operations.BULK_OPERATIONS.get(job.kind), JobStatus.FAILED)
        except Exception as error:
            if is_database_away(error):
                raise
            logger.exception("bulk_job_not_concluded", job=str(job_id))
            row_storage.forget_secrets(job)
            _finish(job, owner, None, JobStatus.FAILED)


def _claim(job_id: uuid.UUID, owner: str) -> bool:
    claimed = (
        BulkJob.unscoped.due()
        .filter(pk=job_id)
        .update(status=JobStatus.IN_PROGRESS, lease_owner=owner, lease_until=Now() + LEASE)
    )
    return bool(claimed)


def _work(job: BulkJob, owner: str, *, until: float) -> bool:
    """Do rows until the time is up; whether rows are left and still ours to do."""
    kind, by = operations.BULK_OPERATIONS.get(job.kind), _starter(job)
    is_alone = False
    while kind is not None and by is not None and (rows := _next_rows(job)):
        if time.monotonic() >= until:
            return _release(job, owner)
        try:
            if not _do(job, owner, kind, by, rows[:1] if is_alone else rows):
                return False
            is_alone = False
        except _BatchFailed:
            is_alone = True
        by = _starter(job)
    job.refresh_from_db(fields=["failed", "succeeded"])
    status = JobStatus.COMPLETED_WITH_ERRORS if job.failed else JobStatus.COMPLETED
    if kind is None or by is None:
        status = JobStatus.FAILED
    _finish(job, owner, kind, status)
    return False


def _starter(job: BulkJob) -> User | None:
    """Who started the job, with their rights as they are now."""
    found: User | None = (
        User.objects.of(job.tenant)
        .present()
        .select_related("tenant")
        .prefetch_related("role_assignments")
        .filter(pk=job.started_by_id)
        .first()
    )
    return found


def _next_rows(job: BulkJob) -> list[BulkRow]:
    waiting = BulkRow.objects.of(job.tenant).filter(job=job, number__gt=job.cursor)
    return list(waiting.order_by("number")[:BATCH])


class _BatchFailed(Exception):
    """Rows that share a transaction can't go together; the first of them goes alone."""


def _do(job: BulkJob, owner: str, kind: BulkOperation, by: User, rows: list[BulkRow]) -> bool:
    """Some rows, and the cursor behind them, at once; False when the job is no longer ours.

    Raises: _BatchFailed when more than one row was given and what they share failed.
    """
    with publish_together(), transaction.atomic():
        if not _move(job, owner):
            return False
        done = _attempted(kind, by, rows)
        is_ours = _store(job, done)
        if not is_ours:
            transaction.set_rollback(True)
    job.cursor = done[-1].number
    return is_ours


def _attempted(kind: BulkOperation, by: User, rows: list[BulkRow]) -> list[BulkRow]:
    """Rows with what became of them: all, or as many as fit into `BATCH_TIME`."""
    end = time.monotonic() + BATCH_TIME.total_seconds()
    done: list[BulkRow] = []
    try:
        with bulk_inserts.atomic_inserts():
            batch = [
                row_values(kind.columns, row_storage.cells_with_secrets(row, kind)) for row in rows
            ]
            with kind.begin(by, batch) as run_row:
                for row, values in zip(rows, batch, strict=True):
                    row.outcome, row.reason, row.object_id = _attempt(run_row, row, values)
                    done.append(row)
                    if time.monotonic() >= end:
                        break
    except Exception as error:
        if is_database_away(error):
            raise
        if len(rows) > 1:
            raise _BatchFailed from error
        return [_failed(rows[0])]
    return done


@sensitive_variables("values")
def _attempt(run_row: RunRow, row: BulkRow, values: Values) -> Verdict:
    """What became of a row. A defect fails the row and not the job; a lost database stops both."""
    try:
        with bulk_inserts.atomic_inserts():
            try:
                return RowOutcome.SUCCESS, "", run_row(values)
            except DomainError as refusal:
                return RowOutcome.FAILURE, str(refusal)[:MAXIMUM_REASON], None
    except Exception as error:
        if is_database_away(error):
            raise
        return _defect(row)


def _failed(row: BulkRow) -> BulkRow:
    row.outcome, row.reason, row.object_id = _defect(row)
    return row


def _defect(row: BulkRow) -> Verdict:
    logger.exception("bulk_row_failed", job=str(row.job_id), row=row.number)
    return RowOutcome.FAILURE, _("This row could not be done. Try it alone."), None


def _store(job: BulkJob, done: list[BulkRow]) -> bool:
    """Store the outcomes, forget the passwords, move the cursor (BLK-18)."""
    moved = row_storage.conclude_rows(done)
    succeeded = sum(row.outcome == RowOutcome.SUCCESS for row in done)
    BulkJob.objects.of(job.tenant).filter(pk=job.pk).update(
        cursor=done[-1].number,
        succeeded=F("succeeded") + succeeded,
        failed=F("failed") + len(done) - succeeded,
    )
    return moved == len(done)


def _move(job: BulkJob, owner: str, **changes: object) -> bool:
    """Change the job if this worker still holds it, and keep it for another while."""
    mine = BulkJob.objects.of(job.tenant).filter(
        pk=job.pk, status=JobStatus.IN_PROGRESS, lease_owner=owner
    )
    return bool(mine.update(**{"lease_until": Now() + LEASE, **changes}))


def _release(job: BulkJob, owner: str) -> bool:
    return _move(job, owner, lease_owner="", lease_until=None)


def _finish(job: BulkJob, owner: str, kind: BulkOperation | None, status: JobStatus) -> None:
    with transaction.atomic():
        changes = {"lease_owner": "", "lease_until": None, "finished_at": timezone.now()}
        if _move(job, owner, status=status, **changes) and kind is not None:
            job.refresh_from_db()
            conclude_job(job, kind, by=_starter(job) or SYSTEM)
