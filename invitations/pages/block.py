"""Block future invitations: the footer link of every invitation mail (INV-16, SEC-33)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from invitations import block_tokens, blocks
from invitations.actions import blocking
from invitations.block_tokens import Blockable
from invitations.errors import NoLongerValid
from invitations.pages.responses import mailed_link
from portal import addresses


@require_http_methods(["GET", "HEAD", "POST"])
@mailed_link
def block(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST blocks or unblocks; doing it twice changes nothing."""
    about = _read(token)
    if request.method == "POST":
        if "unblock" in request.POST:
            blocking.unblock(about)
        else:
            blocking.block(about)
    return _page(request, token, about)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@mailed_link
def one_click(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: the mail program posts, without cookie and without redirect.

    Somebody who opens the address by hand sees the page that asks.
    """
    about = _read(token)
    if request.method == "POST":
        blocking.block(about)
        return HttpResponse(status=200, content_type="text/plain; charset=utf-8")
    return _page(request, token, about)


def _read(token: str) -> Blockable:
    about = block_tokens.read(token)
    if about is None:
        raise NoLongerValid
    return about


def _page(request: HttpRequest, token: str, about: Blockable) -> HttpResponse:
    context = {
        "host": about.tenant,
        "token": token,
        "masked": addresses.mask(about.address_key),
        "is_blocked": blocks.is_blocked(about.tenant, about.address_key),
    }
    return render(request, "invitations/block.html", context)
