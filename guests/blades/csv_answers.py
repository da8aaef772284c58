"""CSV files as answers: streamed, always a download (SEC-88)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

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
    answer = StreamingHttpResponse(chunks(parts), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, file_name) or "attachment"
    answer["Cache-Control"] = "no-store"
    return cast(HttpResponse, answer)  # blades pass every kind of answer on
