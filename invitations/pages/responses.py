"""Answers that the pages of a mailed link share (SEC-26, SEC-27)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from invitations.errors import Expired, NoLongerValid
from portal.shell.blades import guest_page

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class SeeOther(HttpResponseRedirect):
    """303: whatever was asked, GET this next."""

    status_code = 303


def mailed_link(view: View[P]) -> View[P]:
    """A page whose address a mail carries: no referrer leaves it (SEC-27, SEC-68).

    It has no form: under this policy browsers post with `Origin: null`, which no CSRF check
    accepts. The page with the form stands behind a redirect, at an address without the secret.
    """

    @functools.wraps(view)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = behind_link(view)(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response

    return shown


def behind_link(view: View[P]) -> View[P]:
    """A page that a mailed link leads to: no cache, one neutral page for dead links."""

    @guest_page
    @functools.wraps(view)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except NoLongerValid:
            response = no_longer_valid(request)
        except Expired:
            response = render(request, "invitations/expired.html", {"host": None}, status=410)
        add_never_cache_headers(response)
        return response

    return shown


def no_longer_valid(request: HttpRequest) -> HttpResponse:
    """The neutral page of unknown, revoked, superseded tickets and deleted guests (SEC-26)."""
    return render(request, "invitations/no_longer_valid.html", {"host": None}, status=404)
