"""Block future invitations: the footer link of every invitation mail (INV-16, SEC-33)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from invitations import block_tokens, blocks
from invitations.actions import blocking
from invitations.block_tokens import Blockable
from invitations.errors import NoLongerValid
from invitations.pages.responses import SeeOther, behind_link, mailed_link
from portal import addresses
from portal.tenants.models import Tenant

SESSION_KEY = "block"


@require_safe
@mailed_link
def open_token(request: HttpRequest, token: str) -> HttpResponse:
    """Move the token to the server side and go on to a URL without it."""
    about = _read(token)
    request.session[SESSION_KEY] = [str(about.tenant.pk), about.address_key]
    return SeeOther(reverse("invitations:block"))


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def block(request: HttpRequest) -> HttpResponse:
    """GET asks, POST blocks or unblocks; doing it twice changes nothing."""
    about = _opened(request)
    if request.method == "POST":
        if "unblock" in request.POST:
            blocking.unblock(about)
        else:
            blocking.block(about)
        return SeeOther(reverse("invitations:block"))
    context = {
        "host": about.tenant,
        "masked": addresses.mask(about.address_key),
        "is_blocked": blocks.is_blocked(about.tenant, about.address_key),
    }
    return render(request, "invitations/block.html", context)


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
    return SeeOther(reverse("invitations:open_block", args=[token]))


def _opened(request: HttpRequest) -> Blockable:
    """What this browser's link was about."""
    tenant_id, address_key = request.session.get(SESSION_KEY, (None, ""))
    tenant = Tenant.objects.filter(pk=tenant_id, is_suspended=False).first()
    if tenant is None:
        raise NoLongerValid
    return Blockable(tenant, address_key)


def _read(token: str) -> Blockable:
    about = block_tokens.read(token)
    if about is None:
        raise NoLongerValid
    return about
