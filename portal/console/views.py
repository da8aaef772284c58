"""The start page, the language choice and the style sheet of a tenant."""

from __future__ import annotations

import re
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from portal import permissions
from portal.permissions import Capability
from portal.tenants.models import Tenant

_COLOR = re.compile(r"#[0-9a-fA-F]{6}\Z")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody starts: users list, own apps, or sign-in."""
    user = request.user
    if not user.is_authenticated:
        return redirect(settings.LOGIN_URL)
    if permissions.may(user, Capability.USERS_LIST):
        return redirect("guests:users")
    return redirect("applications:my_apps", tenant=user.tenant_id)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language of the menu in a cookie, then back to `next`, a path of this portal."""
    return set_language(request)


@require_safe
@cache_control(public=True, max_age=300)
def tenant_css(request: HttpRequest, tenant_id: UUID) -> HttpResponse:
    """The tenant's color and ground for its sign-in pages (DIR-8, SEC-69: no inline style).

    Only tints a background: no choice of it can break the contrast of text.
    """
    tenant = get_object_or_404(Tenant.objects.organizations(), pk=tenant_id)
    color = tenant.brand_color if _COLOR.match(tenant.brand_color) else "var(--accent)"
    rules = f".guest, .panel {{ --tenant: {color}; }}\n"
    version = tenant.branding_versions.get("backgroundImage", "")
    if version:
        url = f"/branding/{tenant.pk}/backgroundImage/?v={version}"
        rules += f'body.guest {{ background: url("{url}") center / cover no-repeat fixed; }}\n'
        rules += "body.guest :is(.signin-text, .guest-foot) { background: var(--bg); }\n"
    return HttpResponse(rules, content_type="text/css; charset=utf-8")
