"""Forget uploads nobody started and rows of jobs that ended a week ago (BLK-16, BLK-18)."""

from __future__ import annotations

from django.utils import timezone

from guests.bulk import limits
from guests.models import BulkJob, BulkRow


def purge() -> int:
    """How many rows were forgotten; the jobs that ran stay with their numbers."""
    now = timezone.now()
    BulkJob.unscoped.filter(
        submitted_at__isnull=True, created_at__lt=now - limits.UNSUBMITTED_KEPT
    ).delete()
    deleted, _by_model = BulkRow.unscoped.filter(
        job__finished_at__lt=now - limits.RESULTS_KEPT
    ).delete()
    return int(deleted)
