"""Responses that the sign-in pages share: redirects, hand-offs (SEC-57, SEC-70)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from identityproviders.round_trips.actions import Departure
from portal.errors import TooSoon


class SeeOther(HttpResponseRedirect):
    """303: whatever was asked, GET this next."""

    status_code = 303


def leaving_page(response: HttpResponse, departure: Departure) -> HttpResponse:
    """Let the page post its form to exactly the provider's origin (SEC-69)."""
    if departure.fields:
        parts = urlsplit(departure.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        response._csp_update = {"form-action": [origin]}  # type: ignore[attr-defined]
    return response


def ask_again_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, limit: TooSoon | None = None
) -> HttpResponse:
    """The page once more with its error: 400, or 429 with the wait of a limit (SEC-109)."""
    response = render(request, template, context, status=limit.status if limit else 400)
    if limit is not None:
        response["Retry-After"] = str(limit.retry_after)
    return response
