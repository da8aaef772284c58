"""Toasts: messages that the next page shows about what was done; Notifications keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.contrib import messages
from django.contrib.messages import constants
from django.http import HttpRequest

from portal.console import notifications

KINDS = {"success": "ok", "warning": "warn", "error": "bad"}
"""Classes of the design by levels of Django's messages; the others are plain."""

Links = Sequence[tuple[str, str]]
"""Labels with addresses of this portal, shown under the text (INF-3)."""


def succeeded(request: HttpRequest, title: object, text: object = "", *, links: Links = ()) -> None:
    """Say that something was done; leaves by itself after five seconds, unless it has links."""
    _add(request, constants.SUCCESS, title, text, links)


def informed(request: HttpRequest, title: object, text: object = "", *, links: Links = ()) -> None:
    """Say something that needs no answer."""
    _add(request, constants.INFO, title, text, links)


def warned(request: HttpRequest, title: object, text: object = "", *, links: Links = ()) -> None:
    """Say that something was done, but not all of it."""
    _add(request, constants.WARNING, title, text, links)


def failed(request: HttpRequest, title: object, text: object = "", *, links: Links = ()) -> None:
    """Say that something was not done; stays until it is dismissed."""
    _add(request, constants.ERROR, title, text, links)


def links_in(extra_tags: str) -> list[tuple[str, str]]:
    """The links that a notification carries in its extra tags."""
    return [(label, url) for label, url in json.loads(extra_tags)] if extra_tags else []


def _add(request: HttpRequest, level: int, title: object, text: object, links: Links) -> None:
    lines = f"{title}\n{text}" if str(text) else str(title)
    messages.add_message(request, level, lines, extra_tags=json.dumps(links) if links else "")
    if request.user.is_authenticated and not request.user.is_operator:
        kind = KINDS.get(constants.DEFAULT_TAGS[level], "")
        plain = [(str(label), url) for label, url in links]
        notifications.notify(
            request.user, str(title), str(text), kind=kind, links=plain, is_read=True
        )
