"""Read bulk jobs and their rows, as far as the viewer may see them (BLK-14, BLK-16)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from guests.bulk import file_reading
from guests.models import BulkJob, BulkRow, JobStatus, RowOutcome, User
from guests.users.queries import list_users
from portal import permissions
from portal.permissions import Capability
from portal.tenants.models import Tenant


def visible_jobs(user: User) -> QuerySet[BulkJob]:
    """One’s own jobs; for holders of a role that lists users, those of the whole tenant."""
    jobs: QuerySet[BulkJob] = BulkJob.objects.of(user.tenant)
    if permissions.is_admin(user) and permissions.may(user, Capability.USERS_LIST):
        return jobs
    return jobs.filter(started_by=user)


def submitted_jobs(user: User) -> QuerySet[BulkJob]:
    """The jobs that were started."""
    return visible_jobs(user).filter(submitted_at__isnull=False)


def listed_jobs(user: User) -> QuerySet[BulkJob]:
    """What *Bulk operation results* lists: jobs, and one's own files that wait (BLK-14, BLK-15)."""
    return visible_jobs(user).filter(Q(submitted_at__isnull=False) | Q(started_by=user))


def find_job(user: User, job_id: uuid.UUID) -> BulkJob | None:
    """The job, or None; an upload that was not submitted is its owner’s alone."""
    found = visible_jobs(user).filter(pk=job_id).first()
    if found is None or found.is_submitted or found.started_by_id == user.pk:
        return found
    return None


def job_rows(of_job: BulkJob) -> QuerySet[BulkRow]:
    """The rows of a job."""
    found: QuerySet[BulkRow] = BulkRow.objects.of(of_job.tenant).filter(job=of_job)
    return found


def present_users(tenant: Tenant, ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, User]:
    """Those of `ids` whose users have a page: they may have been deleted since."""
    wanted = [object_id for object_id in ids if object_id is not None]
    found = list_users(tenant).select_related("tenant").filter(pk__in=wanted)
    return {user.pk: user for user in found}


def unfinished_rows(of_job: BulkJob) -> QuerySet[BulkRow]:
    """The rows that failed or were never done, in the file's order (BET-9)."""
    return job_rows(of_job).exclude(outcome=RowOutcome.SUCCESS).order_by("number")


def by_outcome(outcome: str) -> Q:
    """The rows with this outcome."""
    return Q(outcome=outcome)


def has_results(of_job: BulkJob) -> bool:
    """Whether the results file can be downloaded: some rows done, seven days not over (BLK-16)."""
    is_kept = (
        of_job.finished_at is None
        or of_job.finished_at > timezone.now() - file_reading.RESULTS_KEPT
    )
    return of_job.is_submitted and is_kept


def time_left(of_job: BulkJob) -> timedelta | None:
    """How long a running job will take at the speed it had so far; None until that is known."""
    if of_job.status != JobStatus.IN_PROGRESS or not of_job.done or of_job.submitted_at is None:
        return None
    return (timezone.now() - of_job.submitted_at) / of_job.done * of_job.waiting
