"""Turn domain errors into responses, for all pages (SIN-6, SEC-109)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.errors import DomainError, NotAllowed, TooSoon, Unavailable

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
    }
    response = render(request, _template(request), context, status=error.status)
    if isinstance(error, TooSoon | Unavailable):
        response["Retry-After"] = str(max(error.retry_after, 1))
    if getattr(request, "htmx", False):
        response["HX-Retarget"] = NOTICES
        response["HX-Reswap"] = "innerHTML"
        response["HX-Push-Url"] = "false"
    return response


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
