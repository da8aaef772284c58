"""Scheduled Celery tasks of the guests app (DIR-29)."""

from __future__ import annotations

from celery import shared_task

from guests.users.deletion.actions import purge_deleted


@shared_task(name="guests.tasks.purge_deleted_users")
def purge_deleted_users() -> None:
    """Purge users who were deleted more than 30 days ago."""
    purge_deleted()
