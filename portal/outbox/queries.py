"""Read the delivery figures of a tenant's mails, never their content (BET-3, REL-16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from portal.outbox.models import MailState, OutgoingMail, Queue, SuppressedAddress
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant

PERIODS = (timedelta(hours=24), timedelta(days=30))
_COUNTED = {
    "sent": [MailState.SENT],
    "failed": [MailState.FAILED, MailState.EXPIRED, MailState.SUPPRESSED],
    "bounced": [MailState.BOUNCED],
}


@dataclass(frozen=True)
class Rates:
    """Mails that ended within one period."""

    sent: int
    failed: int
    bounced: int

    @property
    def arrived_percent(self) -> str:
        """The share that did not fail or bounce, or nothing where none ended."""
        total = self.sent + self.failed + self.bounced
        return f"{100 * self.sent / total:.1f}%" if total else ""


@dataclass(frozen=True)
class Figures:
    """How the mails of a tenant stand now."""

    waiting: int
    held: int
    oldest: datetime | None
    day: Rates
    month: Rates
    suppressed: int
    workers: list[tuple[str, bool]]
    """Queues by their labels, and whether a worker serves them."""


def is_relay_in_trouble(queue: Queue) -> bool:
    """Whether a mail of `queue` waits after a failed try, and none left since it was written.

    The same for every tenant and recipient: one relay takes all mails. A recipient whose own server
    puts us off makes no trouble while other mails leave. At most two queries.
    """
    rows: QuerySet[OutgoingMail] = OutgoingMail.unscoped.filter(queue=queue)
    waiting = rows.filter(state__in=[MailState.PENDING, MailState.SENDING]).exclude(reply_text="")
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    if oldest is None:
        return False
    return not rows.filter(state=MailState.SENT, finished_at__gt=oldest).exists()


def delivery_figures(tenant: Tenant, now: datetime) -> Figures:
    """The figures of `tenant`, in five queries."""
    waiting = Q(state__in=[MailState.PENDING, MailState.SENDING])
    recent = Q(finished_at__gt=now - max(PERIODS))
    is_open = Q(state__in=[MailState.PENDING, MailState.SENDING, MailState.HELD])
    found = (
        OutgoingMail.objects.of(tenant)
        .filter(recent | is_open)
        .aggregate(
            waiting=Count("pk", filter=waiting),
            held=Count("pk", filter=Q(state=MailState.HELD)),
            oldest=Min("created_at", filter=waiting),
            **{
                f"{name}_{place}": Count(
                    "pk", filter=Q(state__in=states, finished_at__gt=now - period)
                )
                for name, states in _COUNTED.items()
                for place, period in enumerate(PERIODS)
            },
        )
    )
    day, month = (
        Rates(**{name: found[f"{name}_{place}"] for name in _COUNTED})
        for place in range(len(PERIODS))
    )
    return Figures(
        waiting=found["waiting"],
        held=found["held"],
        oldest=found["oldest"],
        day=day,
        month=month,
        suppressed=SuppressedAddress.objects.of(tenant).count(),
        workers=[(str(queue.label), sweeper.is_served(queue)) for queue in Queue],
    )
