"""CSV as we produce it: every field quoted, formulas disarmed, line by line (SEC-88, BLK-19)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from guests.bulk.columns import VERSION_LINE, Column, headings
from guests.bulk.quoting import protect

BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""
LINES_IN_A_CHUNK = 200


class _Line:
    """What a CSV writer writes into."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)


def lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Each row as one record of RFC 4180."""
    line = _Line()
    writer = csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in rows:
        writer.writerow([protect("" if cell is None else str(cell)) for cell in row])
        yield line.text


def chunks(parts: Iterable[str]) -> Iterator[bytes]:
    """The file in pieces for a streaming answer; memory does not grow with it."""
    waiting = [BYTE_ORDER_MARK]
    for part in parts:
        waiting.append(part)
        if len(waiting) >= LINES_IN_A_CHUNK:
            yield "".join(waiting).encode()
            waiting.clear()
    if waiting:
        yield "".join(waiting).encode()


def template(columns: Sequence[Column], example: Sequence[str]) -> Iterator[str]:
    """The file to fill in: version, headings, one example row (BLK-1 to BLK-3).

    Version and headings stand there without quotes, as the specification writes them.
    """
    yield f"{VERSION_LINE}\r\n"
    yield ",".join(headings(columns)) + "\r\n"
    yield from lines([example])
