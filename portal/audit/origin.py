"""Where a request came from: address, tenant, device and browser (T24 *Where*)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from portal.audit import log
from portal.values.client_address import client_address


@dataclass(frozen=True)
class Device:
    """What the browser said of itself; empty where it said nothing that we know."""

    device: str = ""
    browser: str = ""
    system: str = ""


@lru_cache(maxsize=2048)
def parse_user_agent(user_agent: str) -> Device:
    """Read a user agent. It is what the client claims, so it explains and never decides."""
    if not user_agent:
        return Device()
    from ua_parser import parse  # a quarter of a second of rules, only when a detail is opened

    found = parse(user_agent)
    return Device(
        device=_words(found.device, "brand", "model"),
        browser=_words(found.user_agent, "family", "major"),
        system=_words(found.os, "family", "major"),
    )


def _words(part: Any, *names: str) -> str:
    words = dict.fromkeys(getattr(part, name, None) for name in names) if part else {}
    return " ".join(word for word in words if word)


_PLAIN_ID = re.compile(r"[A-Za-z0-9-]{1,64}\Z")


class OriginMiddleware:
    """Sets `request.tenant` from the session's user alone (SEC-80), and the log's origin.

    The correlation id is the request id of the log lines, so that an error page, an audit row
    and a log line name the same thing (SEC-102). Guest pages without a signed-in user take
    their tenant from the sign-in transaction.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.tenant = SimpleLazyObject(lambda: _tenant_of(request))  # type: ignore[attr-defined]
        correlation_id = _request_id()
        request.correlation_id = correlation_id  # type: ignore[attr-defined]
        token = log.ORIGIN.set(
            log.RequestOrigin(
                correlation_id=correlation_id,
                client_address=client_address(request),
                user_agent=request.headers.get("User-Agent", ""),
            )
        )
        try:
            return self.get_response(request)
        finally:
            log.ORIGIN.reset(token)


def _request_id() -> str:
    """What django-structlog bound for this request; ours where that is no short plain id.

    Any client can send X-Request-ID, so a log row keeps only a safe part of it.
    """
    bound = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    return bound if _PLAIN_ID.match(bound) else str(uuid.uuid4())


def _tenant_of(request: HttpRequest) -> object:
    user = request.user
    return user.tenant if user.is_authenticated else None
