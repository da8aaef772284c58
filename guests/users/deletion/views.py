"""Pages that delete users; Users | Deleted users with restore and purge (T6, DIR-28, DEL-1 ff.)."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guests.models import UserType
from guests.users import queries as users_queries
from guests.users import selection
from guests.users.deletion import actions
from guests.users.page.views import overview, user_of
from guests.users.queries import list_users, search_users
from guests.users.selection import selected_users
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.grid import Column, Filter, Grid, grid_page, render_grid
from portal.errors import Conflict
from portal.permissions import Capability
from portal.tenants.models import Tenant


@require_POST
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Delete users"),
    capability=Capability.USERS_DELETE,
    is_wizard=True,
    parent="guests:users",
)
def delete_users(request: TenantRequest) -> HttpResponse:
    """Ask about the selected users by name and number, then delete them (T6)."""
    people = selected_users(request, list_users(request.tenant))
    obstacles = [(user, actions.deletion_obstacle(user, by=request.user)) for user in people]
    if "confirmed" not in request.POST:
        context = {
            "deletable": [user for user, obstacle in obstacles if not obstacle],
            "kept": [(user, obstacle) for user, obstacle in obstacles if obstacle],
        }
        return render(request, "guests/users/delete_users.html", context)
    outcome = selection.apply_to_each(
        people, lambda user: actions.delete_user(user, by=request.user)
    )
    n, kept = len(outcome.done), len(outcome.refused)
    selection.show_outcome(
        request,
        outcome,
        done=ngettext("%(n)s user deleted", "%(n)s users deleted", n) % {"n": n},
        refused=ngettext("%(n)s user was not deleted", "%(n)s users were not deleted", kept)
        % {"n": kept},
    )
    return redirect("guests:users")


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Delete"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def delete_user(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Ask, then delete the user (USR-15)."""
    found = user_of(request, user_id)
    permissions.require(request.user, Capability.USERS_DELETE)
    obstacle = actions.deletion_obstacle(found, by=request.user)
    status = 200
    if request.method == "POST":
        try:
            actions.delete_user(found, by=request.user)
        except Conflict as refusal:
            obstacle, status = str(refusal), refusal.status
        else:
            toasts.succeeded(
                request,
                _("%(name)s was deleted") % {"name": found.display_name},
                _("You can restore the user for 30 days."),
            )
            return redirect("guests:users")
    context = {**overview(request, found), "obstacle": obstacle}
    return render(request, "guests/users/delete_user.html", context, status=status)


COLUMNS = [
    Column("name", _("Display name"), "display_name_key", width=180),
    Column("upn", _("User principal name"), Lower("user_principal_name"), "opt", width=190),
    Column("type", _("User type"), "user_type", "opt-2", width=80),
    Column("deleted", _("Deletion date"), "deleted_at", width=140),
    Column("permanent", _("Permanent deletion date"), "deleted_at", width=150),
    Column("id", _("Object ID"), None, "opt", width=170),
]

USER_TYPE = Filter(
    "userType",
    _("User type"),
    UserType.choices,
    lambda value: Q(user_type=value),
    is_quick=True,
)


def _grid(tenant: Tenant) -> Grid:
    return Grid(
        caption=_("Deleted users"),
        columns=COLUMNS,
        rows_template="guests/users/_deleted_rows.html",
        found=lambda count: (
            ngettext("%(n)s deleted user found", "%(n)s deleted users found", count)
            % {"n": f"{count:,}"}
        ),
        default_sort="-deleted",
        filters=[USER_TYPE],
        search=lambda rows, text: search_users(tenant, rows, text),
        search_label=_("Search by name or e-mail address"),
        has_selection=True,
        classes="many",
    )


@require_safe
@blade(
    service="users",
    page="deleted_users",
    title=_("Deleted users"),
    capability=Capability.USERS_READ_DELETED,
    icon="person_delete",
)
def deleted_users(request: TenantRequest) -> HttpResponse:
    """List the users deleted within 30 days, the last one first (DEL-1)."""
    rows = users_queries.deleted_users(request.tenant)
    page = grid_page(request, rows, _grid(request.tenant))
    context = {
        "may_delete": permissions.may(request.user, Capability.USERS_DELETE),
        "deleting_roles": permissions.role_names(Capability.USERS_DELETE),
        "empty_template": "guests/users/_no_deleted_users.html",
    }
    return render_grid(request, "guests/users/deleted_users.html", page, context)


@require_POST
@blade(
    service="users",
    page="deleted_users",
    title=_("Restore users"),
    capability=Capability.USERS_DELETE,
    parent="guests:deleted_users",
)
def restore_users(request: TenantRequest) -> HttpResponse:
    """Take the selected users back (DEL-2, DEL-4)."""
    people = selected_users(request, users_queries.deleted_users(request.tenant))
    outcome = selection.apply_to_each(
        people, lambda user: actions.restore_user(user, by=request.user)
    )
    n, kept = len(outcome.done), len(outcome.refused)
    selection.show_outcome(
        request,
        outcome,
        done=ngettext("%(n)s user restored", "%(n)s users restored", n) % {"n": n},
        refused=ngettext("%(n)s user was not restored", "%(n)s users were not restored", kept)
        % {"n": kept},
    )
    return redirect("guests:deleted_users")


@require_POST
@blade(
    service="users",
    page="deleted_users",
    title=_("Delete permanently"),
    capability=Capability.USERS_DELETE,
    is_wizard=True,
    parent="guests:deleted_users",
)
def purge_users(request: TenantRequest) -> HttpResponse:
    """Ask about the selected users, then delete them for good (DEL-2)."""
    people = selected_users(request, users_queries.deleted_users(request.tenant))
    if "confirmed" not in request.POST:
        return render(request, "guests/users/purge_users.html", {"people": people})
    outcome = selection.apply_to_each(
        people, lambda user: actions.purge_user(user, by=request.user)
    )
    n, kept = len(outcome.done), len(outcome.refused)
    selection.show_outcome(
        request,
        outcome,
        done=ngettext("%(n)s user deleted permanently", "%(n)s users deleted permanently", n)
        % {"n": n},
        refused=ngettext("%(n)s user was not deleted", "%(n)s users were not deleted", kept)
        % {"n": kept},
    )
    return redirect("guests:deleted_users")
