"""The pictures of an invitation mail: the inviter’s photo, the organisation’s logo (EML-9, EML-10).

They travel inside the mail; nothing is loaded from anywhere (EML-7).
"""

from __future__ import annotations

from guests import photos, queries
from guests.models import User
from portal.outbox.messages import Picture
from portal.tenants.models import BrandingImage, Tenant

PHOTO, LOGO = "photo", "logo"


def of(tenant: Tenant, inviter: User | None) -> list[Picture]:
    """What there is: neither, one or both."""
    found: list[Picture] = []
    photo = queries.photo(tenant, inviter.pk) if inviter and inviter.photo_version else None
    if photo is not None:
        found.append(Picture(PHOTO, photo[1], photos.CONTENT_TYPE))
    kind = BrandingImage.Kind.SQUARE_LIGHT
    if kind in tenant.branding_versions:
        logo = BrandingImage.objects.filter(tenant=tenant, kind=kind).first()
        if logo is not None:
            found.append(Picture(LOGO, bytes(logo.content), logo.content_type))
    return found
