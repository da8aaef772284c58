"""Turn an uploaded picture into a profile photo (T2 Photo)."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from PIL import Image, ImageOps

from portal.values import image

SIDE = 240
"""Width and height of the stored picture, in pixels."""
MAXIMUM_BYTES = 4 * 1024 * 1024
"""Of the uploaded file; the limit of the Graph API."""
CONTENT_TYPE = "image/jpeg"
_QUALITY = 88


def make_photo(file: IO[bytes]) -> bytes:
    """The picture in `file` as a JPEG of 240 by 240 pixels without metadata.

    Takes JPEG and PNG, told by content; cuts what is not square around the middle.
    Raises: InvalidInput at `photo`.
    """
    return image.decode_image(
        file,
        field="photo",
        most_bytes=MAXIMUM_BYTES,
        encode=lambda picture: _encoded(_square(picture)),
    )


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
