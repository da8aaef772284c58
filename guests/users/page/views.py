"""Pages of one user: Overview, Monitoring, Properties, identities, logs (USR-14 to USR-21).

Also ends the sessions of the user (SES-5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from guests import html_hooks
from guests.access import visibility
from guests.access.directory import directory
from guests.access.visibility import Reach
from guests.models import User
from guests.passwords.actions import NoPasswordHere
from guests.photos.actions import may_edit_photo
from guests.sessions import actions as sessions_actions
from guests.users.editing.forms import EditForm
from guests.users.page.properties import property_groups
from guests.users.page.sign_in_chart import chart_of
from guests.users.queries import find_user, sign_ins_of_month
from portal import permissions
from portal.audit.queries import about_person, audit_events, may_read_sign_ins, visible_sign_ins
from portal.audit.views import AUDIT, SIGN_INS, log_response
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.permissions import Capability


@dataclass(frozen=True)
class Count:
    """A number with its word, and the page that lists what it counts; none for who may not."""

    number: int
    label: str
    url: str = ""


def membership_counts(request: TenantRequest, user: User) -> list[Count]:
    """Groups, applications and assigned roles of `user`. One query."""
    groups = directory(request).groups_of(user).count()
    applications = sum(count(request, user) for count in html_hooks.APPLICATION_COUNTS)
    roles = len(user.roles)
    may_read_roles = permissions.may(request.user, Capability.ROLES_READ)
    return [
        Count(
            groups,
            ngettext("group membership", "group memberships", groups),
            reverse("guests:user_groups", args=[user.pk]),
        ),
        Count(
            applications,
            ngettext("application", "applications", applications),
            reverse("guests:user_applications", args=[user.pk]),
        ),
        Count(
            roles,
            ngettext("assigned role", "assigned roles", roles),
            reverse("guests:user_roles", args=[user.pk]) if may_read_roles else "",
        ),
    ]


def user_of(request: TenantRequest, user_id: UUID, reach: Reach = Reach.EVERYTHING) -> User:
    """The user of the address, for somebody who may see as much of them (COL-2, T14).

    Raises: HiddenByPolicy; Http404 for unknown and other tenants' ids (SEC-80).
    """
    visibility.require_visible(request.user, user_id, reach)
    user = find_user(request.tenant, user_id)
    if user is None:
        raise Http404
    return user


def _context(request: TenantRequest, user: User) -> dict[str, Any]:
    is_self = user.pk == request.user.pk
    return {
        "subject": user,
        "may_revoke": is_self
        or permissions.may_act_on(request.user, Capability.USERS_REVOKE_SESSIONS, user),
        "revoking_roles": permissions.role_names(Capability.USERS_REVOKE_SESSIONS),
        "may_edit": is_self or permissions.may(request.user, Capability.USERS_EDIT),
        "editing_roles": permissions.role_names(Capability.USERS_EDIT),
        "may_edit_photo": may_edit_photo(request.user, user),
        "may_reset": permissions.may(request.user, Capability.USERS_RESET_PASSWORD),
        "resetting_roles": permissions.role_names(Capability.USERS_RESET_PASSWORD),
        "may_delete": permissions.may(request.user, Capability.USERS_DELETE),
        "deleting_roles": permissions.role_names(Capability.USERS_DELETE),
        "no_password": NoPasswordHere.message if user.is_external else "",
    }


def overview(request: TenantRequest, user: User) -> dict[str, Any]:
    """What the Overview shows, for pages that open over it."""
    return {
        **_context(request, user),
        "counts": membership_counts(request, user),
        "sign_ins": sign_ins_of_month(user),
        "may_read_sign_ins": may_read_sign_ins(request.user, user.pk),
        "tab": "overview",
    }


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Overview"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def user(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Overview of a user: Essentials and My feed (USR-16, USR-19), or the little of T14."""
    found = user_of(request, user_id, Reach.BASICS)
    if visibility.reach_of(request.user, user_id) is Reach.BASICS:
        request.blade.menu = []
        return render(request, "guests/users/user_basics.html", {"subject": found})
    return render(request, "guests/users/user.html", overview(request, found))


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Monitoring"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def user_monitoring(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The sign-ins of the last 30 days, for viewers who may read them in the log (USR-17, T17)."""
    found = user_of(request, user_id)
    may_read = may_read_sign_ins(request.user, found.pk)
    context = {
        **_context(request, found),
        "chart": chart_of(sign_ins_of_month(found)) if may_read else None,
        "reading_roles": permissions.role_names(Capability.LOGS_READ),
        "tab": "monitoring",
    }
    return render(request, "guests/users/user_monitoring.html", context)


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Properties"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def user_properties(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Every property of T2 under its category (USR-18)."""
    found = user_of(request, user_id)
    may_edit = found.pk == request.user.pk or permissions.may(request.user, Capability.USERS_EDIT)
    form = EditForm(user=found, editor=request.user) if may_edit else None
    context = {
        **_context(request, found),
        "groups": property_groups(found),
        "open_fields": form.open_names if form else (),
        "tab": "properties",
    }
    return render(request, "guests/users/user_properties.html", context)


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Identities"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def user_identities(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The pane that lists every identity of a user (DIR-23)."""
    return render(
        request, "guests/users/user_identities.html", overview(request, user_of(request, user_id))
    )


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Revoke sessions"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def revoke_sessions(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Ask, then end every session of a user (SES-5)."""
    found = user_of(request, user_id)
    if found.pk != request.user.pk:
        permissions.require_on(request.user, Capability.USERS_REVOKE_SESSIONS, found)
    if request.method != "POST":
        return render(request, "guests/users/revoke_sessions.html", overview(request, found))
    sessions_actions.revoke_sessions(found, by=request.user)
    toasts.succeeded(
        request,
        _("Sessions revoked"),
        _("%(name)s has to sign in again everywhere.") % {"name": found.display_name},
    )
    return redirect("guests:user", user_id=found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="audit_logs",
    title=_("Audit logs"),
    capability=Capability.AUDIT_LOGS_OPEN,
    parent="guests:users",
    menu="user",
)
def user_audit_logs(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """What was done to the user, and what the user did."""
    found = user_of(request, user_id)
    events = audit_events(request.user).filter(about_person(found.pk))
    return log_response(request, AUDIT, events, subject=found)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="sign_in_logs",
    title=_("Sign-in logs"),
    capability=Capability.SIGN_IN_LOGS_OPEN,
    parent="guests:users",
    menu="user",
)
def user_sign_in_logs(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """When the user signed in, or tried to."""
    found = user_of(request, user_id)
    events = visible_sign_ins(request.user).filter(user=found)
    return log_response(request, SIGN_INS, events, subject=found)
