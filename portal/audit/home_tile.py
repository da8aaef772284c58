"""The tile *What changed lately* on Home."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.template.loader import render_to_string

from portal import permissions
from portal.audit.models import Result
from portal.audit.queries import audit_events
from portal.console.blades import TenantRequest
from portal.permissions import Capability

LATEST = 6


def latest_changes_tile(request: HttpRequest, _subject: Any) -> str:
    """The last changes of the log that the user may read (T17); nothing for others."""
    inside = cast(TenantRequest, request)
    if not permissions.may(inside.user, Capability.AUDIT_LOGS_OPEN):
        return ""
    rows = audit_events(inside.user).filter(result=Result.SUCCESS).order_by("-created_at", "-pk")
    return render_to_string("audit/_home_tile.html", {"events": rows[:LATEST]}, request)
