"""Device, browser and system of a sign-in, out of the user agent (T24 *Where*)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class Device:
    """What the browser said of itself; empty where it said nothing that we know."""

    device: str = ""
    browser: str = ""
    system: str = ""


@lru_cache(maxsize=2048)
def of(user_agent: str) -> Device:
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
