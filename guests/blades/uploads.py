"""Bulk files on their way in: never more than 20 MB, never a file with a name (SEC-87, BLK-18).

A request that says it is too large is answered before it is read; one that is larger than it may
be is cut off while it streams. What is kept meanwhile has no name on the disk, so that nothing is
left of it when the process is killed.
"""

from __future__ import annotations

import tempfile
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext as _

from guests.bulk import limits
from guests.bulk.reading import FileRefused

FORM_BYTES = 64 * 1024
"""What the form around the file may take."""
IN_MEMORY_BYTES = 2 * 1024 * 1024


class TooLarge(FileRefused):
    """The file is larger than a bulk file may be."""

    status = 413

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(_("The file is larger than 20 MB. Divide it into several files."))


def limit(request: HttpRequest) -> None:
    """Prepare `request` for a file; call it before anything reads the form, so also before CSRF.

    Raises: TooLarge when the request says that it is.
    """
    length = str(request.META.get("CONTENT_LENGTH", ""))
    if length.isdecimal() and int(length) > limits.MAXIMUM_BYTES + FORM_BYTES:
        raise TooLarge
    request.upload_handlers = [_Handler(request)]


def file_of(request: HttpRequest) -> UploadedFile[Any]:
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
        if start + len(raw_data) > limits.MAXIMUM_BYTES:
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
