"""How long the preview of a change takes in a large tenant, and how much memory (BET-2)."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from guests.models import Identity, User
from identityproviders.discovery.decide import Rule
from identityproviders.impact import preview
from identityproviders.impact.effects import AffectedGuests
from identityproviders.impact.proposed_change import ProposedChange
from identityproviders.impact.queries import affected_guests
from identityproviders.passcodes.policy.state import PasscodeChoice
from invitations.collaboration import access_impact
from invitations.collaboration.rules import CollaborationRules, Restriction
from portal.tenants.models import Tenant
from tests.factories import TenantFactory
from tests.support import populate
from tests.support.bench_report import Report
from tests.support.populate import USERS

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

FEW = 4_000
MILLISECONDS, MEGABYTES = 300, 10
CALLS = 5
SIZES = [FEW, int(os.environ.get("BENCH_GUESTS", str(USERS)))]


def large_tenant(count: int) -> Tenant:
    """A tenant whose accepted guests have the identity they are bound to."""
    tenant: Tenant = TenantFactory(display_name="Big", domain="big.example")
    populate.users(tenant, count, with_terms=False)
    accepted = User.objects.of(tenant).accepted()
    table, bound = (
        Identity._meta.db_table,
        accepted.values(
            "tenant_id", "pk", "identity_issuer", "invited_address_key", "created_at"
        ).order_by(),
    )
    sql, parameters = bound.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (tenant_id, user_id, issuer, subject, created_at,"  # noqa: S608
            f" sign_in_type, issuer_assigned_id, provider_key) SELECT s.*, 'federated', '', ''"
            f" FROM ({sql}) AS s",
            parameters,
        )
        cursor.execute("ANALYZE")
    return tenant


def measured(question: Callable[[], Any]) -> tuple[float, float]:
    """The shortest time in milliseconds, and the most memory at once in megabytes."""
    times = []
    for _call in range(CALLS):
        started = time.perf_counter()
        question()
        times.append(time.perf_counter() - started)
    tracemalloc.start()
    question()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return min(times) * 1_000, peak / 2**20


@pytest.mark.parametrize("count", SIZES)
def test_a_preview_is_quick_and_takes_little_memory(report: Report, count: int) -> None:
    tenant = large_tenant(count)
    change = ProposedChange.with_rule("partner7.example", Rule.FORBID)
    found = preview.find_consequences(tenant, change, timezone.now())
    off = preview.preview_choices(tenant, timezone.now()).of(PasscodeChoice.DISABLE)
    rules = (
        CollaborationRules(),
        CollaborationRules(Restriction.DENY, frozenset({"partner7.example"})),
    )
    questions: dict[str, Callable[[], Any]] = {
        "choices of the passcode pane": lambda: preview.preview_choices(tenant, timezone.now()),
        "rule about a domain": lambda: preview.find_consequences(tenant, change, timezone.now()),
        "first page of who loses, one domain": lambda: affected_guests(
            tenant, found, AffectedGuests.LOSE
        ),
        "first page of who loses, codes off": lambda: affected_guests(
            tenant, off, AffectedGuests.LOSE
        ),
        "denied domain": lambda: access_impact.compare(tenant, *rules),
    }
    results = {name: measured(question) for name, question in questions.items()}

    for name, (took, peak) in results.items():
        report.add(
            f"{count:,} guests, {name}",
            f"{took:.0f} ms, {peak:.1f} MB",
            f"<= {MILLISECONDS} ms for {FEW:,}, < {MEGABYTES} MB",
        )
    assert [name for name, (_took, peak) in results.items() if peak > MEGABYTES] == []
    if count == FEW:
        assert [name for name, (took, _peak) in results.items() if took > MILLISECONDS] == []
