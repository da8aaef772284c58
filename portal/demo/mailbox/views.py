"""The demo mailbox: pages that show every mail the portal has sent."""

from __future__ import annotations

import re

from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from portal.demo.mailbox.store import MailStore, StoredMail

SHOWN = 200
NEW_TAB = '<base target="_blank">'
VIEWS = ("html", "text", "headers", "source")

MAIL_POLICY = {
    "default-src": ["'none'"],
    "script-src": None,
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "font-src": None,
    "connect-src": None,
    "object-src": None,
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
"""A mail shows itself and opens links in new tabs. Nothing of it runs or loads anything."""


_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """All mails, newest first; `?to=` keeps those to an address."""
    address = request.GET.get("to", "").strip().lower()
    mails = [m for m in _store().newest(SHOWN) if address in m.recipient.lower()]
    return render(request, "demo/mailbox.html", {"mails": mails, "address": address})


@require_safe
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail in one of the views HTML, Text, Headers, Source."""
    found = _mail(name)
    view = request.GET.get("view", "html" if found.html else "text")
    if view not in VIEWS:
        raise Http404
    return render(request, "demo/mail.html", {"mail": found, "view": view, "views": VIEWS})


@require_safe
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]
def mail_content(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part alone, for the frame: without scripts, links open a new tab."""
    html = _mail(name).html
    head = _HEAD.search(html)
    position = head.end() if head else 0
    return HttpResponse(html[:position] + NEW_TAB + html[position:])


def _store() -> MailStore:
    """The store of the mail sink; without the demo there is no mailbox (SEC-100)."""
    if not settings.PORTAL_DEMO:
        raise Http404
    return MailStore(settings.PORTAL_STATE_DIR / "mail")


def _mail(name: str) -> StoredMail:
    found = _store().get(name)
    if found is None:
        raise Http404
    return found
