"""Decode uploaded images safely: nothing of the file is kept but its pixels (T1, T2).

No metadata, no appended data and no trick of a decoder reaches another browser.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from portal.errors import InvalidInput

MAXIMUM_PIXELS = 30_000_000
"""A small file can claim to be a huge picture; what would take more memory is never decoded."""
FORMATS = ("JPEG", "PNG")
_BROKEN = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for files that are no pictures, or broken ones."""


def decode_image(
    file: IO[bytes], *, field: str, most_bytes: int, encode: Callable[[Image.Image], bytes]
) -> bytes:
    """What `encode` makes of the JPEG or PNG in `file`, told by content.

    Raises: InvalidInput at `field`, for a file over `most_bytes`, over 30 megapixels, or of
    another kind.
    """
    too_large = InvalidInput(
        field, _("The picture has more than 30 megapixels. Choose a smaller one.")
    )
    content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        size = {"size": size_label(most_bytes)}
        text = _("The file is larger than %(size)s. Choose a smaller one.") % size
        raise InvalidInput(field, text)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MAXIMUM_PIXELS:
                raise too_large
            return encode(picture)
    except Image.DecompressionBombError as error:
        raise too_large from error
    except _BROKEN as error:
        text = _("This is no JPEG or PNG picture. Choose another file.")
        raise InvalidInput(field, text) from error


def size_label(size_bytes: int) -> str:
    """`4 MB`, `50 KB`."""
    mega, kilo = 1024 * 1024, 1024
    return f"{size_bytes // mega} MB" if size_bytes >= mega else f"{size_bytes // kilo} KB"
