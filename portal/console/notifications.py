"""Keep what a person was told, and forget it when they clear it or after 30 days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone

from portal.console.models import Notification

if TYPE_CHECKING:
    from guests.models import User

KEPT = timedelta(days=30)
MANY = 99
"""The badge of the bell counts no further."""
LISTED = 100
"""How many the page shows."""


def notify(
    user: User,
    title: str,
    text: str = "",
    *,
    kind: str = "",
    links: Sequence[tuple[str, str]] = (),
    is_read: bool = False,
) -> None:
    """Keep one notification of `user`, and forget theirs that are older than 30 days.

    Takes `kind` as the design names it, and `is_read` for what the person sees at this moment.
    """
    now = timezone.now()
    own = Notification.objects.of(user.tenant).filter(user=user)
    own.filter(created_at__lt=now - KEPT).delete()
    Notification.objects.create(
        tenant=user.tenant,
        user=user,
        kind=kind,
        title=title[:300],
        text=text[:2_000],
        links=[list(link) for link in links],
        read_at=now if is_read else None,
    )


def latest_notifications(user: User) -> QuerySet[Any]:
    """The notifications of `user` of the last 30 days, the newest first."""
    own: QuerySet[Any] = Notification.objects.of(user.tenant).filter(
        user=user, created_at__gte=timezone.now() - KEPT
    )
    return own.order_by("-created_at", "-pk")


def count_unread(user: User) -> int:
    """How many notifications `user` has not seen; 100 stands for more than 99."""
    return latest_notifications(user).filter(read_at=None)[: MANY + 1].count()


def mark_all_read(user: User) -> None:
    """Note that `user` has seen all notifications."""
    latest_notifications(user).filter(read_at=None).update(read_at=timezone.now())


def clear_notifications(user: User, pk: int | None = None) -> None:
    """Forget one notification of `user`, or all of them."""
    own = Notification.objects.of(user.tenant).filter(user=user)
    (own if pk is None else own.filter(pk=pk)).delete()
