"""Rows of many actions are inserted together, and what is rolled back is not (REL-22)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from guests.models import SearchTerm, User
from guests.users.creation.actions import create_guest
from portal.tenants import bulk_inserts
from portal.tenants.models import Tenant
from portal.values.email_address import parse_email_address
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


def fail_after_a_guest(tenant: Tenant, name: str, block: Any) -> None:
    with block:
        guest(tenant, name)
        raise ZeroDivisionError


def guest(tenant: Tenant, name: str) -> User:
    return create_guest(tenant, parse_email_address(f"{name}@partner.example"), display_name=name)


def test_row_is_there_at_once(contoso: Tenant) -> None:
    ada = guest(contoso, "Ada")

    assert User.objects.of(contoso).get() == ada


@pytest.mark.rule("REL-22")
def test_rows_wait_for_the_end_of_the_block_and_go_in_one_statement_a_table(
    contoso: Tenant,
) -> None:
    block = bulk_inserts.collect_inserts()
    block.__enter__()
    for name in ("Ada", "Eve", "Bob"):
        guest(contoso, name)
    assert not User.objects.of(contoso).exists()

    with CaptureQueriesContext(connection) as queries:
        block.__exit__(None, None, None)

    assert len(queries) == 2  # users, search terms
    assert User.objects.of(contoso).count() == 3
    keys = User.objects.of(contoso).values_list("display_name_key", flat=True)
    assert set(keys) == {"ada", "eve", "bob"}
    assert SearchTerm.objects.of(contoso).filter(term="ada@partner.example").count() == 1


@pytest.mark.rule("REL-22", "BLK-10")
def test_what_is_rolled_back_is_not_inserted(contoso: Tenant) -> None:
    with bulk_inserts.collect_inserts():
        guest(contoso, "Ada")
        with pytest.raises(ZeroDivisionError):
            fail_after_a_guest(contoso, "Eve", bulk_inserts.atomic_inserts())
        with bulk_inserts.atomic_inserts():
            guest(contoso, "Bob")

    names = User.objects.of(contoso).values_list("display_name", flat=True)
    assert sorted(names) == ["Ada", "Bob"]


def test_exception_forgets_the_whole_block(contoso: Tenant) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_after_a_guest(contoso, "Ada", bulk_inserts.collect_inserts())

    assert not User.objects.of(contoso).exists()
    guest(contoso, "Ada")
    assert User.objects.of(contoso).count() == 1


def test_conflict_shows_at_the_end_of_the_block(contoso: Tenant) -> None:
    guest(contoso, "Ada")

    block = bulk_inserts.collect_inserts()
    block.__enter__()
    guest(contoso, "Eve")
    guest(contoso, "ada")
    with pytest.raises(IntegrityError), transaction.atomic():
        block.__exit__(None, None, None)

    assert User.objects.of(contoso).count() == 1
