"""Pages of bulk operations: upload, progress, results, list of jobs (BLK-1, BLK-14, BLK-15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guests.bulk import actions, files, operations, queries
from guests.bulk.actions import RowsRefused
from guests.bulk.file_reading import FileRefused, row_values
from guests.bulk.files import csv_answer
from guests.bulk.operations import BulkOperation
from guests.html_hooks import USERS_METHOD
from guests.models import BulkJob, BulkRow, JobStatus, RowOutcome, User
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.grid import Column, Filter, Grid, grid_page, render_grid
from portal.permissions import Capability

bulk_blade = blade(
    service="users",
    page="bulk_results",
    title=gettext_lazy("Bulk operations"),
    capability=Capability.USERS_LIST,
    icon="people_list",
    parent="guests:users",
)


@csrf_exempt  # `_posted` is not: how large the file is must be known before the form is read
@require_http_methods(["GET", "HEAD", "POST"])
@bulk_blade
def bulk_operation(request: TenantRequest, kind_name: str) -> HttpResponse:
    """The page of one operation: template, upload, errors of the file (BLK-1)."""
    kind = _kind(request, kind_name)
    actions.require_may_run(request.user, kind)
    if request.method != "POST":
        return render(request, "guests/bulk/bulk.html", {"kind": kind})
    try:
        files.limit_upload(request)
    except FileRefused as refusal:
        return _refused(request, kind, refusal)
    return _posted(request, kind)


@csrf_protect
def _posted(request: TenantRequest, kind: BulkOperation) -> HttpResponse:
    try:
        file = files.uploaded_file(request)
        job = actions.upload_file(
            kind,
            by=request.user,
            source=cast(BinaryIO, file.file),
            size=file.size or 0,
            file_name=file.name or "",
        )
    except FileRefused as refusal:
        return _refused(request, kind, refusal)
    return redirect("guests:bulk_job", job_id=job.pk)


def _refused(request: TenantRequest, kind: BulkOperation, refusal: FileRefused) -> HttpResponse:
    """The page again, with what is wrong at the field."""
    context: dict[str, Any] = {"kind": kind, "refusal": refusal}
    if isinstance(refusal, RowsRefused):
        context["unshown"] = refusal.count - len(refusal.problems)
    return render(request, "guests/bulk/bulk.html", context, status=refusal.status)


@require_safe
@bulk_blade
def bulk_template(request: TenantRequest, kind_name: str) -> HttpResponse:
    """The file to fill in (BLK-2, BLK-3)."""
    kind = _kind(request, kind_name)
    actions.require_may_run(request.user, kind)
    return csv_answer(
        files.template_file(kind.columns, kind.example(request.tenant)), f"bulk-{kind.name}.csv"
    )


@require_safe
@bulk_blade
def bulk_job(request: TenantRequest, job_id: UUID) -> HttpResponse:
    """A job: its file, its progress, what became of each row (BLK-14)."""
    found, kind = _job(request, job_id)
    page = grid_page(request, queries.job_rows(found), _rows_grid(kind))
    present = queries.present_users(found.tenant, [row.object_id for row in page.rows])
    methods = _methods(request, kind, page.rows, present) if kind.shows_method else {}
    for row in page.rows:
        row.has_page = row.object_id in present
        row.method = methods.get(row.pk, "")
    return render_grid(request, "guests/bulk/bulk_job.html", page, _context(found, kind))


def _methods(
    request: TenantRequest,
    kind: BulkOperation,
    rows: Sequence[BulkRow],
    present: Mapping[UUID, User],
) -> dict[Any, str]:
    """How the people of these rows sign in: those that are done, and those that wait (BET-1)."""
    known = USERS_METHOD.write(request, list(present.values()))
    waiting = [row for row in rows if row.outcome == RowOutcome.WAITING]
    predicted: Sequence[str] = ()
    if kind.predict and waiting:
        values = [row_values(kind.columns, row.cells) for row in waiting]
        predicted = kind.predict(request.tenant, values)
    return {
        **{row.pk: known.get(row.object_id, "") for row in rows},
        **{row.pk: method for row, method in zip(waiting, predicted, strict=False)},
    }


@require_safe
@bulk_blade
def bulk_progress(request: TenantRequest, job_id: UUID) -> HttpResponse:
    """How far the job is; at its end the page is asked to show the results (BLK-1)."""
    found, kind = _job(request, job_id)
    response = render(request, "guests/bulk/_bulk_progress.html", _context(found, kind))
    if found.is_submitted and not found.is_open:
        toasts.informed(request, f"{kind.label}: {found.get_status_display()}", _counted(found))
        response["HX-Refresh"] = "true"
    return response


@require_POST
@bulk_blade
def submit_bulk_job(request: TenantRequest, job_id: UUID) -> HttpResponse:
    """Start the job (BLK-1)."""
    found, kind = _job(request, job_id)
    actions.submit_job(found, kind, by=request.user)
    return redirect("guests:bulk_job", job_id=found.pk)


@require_POST
@bulk_blade
def cancel_bulk_job(request: TenantRequest, job_id: UUID) -> HttpResponse:
    """Stop the job after the row in hand (REL-22)."""
    found, kind = _job(request, job_id)
    actions.cancel_job(found, kind, by=request.user)
    found.refresh_from_db()
    toasts.succeeded(request, _("Operation canceled"), _counted(found))
    return redirect("guests:bulk_job", job_id=found.pk)


@require_safe
@bulk_blade
def bulk_results_file(request: TenantRequest, job_id: UUID) -> HttpResponse:
    """The uploaded file with what became of each row (BLK-16)."""
    found, _found_kind = _job(request, job_id)
    if not queries.has_results(found):
        raise Http404
    stem = found.file_name.removesuffix(".csv")
    return csv_answer(files.result_file_parts(found), f"{stem}-results.csv")


@require_safe
@bulk_blade
def bulk_retry_file(request: TenantRequest, job_id: UUID) -> HttpResponse:
    """The rows to do again, once the job has ended (BET-9)."""
    found, _found_kind = _job(request, job_id)
    if not _can_retry(found):
        raise Http404
    stem = found.file_name.removesuffix(".csv")
    return csv_answer(files.retry_file_parts(found), f"{stem}-retry.csv")


def _can_retry(found: BulkJob) -> bool:
    """Whether the job ended and left rows that can be done again."""
    is_over = not found.is_open and queries.has_results(found)
    return is_over and found.succeeded < found.total


def _kind(request: TenantRequest, name: str) -> BulkOperation:
    kind = operations.BULK_OPERATIONS.get(name)
    if kind is None:
        raise Http404
    request.blade.title = kind.label
    return kind


def _job(request: TenantRequest, job_id: UUID) -> tuple[BulkJob, BulkOperation]:
    found = queries.find_job(request.user, job_id)
    if found is None:
        raise Http404
    return found, _kind(request, found.kind)


def _context(found: BulkJob, kind: BulkOperation) -> dict[str, Any]:
    left = queries.time_left(found)
    return {
        "job": found,
        "kind": kind,
        "has_results": queries.has_results(found),
        "can_retry": _can_retry(found),
        "seconds_left": max(1, round(left.total_seconds())) if left is not None else None,
    }


def _counted(found: BulkJob) -> str:
    return _("%(succeeded)s succeeded, %(failed)s failed, %(waiting)s not done.") % {
        "succeeded": f"{found.succeeded:,}",
        "failed": f"{found.failed:,}",
        "waiting": f"{found.waiting:,}",
    }


def _rows_grid(kind: BulkOperation) -> Grid:
    return Grid(
        caption=_("Rows of the file"),
        columns=[
            Column("row", _("Row"), "number", "num"),
            Column("key", kind.columns[0].item),
            Column("result", _("Result"), "outcome"),
            *([Column("method", _("Predicted sign-in method"), None, "opt")] * kind.shows_method),
            Column("reason", _("Reason"), None, "opt-2"),
        ],
        rows_template="guests/bulk/_bulk_rows.html",
        found=lambda count: ngettext("%(n)s row", "%(n)s rows", count) % {"n": f"{count:,}"},
        default_sort="row",
        filters=[
            Filter("result", _("Result"), RowOutcome.choices, queries.by_outcome, is_quick=True)
        ],
        classes="dense",
    )


GRID = Grid(
    caption=_("Bulk operation results"),
    columns=[
        Column("activity", _("Bulk activity"), "kind"),
        Column("file", _("File name"), "file_name", "opt"),
        Column("status", _("Status"), "status"),
        Column("total", _("Total requests"), None, "num opt"),
        Column("success", _("# Success"), None, "num"),
        Column("failure", _("# Failure"), None, "num"),
        Column("by", _("Started by"), "started_by_name", "opt"),
        Column("started", _("Start time"), Coalesce("submitted_at", "created_at"), "opt-2"),
        Column("ended", _("End time"), None, "opt"),
    ],
    rows_template="guests/bulk/_bulk_jobs.html",
    found=lambda count: (
        ngettext("%(n)s operation", "%(n)s operations", count) % {"n": f"{count:,}"}
    ),
    default_sort="-started",
    filters=[
        Filter(
            "status",
            _("Status"),
            JobStatus.choices,
            lambda value: Q(status=value),
            is_quick=True,
        )
    ],
)


@require_safe
@blade(
    service="users",
    page="bulk_results",
    title=_("Bulk operation results"),
    capability=Capability.USERS_LIST,
    icon="people_list",
)
def bulk_results(request: TenantRequest) -> HttpResponse:
    """The jobs one may see and one's own files that wait, the newest first."""
    page = grid_page(request, queries.listed_jobs(request.user), GRID)
    for job in page.rows:
        kind = operations.BULK_OPERATIONS.get(job.kind)
        job.label = kind.label if kind else job.kind
    context = {
        "bulk_kinds": operations.open_operations(request.user),
        "empty_template": "guests/bulk/_no_bulk_jobs.html",
    }
    return render_grid(request, "guests/bulk/bulk_results.html", page, context)
