"""Models BulkJob and BulkRow: an uploaded file and the outcome of each row (BLK-10 to BLK-18)."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.users.models import User
from portal.tenants.scoping import TenantManager, TenantModel


class JobStatus(models.TextChoices):
    """Where a job stands (BLK-15)."""

    NOT_STARTED = "notStarted", _("Not started")
    IN_PROGRESS = "inProgress", _("In progress")
    COMPLETED = "completed", _("Completed")
    COMPLETED_WITH_ERRORS = "completedWithErrors", _("Completed with errors")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Canceled")


class RowOutcome(models.TextChoices):
    """What became of a row."""

    WAITING = "waiting", _("Waiting")
    SUCCESS = "success", _("Success")
    FAILURE = "failure", _("Failure")


OPEN = (JobStatus.NOT_STARTED, JobStatus.IN_PROGRESS)


class BulkJobQuerySet(models.QuerySet["BulkJob"]):
    """Jobs by what somebody wants of them."""

    def submitted(self) -> BulkJobQuerySet:
        """Those that somebody has started."""
        return self.filter(submitted_at__isnull=False)

    def open(self) -> BulkJobQuerySet:
        """Started, and not at their end."""
        return self.submitted().filter(status__in=OPEN)

    def due(self) -> BulkJobQuerySet:
        """Those a worker may claim now, by the database's clock (REL-22)."""
        free = models.Q(lease_until__isnull=True) | models.Q(lease_until__lt=Now())
        return self.open().filter(free)


class BulkJob(TenantModel):
    """One uploaded file. It does nothing until it is submitted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("bulk activity"), max_length=32)
    file_name = models.CharField(_("file name"), max_length=255)
    file_size = models.PositiveIntegerField(_("file size in bytes"), default=0)
    headings = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    status = models.CharField(
        _("status"), max_length=20, choices=JobStatus.choices, default=JobStatus.NOT_STARTED
    )
    total = models.PositiveIntegerField(_("total requests"), default=0)
    succeeded = models.PositiveIntegerField(_("# success"), default=0)
    failed = models.PositiveIntegerField(_("# failure"), default=0)
    cursor = models.PositiveIntegerField(default=0, editable=False)
    """The number of the last row that is done."""
    started_by = models.ForeignKey(
        User, verbose_name=_("started by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_by_name = models.CharField(_("started by"), max_length=256, blank=True)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    submitted_at = models.DateTimeField(_("start time"), null=True, blank=True)
    finished_at = models.DateTimeField(_("end time"), null=True, blank=True)
    lease_owner = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    unscoped: ClassVar[Any] = BulkJobQuerySet.as_manager()
    objects: ClassVar[TenantManager[Any]] = TenantManager(BulkJobQuerySet)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("bulk operation")
        verbose_name_plural = _("bulk operations")
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-created_at"], name="bulk_jobs_by_time"),
            models.Index(
                fields=["submitted_at"],
                condition=models.Q(status__in=["notStarted", "inProgress"]),
                name="bulk_jobs_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"

    @property
    def is_submitted(self) -> bool:
        """Whether somebody has started it."""
        return self.submitted_at is not None

    @property
    def is_open(self) -> bool:
        """Whether rows may still be done."""
        return self.is_submitted and self.status in OPEN

    @property
    def done(self) -> int:
        """How many rows are done."""
        return self.succeeded + self.failed

    @property
    def waiting(self) -> int:
        """How many rows are not done, and after a cancellation never will be."""
        return self.total - self.done


class BulkRow(TenantModel):
    """One row of a file: its cells, what became of it and why."""

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    cells = models.JSONField(default=list)
    """As uploaded; a password's cell is always blank here."""
    sealed = models.TextField(blank=True, default="", editable=False)
    """The row's passwords, encrypted, until the row is done (BLK-18, SEC-98)."""
    outcome = models.CharField(
        _("result"), max_length=8, choices=RowOutcome.choices, default=RowOutcome.WAITING
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    object_id = models.UUIDField(_("object ID"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("bulk row")
        verbose_name_plural = _("bulk rows")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="bulk_row_once_per_job")
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.number}"

    @property
    def key(self) -> str:
        """What the row is about: its first cell."""
        return str(self.cells[0]) if self.cells else ""
