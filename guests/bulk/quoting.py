"""Cells that no spreadsheet takes for a formula (BLK-19, SEC-88).

An apostrophe goes before the first character; a text that begins with apostrophes and such a
character gets one more, so that taking one away gives exactly what went in.
"""

from __future__ import annotations

import re

_DANGEROUS = "=+\\-@\t\r\n\0＝＋－＠"
_TO_PROTECT = re.compile(f"'*[{_DANGEROUS}]")
_PROTECTED = re.compile(f"'+[{_DANGEROUS}]")


def protect(text: str) -> str:
    """`text` as it may stand in a CSV file that we produce."""
    return f"'{text}" if _TO_PROTECT.match(text) else text


def unprotect(text: str) -> str:
    """What `protect` was given; other apostrophes stay."""
    return text[1:] if _PROTECTED.match(text) else text
