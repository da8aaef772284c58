"""Users | All users (USR-1 to USR-13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from guests import queries, visibility
from guests.actions import list_views
from guests.actions.deletion import DELETE
from guests.actions.editing import EDIT
from guests.actions.password_reset import RESET
from guests.actions.sessions import REVOKE
from guests.blades.user_columns import COLUMNS, UserColumn
from guests.blades.user_filters import SHOW, user_filters
from guests.bulk import kinds as bulk_kinds
from portal import permissions
from portal.shell import slots
from portal.shell.blades import TenantRequest, blade
from portal.shell.grid import Grid, GridPage, grid_page, render_grid
from portal.tenants.models import Tenant

LIST = "users"


def users_grid(tenant: Tenant) -> Grid:
    """What the list shows and what a download of it holds (BLK-20)."""
    return Grid(
        caption=_("All users"),
        columns=COLUMNS,
        rows_template="guests/_user_rows.html",
        found=lambda count: (
            ngettext("%(n)s user found", "%(n)s users found", count) % {"n": f"{count:,}"}
        ),
        default_sort="name",
        filters=user_filters(tenant),
        shortcuts=[SHOW],
        search=lambda rows, text: queries.hits(tenant, rows, text),
        search_label=_("Search by name or e-mail address"),
        has_selection=True,
        columns_url_name="guests:edit_columns",
        classes="many",
    )


@require_safe
@blade(service="users", page="all_users", title=_("All users"), capability="users.list")
def users(request: TenantRequest) -> HttpResponse:
    """The directory's users, 50 at a time, with search, filters and order (USR-2, USR-10)."""
    return users_page(request, "guests/users.html", {})


def users_page(
    request: TenantRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """The list, alone or behind a pane, in the columns that the user chose (USR-4)."""
    page: GridPage = grid_page(
        request,
        visibility.listed_users(request.user),
        users_grid(request.tenant),
        columns=list_views.chosen_columns(request.user, LIST),
    )
    page.cells = {
        column.slot: slots.filled_rows(column.slot, request, page.rows)
        for column in page.columns
        if isinstance(column, UserColumn) and column.slot
    }
    return render_grid(request, template, page, {**_commands(request), **context}, status=status)


def _commands(request: TenantRequest) -> dict[str, Any]:
    """What the command bar needs: who may do what, and whose role is missing (T6, USR-12)."""
    rights = {
        "create": "users.create",
        "invite": "invitations.invite",
        "edit": EDIT,
        "reset": RESET,
        "delete": DELETE,
        "revoke": REVOKE,
        "read_methods": "methods.read",
    }
    return {
        "may": {name: permissions.may(request.user, right) for name, right in rights.items()},
        "roles": {name: permissions.role_names(right) for name, right in rights.items()},
        "new_user_entries": slots.filled("users.new", request, request.tenant),
        "bulk_kinds": bulk_kinds.shown_to(request.user),
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "empty_template": "guests/_no_users.html",
    }
