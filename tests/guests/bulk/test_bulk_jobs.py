"""Bulk jobs: upload, submit, rows, cancellation, leases (BLK-1, BLK-10 to BLK-18, REL-22)."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guests.bulk import row_storage, running
from guests.bulk.actions import (
    NotWaiting,
    RowsRefused,
    cancel_job,
    purge_jobs,
    submit_job,
    upload_file,
)
from guests.bulk.file_reading import FileColumn, FileRefused, column_headings
from guests.bulk.operations import BULK_OPERATIONS, SERVICE, BulkOperation
from guests.models import BulkJob, BulkRow, JobStatus, RowOutcome, User
from guests.users import lookups
from guests.users.creation.actions import create_member
from invitations.inviting import actions as inviting_actions
from invitations.inviting import bulk_invite
from invitations.inviting.actions import invite
from invitations.inviting.rate_limits import INVITATIONS_PER_HOUR
from invitations.models import CollaborationPolicy, Invitation, ListedDomain
from portal.audit.log import USERS, Activity
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.outbox.models import OutgoingMail
from portal.permissions import Capability, InvitePolicy, Role
from portal.tenants.models import Tenant
from portal.values.email_address import CanonicalAddress
from tests.factories import AdministratorFactory, GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.inviting import invite_guest

pytestmark = pytest.mark.django_db

Upload = Callable[..., BulkJob]
HEAD = ",".join(column_headings(bulk_invite.COLUMNS))
URL = "https://contoso.com/"


@pytest.fixture
def upload(grace: User) -> Upload:
    """`upload("a@b.example,https://…,,")` as Grace, unless `by` says otherwise."""

    def call(*rows: str, by: User | None = None, kind: BulkOperation = bulk_invite.KIND) -> BulkJob:
        head = ",".join(column_headings(kind.columns))
        content = "\r\n".join(["version:v1.0", head, *rows]).encode()
        return upload_file(
            kind,
            by=by or grace,
            source=io.BytesIO(content),
            size=len(content),
            file_name="partners.csv",
        )

    return call


def finished(job: BulkJob, by: User, kind: BulkOperation = bulk_invite.KIND) -> BulkJob:
    submit_job(job, kind, by=by)
    running.run_job(job.pk)
    job.refresh_from_db()
    return job


def reasons(job: BulkJob) -> list[str]:
    return [row.reason for row in BulkRow.objects.of(job.tenant).filter(job=job)]


@pytest.mark.rule("EX-24", "BLK-8", "BLK-10", "BLK-15")
def test_ex_24_two_of_three_rows_succeed_and_one_names_its_reason(
    contoso: Tenant, grace: User, upload: Upload
) -> None:
    CollaborationPolicy.objects.create(tenant=contoso, restriction="deny")
    ListedDomain.objects.create(tenant=contoso, name="blocked.example")
    job = upload(
        f"ok@partner.example,{URL},,",
        f"no@blocked.example,{URL},true,",
        f'comma@partner.example,{URL},TRUE,"Hello, and welcome"',
    )

    finished(job, grace)

    assert (job.status, job.succeeded, job.failed) == (JobStatus.COMPLETED_WITH_ERRORS, 2, 1)
    assert [bool(reason) for reason in reasons(job)] == [False, True, False]
    assert "blocked.example" in reasons(job)[1]
    messages = Invitation.objects.of(contoso).values_list("message", flat=True)
    assert sorted(messages) == ["", "Hello, and welcome"]


@pytest.mark.rule("EX-25", "BLK-2")
def test_ex_25_file_without_version_line_is_rejected_before_submit(
    contoso: Tenant, grace: User
) -> None:
    content = f"{HEAD}\r\nada@partner.example,{URL},,\r\n".encode()

    with pytest.raises(FileRefused, match="version:v1"):
        upload_file(
            bulk_invite.KIND,
            by=grace,
            source=io.BytesIO(content),
            size=len(content),
            file_name="a.csv",
        )

    assert not BulkJob.objects.of(contoso).exists()


@pytest.mark.rule("BLK-1", "BLK-8")
def test_wrong_rows_are_all_named_and_nothing_is_kept(contoso: Tenant, upload: Upload) -> None:
    with pytest.raises(RowsRefused) as refusal:
        upload(
            f"ada@partner.example,{URL},,",
            f"no address,{URL},,",
            f"eve@partner.example,{URL},maybe,",
            f"eve@partner.example,{URL},,{'x' * 5_001}",
        )

    assert [problem.row for problem in refusal.value.problems] == [4, 5, 6]
    assert not BulkJob.objects.of(contoso).exists()
    assert not BulkRow.objects.of(contoso).exists()


@pytest.mark.rule("BLK-4", "BLK-6")
def test_warnings_stay_with_the_job(grace: User) -> None:
    content = f"version:v1.0\n{HEAD},Remark\n ada@partner.example,{URL},,,x\n".encode()

    job = upload_file(
        bulk_invite.KIND, by=grace, source=io.BytesIO(content), size=len(content), file_name="a.csv"
    )

    assert len(job.warnings) == 2
    assert "Remark" in job.warnings[0]


@pytest.mark.rule("BLK-8")
@pytest.mark.parametrize(("cell", "count"), [("", 1), ("true", 1), ("FALSE", 0), ("False", 0)])
def test_send_email_decides_about_the_mail(
    contoso: Tenant, grace: User, upload: Upload, cell: str, count: int
) -> None:
    finished(upload(f"ada@partner.example,{URL},{cell},"), grace)

    assert OutgoingMail.objects.of(contoso).filter(queue="bulk").count() == count


@pytest.mark.rule("BLK-10")
def test_same_file_again_changes_nothing(contoso: Tenant, grace: User, upload: Upload) -> None:
    row = f"ada@partner.example,{URL},,"
    finished(upload(row), grace)
    before = list(Invitation.objects.of(contoso).values())

    again = finished(upload(row), grace)

    assert (again.status, again.failed) == (JobStatus.COMPLETED_WITH_ERRORS, 1)
    assert "already exists" in reasons(again)[0]
    assert list(Invitation.objects.of(contoso).values()) == before
    assert OutgoingMail.objects.of(contoso).count() == 1


@pytest.mark.rule("SEC-32", "BLK-13")
def test_hourly_limit_marks_rows_of_those_without_the_bulk_right(
    contoso: Tenant, grace: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = replace(INVITATIONS_PER_HOUR, most=1)
    monkeypatch.setattr(inviting_actions, "INVITATIONS_PER_HOUR", limit)
    member = MemberFactory(tenant=contoso)
    rows = [f"{name}@partner.example,{URL},," for name in ("a", "b")]

    limited = finished(upload(*rows, by=member), member)
    unlimited = finished(upload(*[row.replace("@", "2@") for row in rows]), grace)

    assert (limited.succeeded, limited.failed) == (1, 1)
    assert (unlimited.succeeded, unlimited.failed) == (2, 0)


@pytest.mark.rule("SEC-32")
def test_rows_of_a_file_leave_the_hourly_limit_for_single_invitations(
    contoso: Tenant, grace: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = replace(INVITATIONS_PER_HOUR, most=1)
    monkeypatch.setattr(inviting_actions, "INVITATIONS_PER_HOUR", limit)
    finished(upload(*[f"{name}@partner.example,{URL},," for name in ("a", "b")]), grace)

    invited = invite_guest(contoso, by=grace, address="c@partner.example", redirect_url=URL)

    assert invited.is_new


@pytest.mark.rule("BLK-12", "BLK-13")
def test_guests_and_people_without_the_invite_right_start_no_job(
    contoso: Tenant, upload: Upload
) -> None:
    guest = PasscodeGuestFactory(tenant=contoso)
    member = MemberFactory(tenant=contoso)
    CollaborationPolicy.objects.create(tenant=contoso, allow_invites_from=InvitePolicy.ROLES.value)

    for person in (guest, member):
        with pytest.raises(NotAllowed):
            upload(f"ada@partner.example,{URL},,", by=person)
    inviter = MemberFactory(tenant=contoso, roles=(Role.GUEST_INVITER,))
    assert upload(f"ada@partner.example,{URL},,", by=inviter).total == 1


@pytest.mark.rule("BLK-12")
def test_right_that_is_lost_meanwhile_fails_the_rows(grace: User, upload: Upload) -> None:
    job = upload(f"ada@partner.example,{URL},,")
    submit_job(job, bulk_invite.KIND, by=grace)
    User.unscoped.filter(pk=grace.pk).update(account_enabled=False)

    running.run_job(job.pk)

    job.refresh_from_db()
    assert (job.status, job.failed) == (JobStatus.COMPLETED_WITH_ERRORS, 1)


@pytest.mark.rule("BLK-17")
def test_job_writes_that_it_started_and_finished(
    contoso: Tenant, grace: User, upload: Upload
) -> None:
    finished(upload(f"ada@partner.example,{URL},,"), grace)

    written = AuditEvent.objects.of(contoso).filter(target_type="BulkOperation")
    events = written.order_by("created_at")
    assert [(e.activity, e.actor_id, e.logged_by_service) for e in events] == [
        ("started (bulk)", grace.pk, SERVICE),
        ("Bulk invite users - finished (bulk)", grace.pk, SERVICE),
    ]


@pytest.mark.rule("BLK-10")
def test_job_is_submitted_once_and_by_who_uploaded_it(
    contoso: Tenant, grace: User, upload: Upload
) -> None:
    job = upload(f"ada@partner.example,{URL},,")
    with pytest.raises(NotAllowed):
        submit_job(job, bulk_invite.KIND, by=AdministratorFactory(tenant=contoso))

    submit_job(job, bulk_invite.KIND, by=grace)

    with pytest.raises(NotWaiting):
        submit_job(job, bulk_invite.KIND, by=grace)


def test_upload_that_nobody_submitted_does_nothing(contoso: Tenant, upload: Upload) -> None:
    job = upload(f"ada@partner.example,{URL},,")

    assert running.run_job(job.pk) is False
    assert running.resume_jobs() == 0
    assert not Invitation.objects.of(contoso).exists()


@pytest.mark.rule("REL-22")
def test_job_is_cancelled_between_rows(
    contoso: Tenant, grace: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(*[f"guest{n}@partner.example,{URL},," for n in range(5)])
    submit_job(job, bulk_invite.KIND, by=grace)
    running.run_job(job.pk, for_at_most=timedelta(0))
    monkeypatch.setattr("guests.bulk.running.BATCH", 1)
    monkeypatch.setattr("guests.bulk.running.BATCH_TIME", timedelta(0))
    one_row = iter([0.0, 0.0, 0.0, 0.0, 10.0])
    monkeypatch.setattr("guests.bulk.running.time.monotonic", lambda: next(one_row))
    assert running.run_job(job.pk, for_at_most=timedelta(seconds=5)) is True

    cancel_job(job, bulk_invite.KIND, by=grace)

    assert running.run_job(job.pk) is False
    job.refresh_from_db()
    assert (job.status, job.succeeded, job.waiting) == (JobStatus.CANCELLED, 1, 4)
    assert Invitation.objects.of(contoso).count() == 1
    assert AuditEvent.objects.of(contoso).filter(activity__endswith="finished (bulk)").count() == 1
    with pytest.raises(NotWaiting):
        cancel_job(job, bulk_invite.KIND, by=grace)


@pytest.mark.rule("REL-22")
def test_leased_job_is_left_alone_until_the_lease_runs_out(
    contoso: Tenant, grace: User, upload: Upload
) -> None:
    job = upload(f"ada@partner.example,{URL},,")
    submit_job(job, bulk_invite.KIND, by=grace)
    held = BulkJob.objects.of(contoso).filter(pk=job.pk)
    held.update(
        status=JobStatus.IN_PROGRESS,
        lease_owner="a worker that was killed",
        lease_until=timezone.now() + timedelta(seconds=60),
    )
    assert running.resume_jobs() == 0

    held.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert running.resume_jobs() == 1
    assert held.get().status == JobStatus.COMPLETED


@pytest.mark.rule("REL-22")
def test_worker_that_lost_its_lease_does_no_row(
    contoso: Tenant, grace: User, upload: Upload
) -> None:
    job = upload(f"ada@partner.example,{URL},,")
    submit_job(job, bulk_invite.KIND, by=grace)
    taken: list[str] = []

    def take_over(execute: Any, sql: str, *rest: Any) -> Any:
        """Let another worker claim the job as soon as this one asks for its rows."""
        if not taken and sql.startswith("SELECT") and BulkRow._meta.db_table in sql:
            taken.append(sql)
            BulkJob.objects.of(contoso).update(lease_owner="second")
        return execute(sql, *rest)

    with connection.execute_wrapper(take_over):
        assert running.run_job(job.pk) is False

    assert taken
    assert not Invitation.objects.of(contoso).exists()
    assert BulkJob.objects.of(contoso).get().lease_owner == "second"
    assert BulkRow.objects.of(contoso).get().outcome == BulkRow().outcome


@pytest.mark.rule("BLK-10", "INV-12")
def test_address_that_stands_twice_in_a_file_is_invited_once(
    contoso: Tenant, grace: User, upload: Upload
) -> None:
    rows = [f"{name}@partner.example,{URL},," for name in ("ada", "ADA", "eve")]

    job = finished(upload(*rows), grace)

    assert (job.succeeded, job.failed) == (2, 1)
    assert "already exists" in reasons(job)[1]
    assert OutgoingMail.objects.of(contoso).count() == 2


@pytest.mark.rule("REL-22", "REL-23", "BLK-10")
def test_guest_who_was_invited_after_the_reading_fails_one_row_of_the_batch(
    contoso: Tenant, grace: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    GuestFactory(tenant=contoso, address="eve@partner.example")
    read = lookups.users_by_address
    early: list[dict[str, User]] = [{}]

    def by_addresses(tenant: Tenant, addresses: Iterable[CanonicalAddress]) -> dict[str, User]:
        return early.pop() if early else read(tenant, addresses)

    monkeypatch.setattr(lookups, "users_by_address", by_addresses)

    job = finished(
        upload(*[f"{name}@partner.example,{URL},," for name in ("ada", "eve", "bob")]), grace
    )

    assert (job.succeeded, job.failed) == (2, 1)
    assert "already exists" in reasons(job)[1]
    assert User.objects.of(contoso).guests().count() == 3


@pytest.mark.rule("COL-4", "COL-12")
def test_rule_that_is_changed_counts_from_the_next_batch_on(
    contoso: Tenant, grace: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guests.bulk.running.BATCH", 1)
    monkeypatch.setattr("guests.bulk.running.SLICE", timedelta(0))
    job = upload(*[f"{name}@partner.example,{URL},," for name in ("ada", "eve")])
    submit_job(job, bulk_invite.KIND, by=grace)
    run_row = invite

    def and_then_block(*args: object, **options: object) -> object:
        CollaborationPolicy.objects.update_or_create(tenant=contoso, restriction="deny")
        made = run_row(*args, **options)  # type: ignore[arg-type]
        ListedDomain.objects.create(tenant=contoso, name="partner.example")
        return made

    monkeypatch.setattr(inviting_actions, "invite", and_then_block)
    running.run_job(job.pk)

    job.refresh_from_db()
    assert (job.succeeded, job.failed) == (1, 1)


@pytest.mark.rule("BLK-11", "REL-22")
def test_number_of_queries_is_fixed_however_many_rows_a_batch_has(
    grace: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guests.bulk.running.BATCH_TIME", timedelta(minutes=1))
    counts = []
    for total in (5, 45):
        job = upload(*[f"guest{n}of{total}@partner.example,{URL},," for n in range(total)])
        submit_job(job, bulk_invite.KIND, by=grace)
        with CaptureQueriesContext(connection) as queries:
            running.run_job(job.pk)
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in queries))

    assert counts[1] - counts[0] <= 5, counts


@pytest.mark.rule("T18", "T21")
def test_quota_counts_the_rows_before(contoso: Tenant, grace: User, upload: Upload) -> None:
    Tenant.objects.filter(pk=contoso.pk).update(guest_quota=2)

    job = finished(upload(*[f"{n}@partner.example,{URL},," for n in "abc"]), grace)

    assert (job.succeeded, job.failed) == (2, 1)


# A kind of the tests' own


@pytest.fixture
def given() -> dict[str, object]:
    """What rows of the kind `trial` do: raise, or give an object's id."""
    return {}


@pytest.fixture
def seen() -> list[Mapping[str, str]]:
    """The values that rows of the kind `trial` were run with."""
    return []


@pytest.fixture
def trial(given: dict[str, object], seen: list[Mapping[str, str]]) -> Iterator[BulkOperation]:
    def run(by: User, values: Mapping[str, str]) -> uuid.UUID | None:
        seen.append(values)
        outcome = given.get(values["name"])
        if isinstance(outcome, Exception):
            raise outcome
        return None

    kind = BulkOperation(
        name="trial",
        label="Trial",
        columns=(
            FileColumn("Name", "name", is_required=True),
            FileColumn("Password", "password", is_required=True, is_secret=True),
        ),
        example=lambda _tenant: ("example", "secret"),
        begin=lambda by, batch: nullcontext(partial(run, by)),
        may=lambda user, tenant: True,
        finished=Activity("Trial - finished (bulk)", SERVICE, USERS, "Add"),
        introduction="",
        second_step="",
        command="",
        command_text="",
        working="",
        capability=Capability.USERS_LIST,
    )
    BULK_OPERATIONS.register(kind.name, kind)
    yield kind
    BULK_OPERATIONS.unregister("trial")


@pytest.mark.rule("BLK-10")
def test_defect_fails_its_row_and_not_the_job(
    grace: User, upload: Upload, trial: BulkOperation, given: dict[str, object]
) -> None:
    given["bad"] = ZeroDivisionError("a defect")

    job = finished(upload("good,x", "bad,x", "better,x", kind=trial), grace, trial)

    assert (job.status, job.succeeded, job.failed) == (JobStatus.COMPLETED_WITH_ERRORS, 2, 1)
    assert "a defect" not in reasons(job)[1]


@pytest.mark.rule("REL-22")
def test_lost_database_leaves_the_row_for_the_next_worker(
    grace: User, upload: Upload, trial: BulkOperation, given: dict[str, object]
) -> None:
    job = upload("good,x", "bad,x", kind=trial)
    submit_job(job, trial, by=grace)
    given["bad"] = OperationalError("gone")
    with pytest.raises(OperationalError):
        running.run_job(job.pk)
    given.clear()
    BulkJob.objects.of(job.tenant).update(lease_until=timezone.now() - timedelta(seconds=1))

    running.resume_jobs()

    job.refresh_from_db()
    assert (job.status, job.succeeded, job.failed) == (JobStatus.COMPLETED, 2, 0)


@pytest.mark.rule("BLK-18", "BLK-16")
def test_password_is_deleted_as_soon_as_its_row_is_done(
    grace: User,
    upload: Upload,
    trial: BulkOperation,
    given: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("guests.bulk.running.BATCH", 1)
    job = upload("good,secret phrase 1", "bad,secret phrase 2", kind=trial)
    submit_job(job, trial, by=grace)
    given["bad"] = OperationalError("gone")
    with pytest.raises(OperationalError):
        running.run_job(job.pk)
    assert [bool(row.sealed) for row in job.rows.all()] == [False, True]

    cancel_job(job, trial, by=grace)

    assert [row.sealed for row in job.rows.all()] == ["", ""]


@pytest.mark.rule("BLK-18", "SEC-98")
def test_password_that_waits_is_readable_for_nobody_but_its_row(
    grace: User, upload: Upload, trial: BulkOperation, seen: list[Mapping[str, str]]
) -> None:
    job = upload("good,secret phrase 1", "better,secret phrase 2", kind=trial)

    first, second = job.rows.all()
    assert [first.cells, second.cells] == [["good", ""], ["better", ""]]
    assert "secret phrase" not in str(BulkRow.objects.of(job.tenant).values())
    second.sealed = first.sealed
    with pytest.raises(ValueError, match="does not belong here"):
        row_storage.cells_with_secrets(second, trial)
    finished(job, grace, trial)
    assert [values["password"] for values in seen] == ["secret phrase 1", "secret phrase 2"]
    assert "secret phrase" not in repr(seen)


@pytest.mark.rule("BLK-15")
def test_job_whose_starter_is_gone_has_failed(
    contoso: Tenant, grace: User, upload: Upload, trial: BulkOperation
) -> None:
    job = upload("good,x", kind=trial)
    submit_job(job, trial, by=grace)
    User.unscoped.filter(pk=grace.pk).update(deleted_at=timezone.now())

    running.run_job(job.pk)

    job.refresh_from_db()
    assert (job.status, job.succeeded, job.waiting) == (JobStatus.FAILED, 0, 1)
    assert [row.sealed for row in job.rows.all()] == [""]


@pytest.mark.rule("BLK-16", "BLK-18")
def test_rows_go_after_seven_days_and_uploads_after_one(
    contoso: Tenant, grace: User, upload: Upload
) -> None:
    done = finished(upload(f"ada@partner.example,{URL},,"), grace)
    upload(f"eve@partner.example,{URL},,")
    jobs = BulkJob.objects.of(contoso)
    minute = timedelta(minutes=1)
    jobs.update(created_at=timezone.now() - timedelta(days=1) + minute)
    jobs.filter(pk=done.pk).update(finished_at=timezone.now() - timedelta(days=7) + minute)
    assert purge_jobs() == 0
    assert BulkRow.objects.of(contoso).count() == 2

    jobs.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    jobs.filter(pk=done.pk).update(finished_at=timezone.now() - timedelta(days=7, seconds=1))
    purge_jobs()

    assert [job.pk for job in BulkJob.objects.of(contoso).all()] == [done.pk]
    assert not BulkRow.objects.of(contoso).exists()


def test_members_can_be_targets_of_no_invitation(
    contoso: Tenant, grace: User, upload: Upload
) -> None:
    create_member(
        contoso,
        user_principal_name="max@contoso.com",
        display_name="Max",
        password="correct horse battery staple",
        profile={"mail": "max@elsewhere.example"},
    )
    GuestFactory(tenant=contoso, address="ada@partner.example")

    job = finished(upload(f"max@elsewhere.example,{URL},,", f"ada@partner.example,{URL},,"), grace)

    assert job.failed == 2
    assert "internal user" in reasons(job)[0]
    assert [row.outcome for row in job.rows.all()] == [RowOutcome.FAILURE] * 2
