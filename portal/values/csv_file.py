"""Write CSV files whose cells are quoted and never formulas (BLK-19, SEC-88).

A cell that a spreadsheet would take for a formula gets an apostrophe before its first character; a
text that begins with apostrophes and such a character gets one more, so that taking one away gives
exactly what went in.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""
LINES_IN_A_CHUNK = 200

_DANGEROUS = "=+\\-@\t\r\n\0＝＋－＠"
_TO_PROTECT = re.compile(f"'*[{_DANGEROUS}]")
_PROTECTED = re.compile(f"'+[{_DANGEROUS}]")


def protect_cell(text: str) -> str:
    """`text` as it may stand in a CSV file that we produce."""
    return f"'{text}" if _TO_PROTECT.match(text) else text


def unprotect_cell(text: str) -> str:
    """What `protect` was given; other apostrophes stay."""
    return text[1:] if _PROTECTED.match(text) else text


class _Line:
    """What a CSV writer writes into."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Each row as one record of RFC 4180, every field quoted."""
    line = _Line()
    writer = csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in rows:
        writer.writerow([protect_cell("" if cell is None else str(cell)) for cell in row])
        yield line.text


def csv_chunks(parts: Iterable[str], *, beginning: str = BYTE_ORDER_MARK) -> Iterator[bytes]:
    """The file in pieces for a streaming answer; memory does not grow with it."""
    waiting = [beginning]
    for part in parts:
        waiting.append(part)
        if len(waiting) >= LINES_IN_A_CHUNK:
            yield "".join(waiting).encode()
            waiting.clear()
    if waiting:
        yield "".join(waiting).encode()
