"""One user: Overview, Properties, identities, ending sessions (USR-14 to USR-19, SES-5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from guests import queries, visibility
from guests.actions import photos, sessions
from guests.actions.deletion import DELETE
from guests.actions.editing import EDIT
from guests.actions.password_reset import RESET, NoPasswordHere
from guests.actions.sessions import REVOKE
from guests.blades import memberships
from guests.blades.sign_in_chart import chart_of
from guests.blades.user_properties import property_groups
from guests.forms.edit import EditForm
from guests.models import User
from guests.visibility import Reach
from portal import permissions
from portal.audit import queries as log_queries
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade


def user_of(request: TenantRequest, user_id: UUID, reach: Reach = Reach.EVERYTHING) -> User:
    """The user of the address, for somebody who may see as much of them (COL-2, T14).

    Raises: HiddenByPolicy; Http404 for unknown and other tenants' ids (SEC-80).
    """
    visibility.require(request.user, user_id, reach)
    user = queries.user(request.tenant, user_id)
    if user is None:
        raise Http404
    return user


def _context(request: TenantRequest, user: User) -> dict[str, Any]:
    is_self = user.pk == request.user.pk
    return {
        "subject": user,
        "may_revoke": is_self or permissions.may(request.user, REVOKE),
        "revoking_roles": permissions.role_names(REVOKE),
        "may_edit": is_self or permissions.may(request.user, EDIT),
        "editing_roles": permissions.role_names(EDIT),
        "may_edit_photo": photos.may_edit_photo(request.user, user),
        "may_reset": permissions.may(request.user, RESET),
        "resetting_roles": permissions.role_names(RESET),
        "may_delete": permissions.may(request.user, DELETE),
        "deleting_roles": permissions.role_names(DELETE),
        "no_password": NoPasswordHere.message if user.is_external else "",
    }


def overview(request: TenantRequest, user: User) -> dict[str, Any]:
    """What the Overview shows, for pages that open over it."""
    return {
        **_context(request, user),
        "counts": memberships.counts(request, user),
        "sign_ins": queries.sign_ins(user),
        "may_read_sign_ins": log_queries.may_read_sign_ins(request.user, user.pk),
        "tab": "overview",
    }


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Overview"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def user(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Overview of a user: Essentials and My feed (USR-16, USR-19), or the little of T14."""
    found = user_of(request, user_id, Reach.BASICS)
    if visibility.reach(request.user, user_id) is Reach.BASICS:
        request.blade.menu = []
        return render(request, "guests/user_basics.html", {"subject": found})
    return render(request, "guests/user.html", overview(request, found))


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Monitoring"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def user_monitoring(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The sign-ins of the last 30 days, for whoever may read them in the log (USR-17, T17)."""
    found = user_of(request, user_id)
    may_read = log_queries.may_read_sign_ins(request.user, found.pk)
    context = {
        **_context(request, found),
        "chart": chart_of(queries.sign_ins(found)) if may_read else None,
        "reading_roles": permissions.role_names(log_queries.READ),
        "tab": "monitoring",
    }
    return render(request, "guests/user_monitoring.html", context)


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Properties"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def user_properties(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Every property of T2 under its category (USR-18)."""
    found = user_of(request, user_id)
    may_edit = found.pk == request.user.pk or permissions.may(request.user, EDIT)
    form = EditForm(user=found, editor=request.user) if may_edit else None
    context = {
        **_context(request, found),
        "groups": property_groups(found),
        "open_fields": form.open_names if form else (),
        "tab": "properties",
    }
    return render(request, "guests/user_properties.html", context)


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Identities"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def user_identities(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The pane that lists every identity of a user (DIR-23)."""
    return render(
        request, "guests/user_identities.html", overview(request, user_of(request, user_id))
    )


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Revoke sessions"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def revoke_sessions(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Ask, then end every session of a user (SES-5)."""
    found = user_of(request, user_id)
    if found.pk != request.user.pk:
        permissions.require(request.user, REVOKE)
    if request.method != "POST":
        return render(request, "guests/revoke_sessions.html", overview(request, found))
    sessions.revoke(found, by=request.user)
    toasts.succeeded(
        request,
        _("Sessions revoked"),
        _("%(name)s has to sign in again everywhere.") % {"name": found.display_name},
    )
    return redirect("guests:user", user_id=found.pk)
