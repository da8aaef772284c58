"""Save the branding of the sign-in pages (T1, DIR-8)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django.db import transaction

from portal.audit import log
from portal.audit.log import Change, Details
from portal.principals import Principal
from portal.tenants.branding.images import Picture
from portal.tenants.models import BrandingImage, Tenant
from portal.tenants.properties.actions import require_may_edit, target_of

TEXTS = ("brand_color", "sign_in_page_text")


def save_branding(
    tenant: Tenant,
    texts: Mapping[str, str],
    pictures: Mapping[str, Picture | None],
    *,
    by: Principal,
) -> bool:
    """Store the texts and pictures; None takes a picture away. Whether anything changed.

    Raises: NotAllowed (DIR-6).
    """
    require_may_edit(tenant, by)
    changes = [
        Change(name, getattr(tenant, name), texts[name])
        for name in TEXTS
        if texts[name] != getattr(tenant, name)
    ]
    versions = dict(tenant.branding_versions)
    with transaction.atomic():
        for kind, picture in pictures.items():
            before, after = versions.pop(kind, ""), _store(tenant, kind, picture)
            if after:
                versions[kind] = after
            if before != after:
                changes.append(Change(kind, before, after))
        if not changes:
            return False
        values = {name: texts[name] for name in TEXTS}
        Tenant.objects.filter(pk=tenant.pk).update(**values, branding_versions=versions)
        log.record(
            log.SET_COMPANY_INFORMATION,
            tenant,
            by=by,
            target=target_of(tenant),
            details=Details(changes=changes),
        )
    return True


def _store(tenant: Tenant, kind: str, picture: Picture | None) -> str:
    """The version stored, empty for none."""
    if picture is None:
        BrandingImage.objects.filter(tenant=tenant, kind=kind).delete()
        return ""
    version = hashlib.sha256(picture.content).hexdigest()[:16]
    BrandingImage.objects.update_or_create(
        tenant=tenant,
        kind=kind,
        defaults={
            "content": picture.content,
            "content_type": picture.content_type,
            "version": version,
        },
    )
    return version
