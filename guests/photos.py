"""Make a profile picture of an uploaded file (T2 Photo).

Nothing of the upload is kept but pixels: they are decoded, cut to a square and encoded anew, so
that no metadata, no appended data and no trick of a decoder reaches another browser.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from portal.errors import InvalidInput

SIDE = 240
"""Width and height of the stored picture, in pixels."""
MAXIMUM_BYTES = 4 * 1024 * 1024
"""Of the uploaded file; the limit of the Graph API."""
MAXIMUM_PIXELS = 30_000_000
"""A small file can claim to be a huge picture; what would take more memory is never decoded."""
FORMATS = ("JPEG", "PNG")
CONTENT_TYPE = "image/jpeg"
_QUALITY = 88
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


def prepared(file: IO[bytes]) -> bytes:
    """The picture in `file` as a JPEG of 240 by 240 pixels without metadata.

    Takes JPEG and PNG, told by content; cuts what is not square around the middle.
    Raises: InvalidInput at `photo`.
    """
    too_large = InvalidInput(
        "photo", _("The picture has more than 30 megapixels. Choose a smaller one.")
    )
    content = file.read(MAXIMUM_BYTES + 1)
    if len(content) > MAXIMUM_BYTES:
        raise InvalidInput("photo", _("The file is larger than 4 MB. Choose a smaller one."))
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MAXIMUM_PIXELS:
                raise too_large
            return _encoded(_square(picture))
    except Image.DecompressionBombError as error:
        raise too_large from error
    except _BROKEN as error:
        raise InvalidInput(
            "photo", _("This is no JPEG or PNG picture. Choose another file.")
        ) from error


def _square(picture: Image.Image) -> Image.Image:
    """The middle of the picture, upright, on white where it is transparent."""
    picture.draft("RGB", (4 * SIDE, 4 * SIDE))  # a JPEG is decoded at a fraction of its size
    upright = ImageOps.exif_transpose(picture)
    if not upright.has_transparency_data:
        upright = upright.convert("RGB")
    small = ImageOps.fit(upright.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", small.size, "white")
    ground.paste(small, mask=small.getchannel("A"))
    return ground


def _encoded(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
