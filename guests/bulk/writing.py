"""The template of a bulk operation (BLK-1 to BLK-3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guests.bulk.columns import VERSION_LINE, Column, headings
from portal.spreadsheets import lines


def template(columns: Sequence[Column], example: Sequence[str]) -> Iterator[str]:
    """The file to fill in: version, headings, one example row (BLK-1 to BLK-3).

    Version and headings stand there without quotes, as the specification writes them.
    """
    yield f"{VERSION_LINE}\r\n"
    yield ",".join(headings(columns)) + "\r\n"
    yield from lines([example])
