"""Log reads and downloads of the logs (SEC-103), and purge old sign-in events (LOG-6)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from portal import permissions
from portal.audit import log
from portal.audit.log import Activity, Target
from portal.audit.models import AuditEvent, SignInEvent, SignInEventQuerySet
from portal.permissions import Capability
from portal.tenants.models import Tenant
from portal.tenants.row_failures import RowByRow

if TYPE_CHECKING:
    from guests.models import User


READING_LASTS = timedelta(hours=1)


def note_reading(reader: User, activity: Activity) -> None:
    """Note that an administrator reads a log of the tenant, once an hour (SEC-103).

    A viewer who sees only their own events leaves no row.
    """
    if not permissions.may(reader, Capability.LOGS_READ):
        return
    mine = AuditEvent.objects.of(reader.tenant).filter(actor_id=reader.pk, activity=activity.name)
    if not mine.filter(created_at__gt=timezone.now() - READING_LASTS).exists():
        log.record(activity, reader.tenant, by=reader)


def require_export(reader: User, activity: Activity, *, file_name: str) -> None:
    """Pass if `reader` may take a log along; a refusal is noted (AUD-1).

    Raises: NotAllowed.
    """
    with log.refusals(activity, reader.tenant, by=reader, target=Target("Log", "", file_name)):
        permissions.require(reader, Capability.LOGS_EXPORT)


def note_download(reader: User, activity: Activity, *, file_name: str) -> None:
    """Note that `reader` takes a log along."""
    log.record(activity, reader.tenant, by=reader, target=Target("Log", "", file_name))


BATCH = 1000


def forget_expired_sign_ins() -> int:
    """Delete what is older than the retention, tenant by tenant, in batches; how many rows.

    An interrupted run loses nothing: the next one goes on.
    """
    tenants = RowByRow("retention of sign-ins")
    counts: list[int] = []

    def forget(tenant: Tenant) -> None:
        events = SignInEvent.objects.of(tenant)
        while count := forget_batch(events):
            counts.append(count)

    @transaction.atomic
    def forget_batch(events: SignInEventQuerySet) -> int:
        return events.forget_expired(batch=BATCH)

    for tenant in tenants.select_due(Tenant.objects.order_by("pk")).iterator():
        tenants.attempt(tenant.pk, partial(forget, tenant))
    return sum(counts)
