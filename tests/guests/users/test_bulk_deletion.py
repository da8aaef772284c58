"""Bulk delete and Bulk restore (BLK-9, BLK-13, T10)."""

from __future__ import annotations

import io

import pytest
from django.test import Client

from guests.bulk import running
from guests.bulk.actions import RowsRefused, submit_job, upload_file
from guests.bulk.file_reading import column_headings
from guests.bulk.operations import BulkOperation
from guests.models import BulkJob, BulkRow, User
from guests.users.deletion import bulk_delete
from guests.users.deletion.actions import delete_user
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, TenantFactory

pytestmark = pytest.mark.django_db


def finished(kind: BulkOperation, by: User, *rows: object) -> BulkJob:
    lines = ["version:v1.0", *column_headings(kind.columns), *map(str, rows)]
    content = "\n".join(lines).encode()
    job = upload_file(
        kind, by=by, source=io.BytesIO(content), size=len(content), file_name="users.csv"
    )
    submit_job(job, kind, by=by)
    running.run_job(job.pk)
    job.refresh_from_db()
    return job


def reasons(job: BulkJob) -> list[str]:
    return [row.reason for row in BulkRow.objects.of(job.tenant).filter(job=job)]


@pytest.mark.rule("T10")
def test_headings_are_those_of_t10() -> None:
    assert column_headings(bulk_delete.DELETE_USERS.columns) == [
        "User name [userPrincipalName] Required"
    ]
    assert column_headings(bulk_delete.RESTORE_USERS.columns) == ["Object ID [objectId] Required"]


@pytest.mark.rule("BLK-9", "BLK-17")
def test_users_are_deleted_but_not_oneself_and_nobody_elsewhere(
    contoso: Tenant, grace: User
) -> None:
    guest = GuestFactory(tenant=contoso)
    member = MemberFactory(tenant=contoso)
    stranger = MemberFactory(tenant=TenantFactory())

    job = finished(
        bulk_delete.DELETE_USERS,
        grace,
        guest.user_principal_name,
        member.user_principal_name.upper(),
        grace.user_principal_name,
        stranger.user_principal_name,
        "nobody@contoso.com",
        guest.user_principal_name,
    )

    assert (job.succeeded, job.failed) == (2, 4)
    assert reasons(job)[3] == reasons(job)[4]
    present = User.unscoped.present().values_list("pk", flat=True)
    assert set(present) == {grace.pk, stranger.pk}
    activities = set(AuditEvent.objects.of(contoso).values_list("activity", flat=True))
    assert {"Delete user", "Bulk delete users - finished (bulk)"} <= activities


@pytest.mark.rule("BLK-9")
def test_last_global_administrator_stays(contoso: Tenant, grace: User) -> None:
    user_administrator = MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,))

    job = finished(bulk_delete.DELETE_USERS, user_administrator, grace.user_principal_name)

    assert job.failed == 1
    assert User.objects.of(contoso).present().filter(pk=grace.pk).exists()


def test_deleted_users_are_restored_by_object_id(contoso: Tenant, grace: User) -> None:
    guest = GuestFactory(tenant=contoso)
    delete_user(guest, by=grace)

    job = finished(bulk_delete.RESTORE_USERS, grace, guest.pk, grace.pk)

    assert (job.succeeded, job.failed) == (1, 1)
    assert User.objects.of(contoso).present().filter(pk=guest.pk).exists()


def test_object_id_that_is_none_is_refused_before_submit(contoso: Tenant, grace: User) -> None:
    with pytest.raises(RowsRefused):
        finished(bulk_delete.RESTORE_USERS, grace, "somebody")


@pytest.mark.rule("BLK-13")
@pytest.mark.parametrize("kind", [bulk_delete.DELETE_USERS, bulk_delete.RESTORE_USERS])
def test_it_takes_a_user_administrator(contoso: Tenant, kind: BulkOperation) -> None:
    for roles in [(), (Role.GUEST_INVITER,), (Role.HELPDESK_ADMINISTRATOR,)]:
        with pytest.raises(NotAllowed):
            finished(kind, MemberFactory(tenant=contoso, roles=roles), "x@contoso.com")
    assert kind.is_open_to(MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,)))


@pytest.mark.rule("BLK-1", "USR-12")
def test_pages_show_what_the_role_may(client: Client, contoso: Tenant, grace: User) -> None:
    client.force_login(grace)
    for name in ("delete", "restore"):
        assert client.get(f"/users/bulk/{name}/").status_code == 200
        assert client.get(f"/users/bulk/{name}/template/").status_code == 200

    assert "/users/bulk/restore/" in client.get("/users/deleted/").content.decode()
    client.force_login(MemberFactory(tenant=contoso, roles=(Role.GUEST_INVITER,)))

    assert "/users/bulk/restore/" not in client.get("/users/deleted/").content.decode()
    assert client.get("/users/bulk/delete/").status_code == 403
    html = client.get("/users/").content.decode()
    assert "/users/bulk/invite/" in html
    assert "/users/bulk/delete/" not in html
    assert "Bulk delete" in html
