"""Pages that delete users; Users | Deleted users with restore and purge (T6, DIR-28, DEL-1 ff.)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guests.models import UserType
from guests.templatetags.guests import permanent_deletion
from guests.users import queries as users_queries
from guests.users import selection
from guests.users.deletion import actions
from guests.users.list import column_pane
from guests.users.list.columns import UserColumn, chosen_columns, column_named, moment_cell
from guests.users.page.views import overview, user_of
from guests.users.queries import list_users, search_users
from guests.users.selection import selected_users
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.grid import Filter, Grid, grid_page, render_grid
from portal.console.templatetags.console import when
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
    column_named("name", is_optional=False),
    column_named("upn", is_optional=False),
    column_named("type", is_optional=False),
    UserColumn(
        "deleted",
        _("Deletion date"),
        "deleted_at",
        width=120,
        cell=moment_cell("deleted_at"),
        cell_classes="nowrap",
    ),
    UserColumn(
        "permanent",
        _("Permanent deletion date"),
        "deleted_at",
        width=140,
        cell=lambda user, _page: when(permanent_deletion(user), "list"),
        cell_classes="nowrap",
    ),
    column_named("id", is_optional=False),
    *(
        column_named(name, is_optional=True)
        for name in ("mail", "company", "department", "jobTitle", "creation", "created")
    ),
]
"""The columns of DEL-1 and, to be chosen, some of All users."""
LIST = "deleted_users"

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
        columns_url_name="guests:edit_deleted_columns",
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
    return _deleted_page(request, "guests/users/deleted_users.html", {})


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="deleted_users",
    title=_("Deleted users"),
    capability=Capability.USERS_READ_DELETED,
    icon="person_delete",
)
def edit_deleted_columns(request: TenantRequest) -> HttpResponse:
    """The pane with every column of the list (USR-4)."""
    back = f"{reverse('guests:deleted_users')}{column_pane.without_columns(request)}"
    answer = column_pane.answer_column_pane(request, LIST, COLUMNS, back=back)
    if isinstance(answer, HttpResponse):
        return answer
    return _deleted_page(request, "guests/users/edit_deleted_columns.html", answer)


def _deleted_page(
    request: TenantRequest, template: str, context: Mapping[str, Any]
) -> HttpResponse:
    rows = users_queries.deleted_users(request.tenant)
    chosen = chosen_columns(request.user, LIST)
    page = grid_page(request, rows, _grid(request.tenant), columns=chosen)
    commands = {
        "may_delete": permissions.may(request.user, Capability.USERS_DELETE),
        "deleting_roles": permissions.role_names(Capability.USERS_DELETE),
        "empty_template": "guests/users/_no_deleted_users.html",
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
    }
    return render_grid(request, template, page, {**commands, **context})


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
