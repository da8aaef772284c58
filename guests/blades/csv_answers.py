"""CSV files as answers, and the names that people give them (BLK-20)."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse

from portal.shell.downloads import download
from portal.spreadsheets import chunks
from portal.texts import clean_line

MAXIMUM_FILE_NAME = 100
_FORBIDDEN = '\\/:*?"<>|'


def file_name_of(text: str, default: str) -> str:
    """A name every file system takes, ending in `.csv`."""
    kept = "".join(c for c in clean_line(text) if c not in _FORBIDDEN).strip(" .")
    stem = kept.removesuffix(".csv")[:MAXIMUM_FILE_NAME].strip(" .")
    return f"{stem}.csv" if stem else default


def csv_answer(parts: Iterable[str], file_name: str) -> HttpResponse:
    """The lines as a CSV download named `file_name`."""
    return download(chunks(parts), file_name)
