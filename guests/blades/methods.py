"""A user's authentication methods, and who has a second factor (USR-14, T6)."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from guests import queries, second_factors, visibility
from guests.blades.user import user_of
from guests.models import UserType
from portal import permissions
from portal.shell.blades import TenantRequest, blade
from portal.shell.grid import Column, Filter, Grid, grid_page, render_grid
from portal.tenants.models import Tenant

READ = "methods.read"
STATES = [("enabled", _("Enabled")), ("disabled", _("Disabled"))]


@require_safe
@blade(
    service="users",
    page="authentication_methods",
    title=_("Authentication methods"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def user_methods(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """How the user proves who they are; of others for administrators who help with it."""
    found = user_of(request, user_id)
    if found.pk != request.user.pk:
        permissions.require(request.user, READ)
    context = {"subject": found, "has_mfa": second_factors.has_second_factor(found)}
    return render(request, "guests/user_methods.html", context)


def _state(value: str) -> Q:
    condition = second_factors.having_second_factor()
    return condition if value == "enabled" else ~condition


def _grid(tenant: Tenant) -> Grid:
    return Grid(
        caption=_("Multifactor authentication by user"),
        columns=[
            Column("name", _("Display name"), "display_name_key"),
            Column("upn", _("User principal name"), Lower("user_principal_name"), "opt"),
            Column("type", _("User type"), None, "opt-2"),
            Column("mfa", _("Multifactor authentication status")),
        ],
        rows_template="guests/_mfa_rows.html",
        found=lambda count: (
            ngettext("%(n)s user found", "%(n)s users found", count) % {"n": f"{count:,}"}
        ),
        default_sort="name",
        filters=[
            Filter(
                "state",
                _("Multifactor authentication status"),
                STATES,
                _state,
                is_quick=True,
                is_negatable=False,
            ),
            Filter(
                "userType",
                _("User type"),
                UserType.choices,
                lambda value: Q(user_type=value),
                is_quick=True,
            ),
        ],
        search=lambda rows, text: queries.search(tenant, rows, text),
        search_label=_("Search by name or e-mail address"),
    )


@require_safe
@blade(
    service="users",
    page="all_users",
    title=_("Per-user multifactor authentication"),
    capability=READ,
    icon="shield_person",
    parent="guests:users",
)
def per_user_mfa(request: TenantRequest) -> HttpResponse:
    """Who has a second factor, to be read (T6)."""
    rows = second_factors.with_second_factor(visibility.listed_users(request.user))
    page = grid_page(request, rows, _grid(request.tenant))
    return render_grid(request, "guests/per_user_mfa.html", page)
