"""Save the branding of the sign-in pages (T1, DIR-8)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from portal.audit import log
from portal.audit.log import Change
from portal.permissions import Capability
from portal.principals import Principal
from portal.tenant_settings import SettingChange, TenantSetting, changed_values
from portal.tenants.branding.images import Picture
from portal.tenants.models import BrandingImage, Tenant

TEXTS = ("brand_color", "sign_in_page_text")
BRANDING = TenantSetting(
    Capability.TENANT_EDIT,
    log.SET_COMPANY_INFORMATION,
    Tenant,
    name="",
    version="branding_version",
    kind="Company",
)


def save_branding(
    tenant: Tenant,
    texts: Mapping[str, str],
    pictures: Mapping[str, Picture | None],
    *,
    by: Principal,
    version: int,
) -> bool:
    """Store the texts and pictures; None takes a picture away. Whether anything changed.

    Takes the `version` of the branding that was shown.

    Raises: NotAllowed (DIR-6), ChangedMeanwhile (BET-8).
    """
    new: dict[str, object] = {name: texts[name] for name in TEXTS}
    changes = changed_values(tenant, new)
    before = tenant.branding_versions
    after = {kind: _picture_version(picture) for kind, picture in pictures.items()}
    changes += [
        Change(kind, before.get(kind, ""), name)
        for kind, name in after.items()
        if before.get(kind, "") != name
    ]
    kept = {kind: name for kind, name in {**before, **after}.items() if name}
    change = SettingChange(
        shown={"branding_version": version},
        values={**new, "branding_versions": kept},
        changes=changes,
        write_rows=lambda: _store_pictures(tenant, pictures),
    )
    return BRANDING.save(tenant, change, by=by)


def _picture_version(picture: Picture | None) -> str:
    """What names the content of a picture; empty for none."""
    return hashlib.sha256(picture.content).hexdigest()[:16] if picture else ""


def _store_pictures(tenant: Tenant, pictures: Mapping[str, Picture | None]) -> None:
    for kind, picture in pictures.items():
        if picture is None:
            BrandingImage.objects.filter(tenant=tenant, kind=kind).delete()
            continue
        BrandingImage.objects.update_or_create(
            tenant=tenant,
            kind=kind,
            defaults={
                "content": picture.content,
                "content_type": picture.content_type,
                "version": _picture_version(picture),
            },
        )
