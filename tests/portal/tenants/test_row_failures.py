"""What one row raises counts against that row, in every loop over rows (REL-10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import DataError, OperationalError
from django.db.models import ProtectedError
from django.db.models.signals import pre_delete, pre_save
from django.utils import timezone

from guests.bulk import running
from guests.models import BulkJob, JobStatus, User
from guests.users.deletion.actions import delete_user, purge_deleted
from identityproviders.models import CountedTry
from identityproviders.sign_in.purge import purge_sign_ins
from invitations.delivery import reminders
from invitations.inviting import bulk_invite
from invitations.models import Invitation, InvitationPolicy
from portal.audit.actions import forget_expired_sign_ins
from portal.audit.models import AuditEvent, SignInEvent
from portal.tenants.models import PLATFORM_TENANT_ID, RowFailure, Tenant
from portal.tenants.row_failures import RowByRow
from tests.factories import AdministratorFactory, PasscodeGuestFactory, TenantFactory
from tests.support.inviting import invite_guest

pytestmark = pytest.mark.django_db

Refuse = Callable[[str], None]


def fail() -> None:
    raise ZeroDivisionError("a defect")


def let_its_turn_come(work: str, key: object) -> None:
    RowFailure.objects.filter(work=work, key=str(key)).exclude(due_at=None).update(
        due_at=timezone.now() - timedelta(seconds=1)
    )


@pytest.mark.rule("REL-10")
def test_a_row_that_fails_stops_no_other() -> None:
    rows, done = RowByRow("a work"), []

    outcomes = [
        rows.attempt(1, fail),
        rows.attempt(2, lambda: done.append(2)),
    ]

    assert outcomes == [False, True]
    assert done == [2]


@pytest.mark.rule("REL-10")
def test_a_row_that_failed_waits_a_minute() -> None:
    RowByRow("a work").attempt(1, fail)

    assert RowByRow("a work").attempt(1, lambda: None) is False
    due_at = RowFailure.objects.get().due_at
    assert due_at is not None
    assert timedelta(seconds=50) < due_at - timezone.now() < timedelta(seconds=61)


@pytest.mark.rule("REL-10")
def test_a_row_is_given_up_after_five_failures() -> None:
    given_up: list[int] = []

    for _ in range(7):
        RowByRow("a work").attempt(1, fail, give_up=lambda: given_up.append(1))
        let_its_turn_come("a work", 1)

    failure = RowFailure.objects.get()
    assert (failure.count, failure.due_at, given_up) == (5, None, [1])


@pytest.mark.rule("REL-10")
def test_a_row_that_works_again_starts_anew() -> None:
    RowByRow("a work").attempt(1, fail)
    let_its_turn_come("a work", 1)

    assert RowByRow("a work").attempt(1, lambda: None)

    assert not RowFailure.objects.exists()


@pytest.mark.rule("REL-10")
def test_a_value_that_the_database_refuses_is_the_rows_fault() -> None:
    def store() -> None:
        raise DataError("out of range")

    assert RowByRow("a work").attempt(1, store) is False


@pytest.mark.rule("REL-19", "REL-10")
def test_a_database_that_is_away_is_no_rows_fault() -> None:
    def ask() -> None:
        raise OperationalError("the connection was closed")

    with pytest.raises(OperationalError):
        RowByRow("a work").attempt(1, ask)

    assert not RowFailure.objects.exists()


@pytest.mark.rule("SEC-101")
def test_the_text_of_a_failure_is_not_kept() -> None:
    def ask() -> None:
        raise ValueError("ada@partner.example")

    RowByRow("a work").attempt(1, ask)

    assert RowFailure.objects.get().problem == "ValueError"


# The loops


@pytest.fixture
def refuse_audit_rows() -> Iterator[Refuse]:
    """`refuse_audit_rows(target_id)`: nothing about this object can be logged."""
    refused: set[str] = set()

    def look(sender: object, instance: AuditEvent, **_: object) -> None:
        if instance.target_id in refused:
            fail()

    pre_save.connect(look, sender=AuditEvent, weak=False, dispatch_uid="refuse-audit-rows")
    yield refused.add
    pre_save.disconnect(sender=AuditEvent, dispatch_uid="refuse-audit-rows")


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(contoso: Tenant) -> User:
    return AdministratorFactory(tenant=contoso)


@pytest.mark.rule("REL-10", "BET-13")
def test_a_reminder_that_fails_stops_no_other(grace: User, refuse_audit_rows: Refuse) -> None:
    first, second = (
        invite_guest(
            grace.tenant,
            by=grace,
            address=f"{name}@partner.example",
            redirect_url="https://a.test/",
        )
        for name in ("first", "second")
    )
    Invitation.unscoped.update(created_at=timezone.now() - timedelta(days=4), resent_at=None)
    InvitationPolicy.objects.create(tenant=grace.tenant, reminder_after_days=3, maximum_reminders=2)
    refuse_audit_rows(str(first.user.pk))

    assert reminders.send_due() == 1

    second.invitation.refresh_from_db()
    assert second.invitation.reminders == 1
    assert reminders.send_due() == 0


@pytest.mark.rule("REL-10", "REL-32")
def test_a_user_who_cannot_be_purged_stops_no_other(
    contoso: Tenant, grace: User, refuse_audit_rows: Refuse
) -> None:
    stays, goes = (PasscodeGuestFactory(tenant=contoso) for _ in range(2))
    for guest in (stays, goes):
        delete_user(guest, by=grace)
    User.unscoped.exclude(deleted_at=None).update(deleted_at=timezone.now() - timedelta(days=31))
    refuse_audit_rows(str(stays.pk))

    assert purge_deleted() == 1

    assert not User.unscoped.filter(pk=goes.pk).exists()
    assert User.unscoped.filter(pk=stays.pk).exists()


@pytest.mark.rule("REL-10", "REL-22")
def test_a_job_that_fails_as_a_whole_stops_no_other_and_is_over_after_five_failures(
    contoso: Tenant, grace: User, refuse_audit_rows: Refuse
) -> None:
    first, second = (
        BulkJob.objects.create(
            tenant=contoso,
            kind=bulk_invite.KIND.name,
            started_by=grace,
            status=JobStatus.IN_PROGRESS,
            submitted_at=timezone.now() - timedelta(minutes=age),
        )
        for age in (2, 1)
    )
    refuse_audit_rows(str(first.pk))

    for _ in range(5):
        running.resume_jobs()
        let_its_turn_come("bulk job", first.pk)

    for job in (first, second):
        job.refresh_from_db()
    assert (first.status, second.status) == (JobStatus.FAILED, JobStatus.COMPLETED)
    assert running.resume_jobs() == 0


@pytest.mark.rule("REL-10", "LOG-6")
def test_a_tenant_whose_log_cannot_be_cut_stops_no_other(contoso: Tenant) -> None:
    TenantFactory(display_name="Fabrikam")
    tenants = list(Tenant.objects.exclude(pk=PLATFORM_TENANT_ID).order_by("pk"))
    for tenant in tenants:
        created_at = timezone.now() - timedelta(days=99)
        SignInEvent.objects.create(tenant=tenant, status="success", created_at=created_at)

    def look(sender: object, instance: SignInEvent, **_: object) -> None:
        if instance.tenant_id == tenants[0].pk:
            fail()

    pre_delete.connect(look, sender=SignInEvent, weak=False, dispatch_uid="refuse-events")
    try:
        assert forget_expired_sign_ins() == 1
    finally:
        pre_delete.disconnect(sender=SignInEvent, dispatch_uid="refuse-events")

    assert not SignInEvent.objects.of(tenants[1]).exists()


@pytest.mark.rule("REL-10", "REL-32")
def test_a_row_that_something_holds_stops_no_purge() -> None:
    old = timezone.now() - timedelta(days=2)
    held, _free = (CountedTry.objects.create(key=name, at=old) for name in ("held", "free"))

    def look(sender: object, instance: CountedTry, **_: object) -> None:
        if instance.pk == held.pk:
            raise ProtectedError("held", {held})

    pre_delete.connect(look, sender=CountedTry, weak=False, dispatch_uid="hold-try")
    try:
        assert purge_sign_ins() == 1
    finally:
        pre_delete.disconnect(sender=CountedTry, dispatch_uid="hold-try")

    assert set(CountedTry.objects.all()) == {held}
