"""Scheduled Celery tasks of the logs (LOG-6)."""

from __future__ import annotations

from celery import shared_task

from portal.audit import actions, partitions


@shared_task(name="portal.audit.tasks.forget_sign_in_events")
def forget_sign_in_events() -> None:
    """Forget sign-ins beyond the retention."""
    actions.forget_expired_sign_ins()


@shared_task(name="portal.audit.tasks.create_log_partitions")
def create_log_partitions() -> None:
    """Create the coming partitions of the logs on PostgreSQL."""
    partitions.create_coming_partitions()
