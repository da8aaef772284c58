"""The logs on PostgreSQL: a partition a month (LOG-6)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from time_machine import TimeMachineFixture

from portal.audit import partitions
from portal.audit.models import AuditEvent, Result, SignInEvent, SignInStatus
from portal.audit.tasks import create_log_partitions
from portal.tenants.models import Tenant

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="partitions are PostgreSQL's"),
]


def partition_names(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = %s::regclass ORDER BY 1",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def rows_by_partition(table: str) -> list[tuple[str, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text, created_at FROM {table} ORDER BY 2")  # noqa: S608
        rows: list[tuple[str, datetime]] = cursor.fetchall()
    return rows


def definitions(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
            " UNION SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass",
            [table, table],
        )
        return {definition for (definition,) in cursor.fetchall()}


@pytest.fixture
def in_2035(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(datetime(2035, 1, 15, 12, tzinfo=UTC), tick=False)


PAST = datetime(2020, 5, 5, tzinfo=UTC)
MONTHS = (
    datetime(2035, 1, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2035, 2, 1, tzinfo=UTC),
    datetime(2035, 4, 30, tzinfo=UTC),
)


def write_events(tenant: Tenant) -> None:
    for at in (PAST, *MONTHS):
        AuditEvent.objects.create(
            tenant=tenant, created_at=at, activity="Add user", result=Result.SUCCESS
        )
        SignInEvent.objects.create(tenant=tenant, created_at=at, status=SignInStatus.SUCCESS)


@pytest.mark.parametrize("table", partitions.TABLES)
def test_rows_land_in_the_partition_of_their_month(
    contoso: Tenant, in_2035: None, table: str
) -> None:
    create_log_partitions()
    before = dict(rows_by_partition(table))

    write_events(contoso)

    assert before == {}
    assert rows_by_partition(table) == [
        (f"{table}_default", PAST),
        (f"{table}_2035_01", MONTHS[0]),
        (f"{table}_2035_02", MONTHS[1]),
        (f"{table}_2035_04", MONTHS[2]),
    ]
    model = {m._meta.db_table: m for m in (AuditEvent, SignInEvent)}[table]
    assert model.objects.of(contoso).count() == 4


def test_second_clock_finds_everything_there(in_2035: None) -> None:
    create_log_partitions()
    names = partition_names("audit_auditevent")
    create_log_partitions()

    assert partition_names("audit_auditevent") == names
    assert {"audit_auditevent_2035_01", "audit_auditevent_2035_04"} <= set(names)


def test_month_whose_rows_the_default_partition_holds_stays_there(
    contoso: Tenant, in_2035: None
) -> None:
    write_events(contoso)

    create_log_partitions()

    names = partition_names("audit_auditevent")
    assert "audit_auditevent_2035_01" not in names
    assert "audit_auditevent_2035_03" in names
    assert AuditEvent.objects.of(contoso).count() == 4


@pytest.mark.parametrize("table", partitions.TABLES)
def test_partitioned_table_keeps_indexes_and_foreign_keys(
    contoso: Tenant, in_2035: None, table: str
) -> None:
    write_events(contoso)
    partitioned = definitions(table)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        partitions.merge_partitions(cursor, table)
        plain = definitions(table)
        partitions.partition_table(cursor, table, datetime(2035, 1, 15, tzinfo=UTC).date())

    assert definitions(table) == partitioned
    assert "PRIMARY KEY (tenant_id, created_at, id)" in partitioned
    assert "PRIMARY KEY (id)" in plain
    assert any(text.startswith("FOREIGN KEY (tenant_id)") for text in partitioned & plain)
    assert [at for _name, at in rows_by_partition(table)] == [PAST, *MONTHS]


def test_same_event_twice_is_refused(contoso: Tenant) -> None:
    event = AuditEvent.objects.create(tenant=contoso, activity="Add user", result=Result.SUCCESS)
    twice = AuditEvent(
        pk=event.pk, tenant=contoso, created_at=event.created_at, result=Result.SUCCESS
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        twice.save(force_insert=True)
