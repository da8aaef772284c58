"""Notifications: what the next page says about what was just done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

KINDS = {"success": "ok", "warning": "warn", "error": "bad"}
"""Classes of the design by levels of Django's messages; the others are plain."""


def succeeded(request: HttpRequest, title: object, text: object = "") -> None:
    """Say that something was done; leaves by itself after five seconds."""
    messages.success(request, _lines(title, text))


def informed(request: HttpRequest, title: object, text: object = "") -> None:
    """Say something that needs no answer."""
    messages.info(request, _lines(title, text))


def warned(request: HttpRequest, title: object, text: object = "") -> None:
    """Say that something was done, but not all of it."""
    messages.warning(request, _lines(title, text))


def failed(request: HttpRequest, title: object, text: object = "") -> None:
    """Say that something was not done; stays until it is dismissed."""
    messages.error(request, _lines(title, text))


def _lines(title: object, text: object) -> str:
    return f"{title}\n{text}" if text else str(title)
