"""The small markup of sign-in page texts: link, bold, italic, underline (T1, SEC-92).

`[words](https://…)`, `**bold**`, `*italic*`, `++underlined++`; everything else is text.
"""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_MARKS = re.compile(
    r"\[(?P<words>[^\[\]\n]{1,200})\]\((?P<url>https://[^\s()<>\"]{1,500})\)"
    r"|\*\*(?P<bold>[^*\n]{1,500})\*\*"
    r"|\+\+(?P<underlined>[^+\n]{1,500})\+\+"
    r"|\*(?P<italic>[^*\n]{1,500})\*"
)


def rendered(text: str) -> SafeString:
    """`text` as HTML; what is no mark is escaped, line breaks are kept."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return format_html_join(_BREAK, "{}", ((_line(line),) for line in lines))


_BREAK = SafeString("<br>")


def _line(line: str) -> SafeString:
    parts: list[SafeString | str] = []
    at = 0
    for found in _MARKS.finditer(line):
        parts += [line[at : found.start()], _marked(found)]
        at = found.end()
    parts.append(line[at:])
    return format_html_join("", "{}", ((part,) for part in parts))


def _marked(found: re.Match[str]) -> SafeString:
    if found["words"]:
        return format_html(
            '<a href="{}" rel="noreferrer noopener">{}</a>', found["url"], found["words"]
        )
    if found["bold"]:
        return format_html("<b>{}</b>", found["bold"])
    if found["underlined"]:
        return format_html("<u>{}</u>", found["underlined"])
    return format_html("<i>{}</i>", found["italic"])
