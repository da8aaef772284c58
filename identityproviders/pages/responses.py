"""Answers that the sign-in pages share (SEC-57, SEC-70)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from portal.errors import TooSoon


class SeeOther(HttpResponseRedirect):
    """303: whatever was asked, GET this next."""

    status_code = 303


def ask_again(
    request: HttpRequest, template: str, context: dict[str, Any], *, limit: TooSoon | None = None
) -> HttpResponse:
    """The page once more with its error: 400, or 429 with the wait of a limit (SEC-109)."""
    response = render(request, template, context, status=limit.status if limit else 400)
    if limit is not None:
        response["Retry-After"] = str(limit.retry_after)
    return response
