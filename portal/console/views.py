"""Home, the search in the top bar, the language choice and the style sheet of a tenant."""

from __future__ import annotations

import re
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from portal import permissions
from portal.console import navigation, search
from portal.console.blades import Link, TenantRequest, Text, blade
from portal.permissions import Capability
from portal.tenants.models import Tenant

SHORTCUTS = (
    "guests:users",
    "invitations:invitations",
    "guests:groups",
    "invitations:overview",
    "identityproviders:providers",
    "invitations:collaboration_settings",
    "audit:sign_in_logs",
    "audit:audit_logs",
)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\Z")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody starts: Home of the console, own apps, or sign-in."""
    user = request.user
    if not user.is_authenticated:
        return redirect(settings.LOGIN_URL)
    if permissions.may(user, Capability.USERS_LIST):
        return console_home(request)
    return redirect("applications:my_apps", tenant=user.tenant_id)


@blade(
    service="home",
    page="home",
    title=_("Home"),
    capability=Capability.CONSOLE_OPEN,
    is_wizard=True,
)
def console_home(request: TenantRequest) -> HttpResponse:
    """Shortcuts, what needs attention, what changed lately, each as far as the user may see it."""
    context = {"shortcuts": _shortcuts(request), "now": timezone.now()}
    return render(request, "console/home.html", context)


def _shortcuts(request: TenantRequest) -> list[Link]:
    """The pages people use most, as far as the user may open them."""
    entries = {entry.url_name: entry for entry in navigation.ENTRIES}
    known = [entries[name] for name in SHORTCUTS if name in entries]
    return [
        Link(_name_of(entry), reverse(entry.url_name), entry.icon)
        for entry in known
        if permissions.may(request.user, entry.capability)
    ]


def _name_of(entry: navigation.Entry) -> Text:
    """The label of a page; an overview is called by its service."""
    if entry.name != "overview":
        return entry.label
    return navigation.SERVICES[entry.service].label


@require_safe
@blade(
    service="home",
    page="search",
    title=_("Search"),
    capability=Capability.CONSOLE_OPEN,
    is_wizard=True,
)
def search_console(request: TenantRequest) -> HttpResponse:
    """What the search in the top bar finds: a page, or for htmx the list under the field."""
    text = request.GET.get("q", "")
    context = {"text": text, "sections": search.search_everything(request, text)}
    is_list = getattr(request, "htmx", False)
    return render(request, "console/_hits.html" if is_list else "console/search.html", context)


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
