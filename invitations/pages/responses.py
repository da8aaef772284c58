"""Answers that the pages of a mailed link share (SEC-26, SEC-27)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from invitations.errors import NoLongerValid
from portal.shell.blades import guest_page

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class SeeOther(HttpResponseRedirect):
    """303: whatever was asked, GET this next."""

    status_code = 303


def mailed_link(view: View[P]) -> View[P]:
    """A page behind a mailed link: no referrer, no cache, one neutral page for dead links."""

    @functools.wraps(view)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = guest_page(view)(request, *args, **kwargs)
        except NoLongerValid:
            response = no_longer_valid(request)
        response["Referrer-Policy"] = "no-referrer"
        add_never_cache_headers(response)
        return response

    return shown


def no_longer_valid(request: HttpRequest) -> HttpResponse:
    """The neutral page of unknown, revoked, superseded tickets and deleted guests (SEC-26)."""
    return render(request, "invitations/no_longer_valid.html", {"host": None}, status=404)
