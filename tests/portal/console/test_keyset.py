"""A whole list is walked in pages, each row once (USR-10, BLK-20)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from guests.models import User
from portal.console.keyset import keyset_rows
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, TenantFactory

pytestmark = pytest.mark.django_db


@pytest.mark.rule("USR-10", "BLK-20")
@pytest.mark.parametrize("order", [("grid_key", "pk"), ("-grid_key", "-pk")])
@pytest.mark.parametrize("rows_at_a_time", [1, 2, 7, 10])
def test_every_row_comes_once_and_in_order(order: tuple[str, ...], rows_at_a_time: int) -> None:
    tenant: Tenant = TenantFactory()
    for n in range(7):
        GuestFactory(tenant=tenant, display_name="Same" if n < 4 else f"Name {n}")
    ordered = User.objects.of(tenant).annotate(grid_key=F("display_name_key")).order_by(*order)

    with CaptureQueriesContext(connection) as queries:
        found = list(keyset_rows(ordered, rows_at_a_time=rows_at_a_time))

    assert found == list(ordered)
    assert len(queries) == 7 // rows_at_a_time + 1
