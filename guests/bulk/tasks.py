"""Celery entry points of bulk operations (REL-12, REL-22)."""

from __future__ import annotations

import uuid

from celery import shared_task

from guests.bulk import actions, running


@shared_task(name="guests.bulk.tasks.run_job")
def run_job(job_id: str) -> None:
    """Work on a job for a while."""
    running.run_job(uuid.UUID(job_id))


@shared_task(name="guests.bulk.tasks.purge_jobs")
def purge_jobs() -> None:
    """Forget uploads and results that are over."""
    actions.purge_jobs()
