"""Check and convert branding images (T1)."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image

from portal.errors import InvalidInput
from portal.tenants.models import BrandingImage
from portal.values import image

Kind = BrandingImage.Kind
KIB = 1024


@dataclass(frozen=True)
class Limits:
    """The largest size in pixels and bytes; a square one must be square."""

    width: int
    height: int
    most_bytes: int
    is_square: bool = False

    @property
    def label(self) -> str:
        """The limits as the form names them."""
        size = {
            "width": self.width,
            "height": self.height,
            "size": image.size_label(self.most_bytes),
        }
        if self.is_square:
            text = _("PNG or JPG, square, at most %(width)d × %(height)d pixels and %(size)s.")
        else:
            text = _("PNG or JPG, at most %(width)d × %(height)d pixels and %(size)s.")
        return text % size


LIMITS: dict[str, Limits] = {
    Kind.BANNER: Limits(245, 36, 50 * KIB),
    Kind.SQUARE_LIGHT: Limits(240, 240, 50 * KIB, is_square=True),
    Kind.SQUARE_DARK: Limits(240, 240, 50 * KIB, is_square=True),
    Kind.BACKGROUND: Limits(1920, 1080, 300 * KIB),
    Kind.FAVICON: Limits(32, 32, 5 * KIB, is_square=True),
}


@dataclass(frozen=True)
class Picture:
    """A picture ready to be stored."""

    content: bytes
    content_type: str


def make_branding_image(kind: str, file: IO[bytes]) -> Picture:
    """The picture in `file`, encoded anew in its own format without metadata.

    Raises: InvalidInput at the field of the kind.
    """
    limits, found = LIMITS[kind], []

    def encode(picture: Image.Image) -> bytes:
        if picture.width > limits.width or picture.height > limits.height:
            raise InvalidInput(kind, limits.label)
        if limits.is_square and picture.width != picture.height:
            raise InvalidInput(kind, limits.label)
        found.append(picture.format or "PNG")
        out = BytesIO()
        if picture.format == "JPEG":
            picture.convert("RGB").save(out, "JPEG", quality=90, optimize=True)
        else:
            picture.convert("RGBA").save(out, "PNG", optimize=True)
        return out.getvalue()

    content = image.decode_image(file, field=kind, most_bytes=limits.most_bytes, encode=encode)
    return Picture(content, "image/jpeg" if found == ["JPEG"] else "image/png")
