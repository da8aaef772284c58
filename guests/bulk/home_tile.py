"""The tile *Bulk operations* on Home."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.template.loader import render_to_string

from guests.bulk.queries import submitted_jobs
from portal.console.blades import TenantRequest

RECENT_JOBS = 5


def recent_jobs_tile(request: HttpRequest, _subject: Any) -> str:
    """The last bulk operations that the user may see (BLK-14); nothing where there are none."""
    inside = cast(TenantRequest, request)
    jobs = list(submitted_jobs(inside.user).order_by("-submitted_at")[:RECENT_JOBS])
    if not jobs:
        return ""
    return render_to_string("guests/bulk/_home_tile.html", {"jobs": jobs}, request)
