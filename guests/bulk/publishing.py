"""Publish a bulk job to the workers; the sweeper finds jobs they miss (REL-22).

It takes queue `default`: on `bulk` it would wait behind the mails that it writes.
"""

from __future__ import annotations

import uuid

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

TASK, QUEUE = "guests.bulk.tasks.run_job", "default"

logger = structlog.get_logger(__name__)


def publish_job(job_id: uuid.UUID) -> None:
    """Put the id of a job on the queue. Never raises for a broker that is down."""
    try:
        current_app.send_task(TASK, args=[str(job_id)], queue=QUEUE, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("bulk_publish_failed", job=str(job_id), error=type(error).__name__)
