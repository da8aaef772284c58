"""kill -9 the bulk worker again and again: each row of the file is done exactly once (FI-9)."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from guests.bulk.actions import submit_job, upload_file
from guests.bulk.file_reading import column_headings
from guests.models import BulkJob, BulkRow, JobStatus, User
from invitations.inviting import bulk_invite
from invitations.models import Invitation
from portal.audit.models import AuditEvent
from portal.outbox.models import OutgoingMail
from tests.factories import AdministratorFactory, TenantFactory
from tests.support.broker import Broker
from tests.support.smtp_sink import SmtpSink
from tests.support.waiting import wait_until
from tests.support.worker_process import WorkerProcess

pytestmark = [pytest.mark.torture, pytest.mark.django_db(transaction=True)]

ROWS = int(os.environ.get("TORTURE_BULK_ROWS", "400"))
KILLS = int(os.environ.get("TORTURE_BULK_KILLS", "3"))
"""`make torture` takes the 10,000 rows and 10 kills of FI-9."""

StartProcess = Callable[[], WorkerProcess]


@pytest.fixture
def grace(transactional_db: None) -> User:
    return AdministratorFactory(tenant=TenantFactory(display_name="Contoso", domain="contoso.com"))


@pytest.fixture
def start_process(broker: Broker, smtp_sink: SmtpSink) -> Iterator[StartProcess]:
    """Start a worker of jobs and their mails; it dies with the test."""
    running: list[WorkerProcess] = []

    def start() -> WorkerProcess:
        running.append(WorkerProcess("bulk", "default", broker=broker, sink=smtp_sink))
        return running[-1]

    yield start
    for process in running:
        process.kill()


def upload(grace: User) -> BulkJob:
    head = ",".join(column_headings(bulk_invite.COLUMNS))
    rows = [f"guest{n}@partner.example,https://contoso.com/,," for n in range(ROWS)]
    content = "\n".join(["version:v1.0", head, *rows]).encode()
    job = upload_file(
        bulk_invite.KIND,
        by=grace,
        source=io.BytesIO(content),
        size=len(content),
        file_name="all.csv",
    )
    submit_job(job, bulk_invite.KIND, by=grace)
    return job


def wait_for(job: BulkJob, condition: Callable[[BulkJob], bool], process: WorkerProcess) -> None:
    """Until another process has moved the job."""

    def has_moved() -> bool:
        job.refresh_from_db()
        return condition(job)

    wait_until(
        has_moved,
        seconds=120 + ROWS / 20,
        otherwise=lambda: f"{job.done} rows done; {process.log[-2000:]}",
    )


def let_the_lease_run_out(job: BulkJob) -> None:
    """A minute later, without waiting for it."""
    BulkJob.objects.of(job.tenant).filter(pk=job.pk).exclude(lease_until=None).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


@pytest.mark.rule("FI-9", "REL-22", "BLK-10")
def test_killed_worker_invites_each_address_exactly_once(
    grace: User, start_process: StartProcess
) -> None:
    job = upload(grace)
    for kill in range(1, KILLS + 1):
        process = start_process()
        wait_for(job, lambda job, kill=kill: job.done >= kill * ROWS // (KILLS + 2), process)  # type: ignore[misc]
        process.kill()
        job.refresh_from_db()
        assert job.status == JobStatus.IN_PROGRESS, "the worker was faster than the kill"
        let_the_lease_run_out(job)

    wait_for(job, lambda job: not job.is_open, start_process())

    tenant = job.tenant
    assert (job.status, job.succeeded, job.failed) == (JobStatus.COMPLETED, ROWS, 0)
    expected = {f"guest{n}@partner.example" for n in range(ROWS)}
    invited = list(Invitation.objects.of(tenant).values_list("address", flat=True))
    mailed = list(OutgoingMail.objects.of(tenant).values_list("recipient", flat=True))
    assert sorted(invited) == sorted(expected)
    assert sorted(mailed) == sorted(expected)
    assert User.objects.of(tenant).guests().count() == ROWS
    assert BulkRow.objects.of(tenant).filter(job=job, outcome="success").count() == ROWS
    audit = AuditEvent.objects.of(tenant)
    assert audit.filter(activity="Invite external user").count() == ROWS
    assert audit.filter(activity="Bulk invite users - finished (bulk)").count() == 1
