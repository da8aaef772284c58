"""The pictures of a tenant's branding, for its sign-in pages (DIR-8)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from portal.tenants.models import BrandingImage

A_YEAR = 365 * 24 * 60 * 60


@require_safe
def branding_image(request: HttpRequest, tenant_id: UUID, kind: str) -> HttpResponse:
    """One picture; public, as the pages before a sign-in are. `v` names its version."""
    rows = BrandingImage.objects.filter(tenant_id=tenant_id, tenant__is_suspended=False)
    found = rows.filter(kind=kind[:16]).first() if "\0" not in kind else None
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Content-Disposition"] = "inline"
    is_current = request.GET.get("v") == found.version
    patch_cache_control(
        response, public=True, max_age=A_YEAR if is_current else 60, immutable=is_current
    )
    return response
