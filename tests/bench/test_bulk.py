"""How fast a file of 50,000 guests is accepted and invited while its mails leave (BLK-11)."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from guests.bulk.actions import submit_job, upload_file
from guests.bulk.file_reading import column_headings
from guests.models import BulkJob, User
from invitations.inviting import bulk_invite
from portal.outbox.models import MailState, OutgoingMail
from tests.factories import AdministratorFactory, TenantFactory
from tests.support.bench_report import Report
from tests.support.broker import Broker
from tests.support.smtp_sink import SmtpSink
from tests.support.waiting import wait_until
from tests.support.worker_process import WorkerProcess

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ROWS = int(os.environ.get("BENCH_BULK_ROWS", "50000"))
SECONDS_TO_ACCEPT, ROWS_A_SECOND = 2.0, 50_000 / 300


@pytest.fixture
def grace(transactional_db: None) -> User:
    return AdministratorFactory(tenant=TenantFactory(display_name="Contoso", domain="contoso.com"))


@pytest.fixture
def start_workers(broker: Broker, smtp_sink: SmtpSink) -> Iterator[Callable[[], WorkerProcess]]:
    """Start one process for jobs and one for their mails (REL-12); gives that of the jobs."""
    running: list[WorkerProcess] = []

    def start() -> WorkerProcess:
        running.append(WorkerProcess("default", broker=broker, sink=smtp_sink, concurrency=1))
        running.append(WorkerProcess("bulk", broker=broker, sink=smtp_sink, concurrency=2))
        return running[0]

    yield start
    for process in running:
        process.kill()


def content() -> bytes:
    head = ",".join(column_headings(bulk_invite.COLUMNS))
    rows = (
        f"guest{n}@partner{n % 200}.example,https://myapps.example.com/,true,Welcome to Contoso"
        for n in range(ROWS)
    )
    return "\n".join(["version:v1.0", head, *rows]).encode()


def wait_for_job(job: BulkJob, condition: Callable[[], bool], worker: WorkerProcess) -> None:
    """Until the worker has brought the job so far."""

    def has_come_so_far() -> bool:
        job.refresh_from_db()
        return condition()

    wait_until(has_come_so_far, seconds=1_800, otherwise=lambda: worker.log[-2000:])


def sent(job: BulkJob) -> int:
    return int(OutgoingMail.objects.of(job.tenant).filter(state=MailState.SENT).count())


def test_file_is_accepted_at_once_and_its_rows_are_done_in_five_minutes(
    grace: User, start_workers: Callable[[], WorkerProcess], report: Report
) -> None:
    data = content()
    started = time.perf_counter()
    job = upload_file(
        bulk_invite.KIND, by=grace, source=io.BytesIO(data), size=len(data), file_name="all.csv"
    )
    accepted = time.perf_counter() - started
    report.add(f"Accept {ROWS:,} rows", f"{accepted:.2f} s", "< 2 s")

    submit_job(job, bulk_invite.KIND, by=grace)
    worker = start_workers()
    wait_for_job(job, lambda: job.done > 0, worker)
    started, before = time.perf_counter(), job.done
    wait_for_job(job, lambda: bool(job.finished_at), worker)
    took = time.perf_counter() - started
    left = sent(job)

    report.add(
        f"Invite {ROWS:,} rows", f"{took:.0f} s, {(ROWS - before) / took:.0f} rows/s", "<= 300 s"
    )
    report.add("Mails that left meanwhile", f"{left:,}, {left / took:.0f} mails/s", "> 0")
    assert (job.succeeded, job.failed) == (ROWS, 0)
    assert left > 0
    if connection.vendor == "postgresql":
        assert accepted < SECONDS_TO_ACCEPT
        assert (ROWS - before) / took >= ROWS_A_SECOND
