"""Open pages in a browser, and read links and codes out of mails."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.smtp_sink import ReceivedMail

THEMES = ["light", "dark"]


def open_page(browser: Browser, portal_url: str, **options: object) -> Page:
    options = {"base_url": portal_url, "locale": "en-US", "reduced_motion": "reduce", **options}
    context: BrowserContext = browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    return context.new_page()


LINK = re.compile(r"https?://\S+/redeem/\S+")


CODE = re.compile(r"^\s*(\d{8})\s*$", re.MULTILINE)


OpenBrowser = Callable[..., Page]


def link_in(mail: ReceivedMail) -> str:
    """The invitation link of a mail's text part."""
    found = LINK.search(mail.text)
    assert found, mail.text
    return found[0]


def code_in(mail: ReceivedMail) -> str:
    """The passcode, alone on its line."""
    found = CODE.search(mail.text)
    assert found, mail.text
    return found[1]
