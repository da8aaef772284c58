"""Give tests the HTML of a page with the white space that a browser keeps.

Templates break lines wherever HTML ignores it: beside block-level elements, between attributes and
in running text. What a test looks for must not depend on where a line ends.
"""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

BLOCK = (
    "html|head|body|div|ul|ol|li|p|table|thead|tbody|tfoot|tr|td|th|caption|col|section|article|aside"
    "|header|footer|nav|main|dl|dt|dd|form|fieldset|legend|h[1-6]|hr|details|summary|dialog|option"
    "|optgroup|template|title|meta|link|script|menu|search"
)
_AS_WRITTEN = re.compile(r"(<(?:pre|textarea)\b.*?</(?:pre|textarea)>)", re.DOTALL)
_BEFORE_BLOCK = re.compile(rf"\s*\n\s*(?=</?(?:{BLOCK})\b)")
_AFTER_BLOCK = re.compile(rf"(</?(?:{BLOCK})\b(?:\"[^\"]*\"|[^\">])*>)\s*\n\s*")
_IN_TEXT = re.compile(r"\s*\n\s*")


def without_line_breaks(html: str) -> str:
    """Remove line breaks beside block-level elements; others become a space."""
    parts = _AS_WRITTEN.split(html)
    for index in range(0, len(parts), 2):
        text = _BEFORE_BLOCK.sub("", parts[index])
        text = _AFTER_BLOCK.sub(r"\1", text)
        parts[index] = _IN_TEXT.sub(" ", text)
    return "".join(parts)


def read_as_a_browser(monkeypatch: Any) -> None:
    """Let every Django test client give pages without line breaks."""
    request = Client.request

    def read(self: Client, **parts: Any) -> Any:
        response = request(self, **parts)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and not response.streaming:
            response.content = without_line_breaks(response.content.decode()).encode()
        return response

    monkeypatch.setattr(Client, "request", read)
