"""Uploaded and downloaded files: templates, uploads, results (BLK-1 to BLK-3, BLK-16).

An upload has at most 20 MB and never a name on the disk (SEC-87, BLK-18). A request that declares
a larger body is refused before it is read; a longer body is cut off while it streams in.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from guests.bulk import file_reading, queries
from guests.bulk.file_reading import VERSION_LINE, FileColumn, FileRefused, column_headings
from guests.models import BulkJob
from portal.console.downloads import download_response
from portal.values.csv_file import csv_chunks, csv_lines
from portal.values.text import clean_line

ADDED_HEADINGS = ("Status", "Reason", "Object ID")
ROWS_AT_A_TIME = 2_000


def result_file_parts(job: BulkJob) -> Iterator[str]:
    """The file line by line; passwords are blank even where a row waits (BLK-18)."""
    yield f"{VERSION_LINE}\r\n"
    yield from csv_lines(_records(job))


def retry_file_parts(job: BulkJob) -> Iterator[str]:
    """The rows that failed or were never done, as a file to correct and upload (BET-9).

    Passwords are blank, as they are forgotten when a row is done (BLK-18).
    """
    yield f"{VERSION_LINE}\r\n"
    yield from csv_lines([job.headings])
    rows = queries.unfinished_rows(job).values_list("cells", flat=True)
    yield from csv_lines(rows.iterator(chunk_size=ROWS_AT_A_TIME))


def _records(job: BulkJob) -> Iterator[list[object]]:
    yield [*job.headings, *ADDED_HEADINGS]
    found = queries.job_rows(job).order_by("number")
    for row in found.iterator(chunk_size=ROWS_AT_A_TIME):
        yield [*row.cells, row.get_outcome_display(), row.reason, row.object_id]


def template_file(columns: Sequence[FileColumn], example: Sequence[str]) -> Iterator[str]:
    """The file to fill in: version, headings, one example row (BLK-1 to BLK-3).

    Version and headings stand there without quotes, as the specification writes them.
    """
    yield f"{VERSION_LINE}\r\n"
    yield ",".join(column_headings(columns)) + "\r\n"
    yield from csv_lines([example])


MAXIMUM_FILE_NAME = 100
_FORBIDDEN = '\\/:*?"<>|'


def file_name_of(text: str, default: str) -> str:
    """A name every file system takes, ending in `.csv`."""
    kept = "".join(c for c in clean_line(text) if c not in _FORBIDDEN).strip(" .")
    stem = kept.removesuffix(".csv")[:MAXIMUM_FILE_NAME].strip(" .")
    return f"{stem}.csv" if stem else default


def csv_answer(parts: Iterable[str], file_name: str) -> HttpResponse:
    """The lines as a CSV download named `file_name`."""
    return download_response(csv_chunks(parts), file_name)


FORM_BYTES = 64 * 1024
"""What the form around the file may take."""
IN_MEMORY_BYTES = 2 * 1024 * 1024


class TooLarge(FileRefused):
    """The file is larger than a bulk file may be."""

    status = 413

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(_("The file is larger than 20 MB. Divide it into several files."))


def limit_upload(request: HttpRequest) -> None:
    """Prepare `request` for a file; call it before anything reads the form, so also before CSRF.

    Raises: TooLarge when the request says that it is.
    """
    length = str(request.META.get("CONTENT_LENGTH", ""))
    if length.isdecimal() and int(length) > file_reading.MAXIMUM_BYTES + FORM_BYTES:
        raise TooLarge
    request.upload_handlers = [_Handler(request)]


def uploaded_file(request: HttpRequest) -> UploadedFile[Any]:
    """The file that was chosen. Raises: FileRefused."""
    file = request.FILES.get("file")
    ours = [handler for handler in request.upload_handlers if isinstance(handler, _Handler)]
    if any(handler.is_too_large for handler in ours):
        raise TooLarge
    if file is None or file.file is None:
        raise FileRefused(_("Choose a CSV file first."))
    return file


class _Handler(FileUploadHandler):
    """Keeps a file in memory, a larger one on the disk without a name."""

    is_too_large = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with an empty file."""
        super().new_file(*args, **kwargs)
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - Django closes

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece. Raises: StopUpload when it is one too many."""
        if start + len(raw_data) > file_reading.MAXIMUM_BYTES:
            self.is_too_large = True
            self._file.close()
            raise StopUpload(connection_reset=True)
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """The file from its beginning."""
        self._file.seek(0)
        return UploadedFile(
            file=self._file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )
