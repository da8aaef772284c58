"""What tests of pages share: signing a browser in, accessibility, the rules of the CSP."""

from __future__ import annotations

import html
import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from guests.models import User

INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE
)
"""What SEC-69 forbids in a page."""


def words(answer: Any) -> str:
    """What a reader sees of an answer: its text, without tags, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def inline_code(page: str) -> list[str]:
    """Inline scripts, styles and handlers in a page; none is allowed (SEC-69)."""
    return INLINE.findall(page)


def sign_in(context: Any, url: str, user: User) -> None:
    """Give a Playwright context the session of `user` on the portal at `url`."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


AT_REST = """() => Promise.allSettled(document.getAnimations()
    .filter((one) => one.effect.getTiming().iterations !== Infinity).map((one) => one.finished))"""


def barriers(page: Any) -> list[str]:
    """What axe finds serious or critical on a page, one line each.

    Panes and notices fade in; colors are judged when they have arrived.
    """
    page.evaluate(AT_REST)
    results = Axe().run(page)
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in results.response["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def console_errors(page: Any) -> list[str]:
    """A list that fills with what the page complains about: CSP reports, script errors."""
    seen: list[str] = []
    page.on("console", lambda m: seen.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    return seen
