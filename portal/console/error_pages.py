"""Turn domain errors into responses, for all pages (SIN-6, SEC-109)."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import structlog
from django.db import InternalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.errors import DomainError, NotAllowed, TooSoon, Unavailable
from portal.tenants.row_failures import is_database_away

logger = structlog.get_logger(__name__)

READ_ONLY_TRANSACTION = "25006"
DATABASE_RETRY_SECONDS = "10"
"""A database that restarts is back within this time (REL-19)."""
NOTICES = "#notices"
"""Where a blade shows what went wrong with a fragment."""


def error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page, or for htmx the message bar, that says what `error` says.

    Its status is the error's; `Retry-After` goes with limits and outages.
    """
    occurred_at = timezone.now()
    correlation_id = getattr(request, "correlation_id", "")
    context = {
        "error": error,
        "error_details": _details(error, correlation_id, occurred_at),
        "roles": error.roles if isinstance(error, NotAllowed) else (),
        "correlation_id": correlation_id,
        "occurred_at": occurred_at,
        "host": None,
        "again_url": request.get_full_path() if isinstance(error, TooSoon | Unavailable) else "",
    }
    response = render(request, _template(request), context, status=error.status)
    if isinstance(error, TooSoon | Unavailable):
        response["Retry-After"] = str(max(error.retry_after, 1))
    if getattr(request, "htmx", False):
        response["HX-Retarget"] = NOTICES
        response["HX-Reswap"] = "innerHTML"
        response["HX-Push-Url"] = "false"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """What stands where a request failed: 503 while the database is away, else 500 (REL-19).

    Django calls it while it handles the exception. The page asks the database nothing.
    """
    error = sys.exc_info()[1]
    if error is None or not is_database_unusable(error):
        return render(request, "500.html", status=500)
    logger.warning("database_away", error=str(error)[:200])
    headers = {"Retry-After": DATABASE_RETRY_SECONDS}
    return HttpResponse(render(request, "503.html"), status=503, headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What stands where a request cannot be answered, as one for another host."""
    return render(request, "400.html", status=400)


def is_database_unusable(error: BaseException) -> bool:
    """Whether the database cannot be reached or written: away, locked, full or read-only.

    A statement that names what does not exist is our fault, and no outage.
    """
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) == READ_ONLY_TRANSACTION
    return is_database_away(error) and not str(error).startswith("no such ")


def _details(error: DomainError, correlation_id: str, occurred_at: datetime) -> str:
    """What the copy button of SIN-6 puts into the clipboard."""
    code = f"Error code: {error.code}\n" if error.code else ""
    moment = occurred_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{error.message}\n{code}Correlation ID: {correlation_id}\nTime: {moment}"


def _template(request: HttpRequest) -> str:
    if getattr(request, "htmx", False):
        return "console/_refusal.html"
    if getattr(request, "blade", None) is not None:
        return "console/refusal.html"
    return "console/guest_refusal.html"
