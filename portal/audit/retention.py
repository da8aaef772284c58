"""Forget sign-ins beyond the retention (LOG-6). The audit log is not touched."""

from __future__ import annotations

from portal.audit.models import SignInEvent
from portal.tenants.models import Tenant

BATCH = 1000


def forget() -> int:
    """Delete what is older than the retention, tenant by tenant, in batches; how many rows.

    An interrupted run loses nothing: the next one goes on.
    """
    return sum(_forget_of(tenant) for tenant in Tenant.objects.order_by("pk").iterator())


def _forget_of(tenant: Tenant) -> int:
    events = SignInEvent.objects.of(tenant)
    forgotten = 0
    while count := events.forget_expired(batch=BATCH):
        forgotten += count
    return forgotten
