"""The job that forgets users deleted more than 30 days ago (DIR-29)."""

from __future__ import annotations

from django.utils import timezone

from guests.actions import deletion
from guests.actions.deletion import NotDeleted
from guests.models import User
from guests.models.user import DELETED_LIFE

BATCH = 500


def purge_deleted() -> int:
    """Purge every user whose 30 days are over, one transaction each; how many.

    A run that is interrupted loses nothing: the next one goes on.
    """
    purged = 0
    overdue = User.unscoped.filter(deleted_at__lte=timezone.now() - DELETED_LIFE)
    while batch := list(overdue.select_related("tenant").order_by("deleted_at", "pk")[:BATCH]):
        for user in batch:
            try:
                deletion.purge(user, by=None)
                purged += 1
            except NotDeleted:  # another run was faster
                continue
    return purged
