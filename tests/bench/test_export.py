"""How long a download of the whole list takes, and how much memory (BLK-20)."""

from __future__ import annotations

import resource
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.factories import AdministratorFactory, TenantFactory
from tests.support import populate
from tests.support.bench_report import Report
from tests.support.populate import USERS

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

SECONDS, MEGABYTES = 120, 100


def peak_megabytes() -> float:
    """The most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_export_of_a_large_tenant_is_quick_and_takes_little_memory(
    client: Client, report: Report
) -> None:
    tenant = TenantFactory(display_name="Big", domain="big.example")
    populate.users(tenant, USERS, with_terms=False)
    client.force_login(AdministratorFactory(tenant=tenant, display_name="Grace"))
    client.get("/users/download/")
    before, started = peak_megabytes(), time.perf_counter()

    answer: Any = client.post("/users/download/", {"name": "people"})
    size = sum(len(part) for part in answer.streaming_content)

    took, grown = time.perf_counter() - started, peak_megabytes() - before
    report.add(f"Export {USERS:,} users", f"{took:.0f} s, {size / 2**20:.0f} MB", f"< {SECONDS} s")
    report.add("Memory growth of an export", f"{grown:.0f} MB", f"< {MEGABYTES} MB")
    assert grown < MEGABYTES
    if connection.vendor == "postgresql":
        assert took < SECONDS
