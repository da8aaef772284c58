"""Users | Bulk operation results (BLK-14, BLK-15)."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from guests.bulk import kinds, queries
from guests.models import JobStatus
from portal.shell.blades import TenantRequest, blade
from portal.shell.grid import Column, Filter, Grid, grid_page, render_grid

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
        Column("started", _("Start time"), "submitted_at", "opt-2"),
        Column("ended", _("End time"), None, "opt"),
    ],
    rows_template="guests/_bulk_jobs.html",
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
    capability="users.list",
    icon="people_list",
)
def bulk_results(request: TenantRequest) -> HttpResponse:
    """The jobs one may see, the newest first."""
    page = grid_page(request, queries.submitted_jobs(request.user), GRID)
    for job in page.rows:
        kind = kinds.named(job.kind)
        job.label = kind.label if kind else job.kind
    context = {
        "bulk_kinds": kinds.open_to(request.user),
        "empty_template": "guests/_no_bulk_jobs.html",
    }
    return render_grid(request, "guests/bulk_results.html", page, context)
