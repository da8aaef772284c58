"""Clean and check typed text, and render the markup of sign-in texts (SEC-31, SEC-86, SEC-92).

The markup of T1: `[words](https://…)`, `**bold**`, `*italic*`, `++underlined++`; everything else is
text.
"""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

INVITATION_NAME_LENGTH = 64
"""Names of inviter and tenant in mails (SEC-31)."""
DISPLAY_NAME_LENGTH = 256
"""Display names in the directory (T2)."""

_SEPARATORS = frozenset({"Cc", "Zl", "Zp", "Zs"})
_INVISIBLE_CATEGORIES = frozenset({"Cf", "Cs", "Co", "Cn"})
_INVISIBLE_LETTERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u2800\u3164\uffa0"
)
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINERS = frozenset("\u200c\u200d")
_ALLOWED_IN_LINES = frozenset("\t\n\r")


def clean_display_name(text: str, limit: int = DISPLAY_NAME_LENGTH) -> str:
    """`text` as a name on one line, at most `limit` characters (SEC-31, SEC-86, EML-19).

    Control characters, line breaks and spaces of every kind become one blank; bidi controls
    and invisible characters go. Joiners stay between letters of the scripts that need them.
    """
    kept = (_kept(text, index) for index in range(len(text)))
    return " ".join("".join(kept).split())[:limit].strip()


def clean_line(text: str) -> str:
    """`text` on one line without control characters, for a mail header."""
    return clean_display_name(text, limit=max(len(text), 1))


def hidden_character(text: str) -> str:
    """The first invisible character of `text`, as `U+200B (zero width space)`; empty for none.

    Blanks of every kind but the ordinary one count: an address or a URL has none (SEC-86). A
    joiner between letters of the scripts that need it does not.
    """
    for index, character in enumerate(text):
        is_blank = unicodedata.category(character) in _SEPARATORS and character != " "
        if is_blank or (character != " " and not _kept(text, index)):
            name = unicodedata.name(character, "").lower() or _("control character")
            return f"U+{ord(character):04X} ({name})"
    return ""


def refuse_control_characters(value: str) -> None:
    """Validate a single-line field: no control characters, line breaks or bidi controls.

    Raises: ValidationError.
    """
    if any(_is_control(c) or unicodedata.category(c) in {"Zl", "Zp"} for c in value):
        raise ValidationError(
            _("Enter text on one line, without control characters."), code="control_characters"
        )


def refuse_control_characters_in_lines(value: str) -> None:
    """Validate a multi-line field: line breaks and tabs are fine, other controls are not.

    Raises: ValidationError.
    """
    if any(_is_control(c) for c in value if c not in _ALLOWED_IN_LINES):
        raise ValidationError(
            _("Remove control characters from the text."), code="control_characters"
        )


def _kept(text: str, index: int) -> str:
    character = text[index]
    category = unicodedata.category(character)
    if category in _SEPARATORS:
        return " "
    if character in _JOINERS:
        return character if _joins_letters(text, index) else ""
    if category in _INVISIBLE_CATEGORIES or character in _INVISIBLE_LETTERS:
        return ""
    return "" if _VARIATION_SELECTORS.match(character) else character


def _joins_letters(text: str, index: int) -> bool:
    """Whether a joiner stands inside a word of a script that joins (Arabic, Indic scripts)."""
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    return all(
        neighbour and unicodedata.category(neighbour)[0] in "LM" and ord(neighbour) >= 0x600
        for neighbour in (before, after)
    )


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    if category in {"Cc", "Cs"}:
        return True
    return category == "Cf" and character not in _JOINERS


_MARKS = re.compile(
    r"\[(?P<words>[^\[\]\n]{1,200})\]\((?P<url>https://[^\s()<>\"]{1,500})\)"
    r"|\*\*(?P<bold>[^*\n]{1,500})\*\*"
    r"|\+\+(?P<underlined>[^+\n]{1,500})\+\+"
    r"|\*(?P<italic>[^*\n]{1,500})\*"
)


def render_markup(text: str) -> SafeString:
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
