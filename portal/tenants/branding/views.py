"""Page Company branding with a preview, and the branding images for sign-in pages (DIR-8)."""

from __future__ import annotations

import base64
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number
from portal.errors import ChangedMeanwhile, InvalidInput
from portal.permissions import Capability
from portal.tenants.branding import actions
from portal.tenants.branding.images import Picture
from portal.tenants.forms import BrandingForm
from portal.tenants.models import BrandingImage

TITLE = gettext_lazy("Company branding")


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="organization",
    page="branding",
    title=TITLE,
    capability=Capability.TENANT_READ,
    icon="building",
)
def branding(request: TenantRequest) -> HttpResponse:
    """What the sign-in pages wear; what is missing is the product's own (DIR-8)."""
    if request.method != "POST":
        return _show(request, _form(request))
    actions.BRANDING.require_may_edit(request.tenant, request.user)
    form = BrandingForm(request.POST, request.FILES, tenant=request.tenant)
    if form.is_valid():
        try:
            pictures = form.pictures()
        except InvalidInput as error:
            form.add_error(error.field, str(error))
        else:
            return _save(request, form, pictures)
    return _show(request, form, status=400)


@require_POST
@blade(
    service="organization",
    page="branding",
    title=TITLE,
    capability=Capability.TENANT_READ,
)
def preview(request: TenantRequest) -> HttpResponse:
    """The sign-in page as it would be, as a fragment; nothing is stored."""
    form = BrandingForm(request.POST, request.FILES, tenant=request.tenant)
    pictures: dict[str, Picture | None] = {}
    if form.is_valid():
        try:
            pictures = form.pictures()
        except InvalidInput as error:
            form.add_error(error.field, str(error))
    context = {"preview": _preview(request, form, pictures), "form": form}
    return render(request, "tenants/_preview.html", context)


def _form(request: TenantRequest) -> BrandingForm:
    tenant = request.tenant
    initial = {name: getattr(tenant, name) for name in actions.TEXTS}
    return BrandingForm(tenant=tenant, initial=initial)


def _save(
    request: TenantRequest, form: BrandingForm, pictures: dict[str, Picture | None]
) -> HttpResponse:
    try:
        is_changed = actions.save_branding(
            request.tenant,
            form.cleaned_data,
            pictures,
            by=request.user,
            version=posted_number(request, "version"),
        )
    except ChangedMeanwhile as refusal:
        return _show(request, _form(request), error=str(refusal), status=refusal.status)
    toasts.succeeded(request, _("Branding was saved") if is_changed else _("Nothing changed"))
    return redirect("tenants:branding")


def _show(
    request: TenantRequest, form: BrandingForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "error": error,
        "form": form,
        "preview": _preview(request, form, {}),
        "may_edit": permissions.may(request.user, Capability.TENANT_EDIT),
        "roles": permissions.role_names(Capability.TENANT_EDIT),
    }
    return render(request, "tenants/branding.html", context, status=status)


def _preview(
    request: TenantRequest, form: BrandingForm, pictures: dict[str, Picture | None]
) -> dict[str, object]:
    """Addresses of the pictures, those just chosen as data, and the texts."""
    tenant = request.tenant
    shown: dict[str, object] = {
        kind: f"{reverse('tenants:branding_image', args=[tenant.pk, kind])}?v={version}"
        for kind, version in tenant.branding_versions.items()
    }
    for kind, picture in pictures.items():
        shown[kind] = _as_data(picture) if picture else ""
    values = form.cleaned_data if form.is_bound and form.is_valid() else form.initial
    text = values.get("sign_in_page_text", tenant.sign_in_page_text)
    return {
        "banner": shown.get(BrandingImage.Kind.BANNER, ""),
        "square": shown.get(BrandingImage.Kind.SQUARE_LIGHT, ""),
        "background": shown.get(BrandingImage.Kind.BACKGROUND, ""),
        "text": text,
        "color": values.get("brand_color", tenant.brand_color),
    }


def _as_data(picture: Picture) -> str:
    encoded = base64.b64encode(picture.content).decode()
    return f"data:{picture.content_type};base64,{encoded}"


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
