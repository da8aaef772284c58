"""Page Users | All users, and its pane *Edit columns* (USR-1 to USR-13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from guests import html_hooks
from guests.access import visibility
from guests.bulk import operations
from guests.users.list import column_pane, columns
from guests.users.list.columns import COLUMNS, UserColumn
from guests.users.list.filters import SHOW, user_filters
from guests.users.queries import search_hits
from portal import permissions
from portal.console.blades import TenantRequest, blade
from portal.console.grid import Grid, GridPage, grid_page, render_grid
from portal.permissions import Capability
from portal.tenants.models import Tenant

LIST = "users"


def users_grid(tenant: Tenant) -> Grid:
    """What the list shows and what a download of it holds (BLK-20)."""
    return Grid(
        caption=_("All users"),
        columns=COLUMNS,
        rows_template="guests/users/_user_rows.html",
        found=lambda count: (
            ngettext("%(n)s user found", "%(n)s users found", count) % {"n": f"{count:,}"}
        ),
        default_sort="name",
        filters=user_filters(tenant),
        shortcuts=[SHOW],
        search=lambda rows, text: search_hits(tenant, rows, text),
        search_label=_("Search by name or e-mail address"),
        has_selection=True,
        columns_url_name="guests:edit_columns",
        classes="many",
    )


@require_safe
@blade(service="users", page="all_users", title=_("All users"), capability=Capability.USERS_LIST)
def users(request: TenantRequest) -> HttpResponse:
    """The directory's users, 50 at a time, with search, filters and order (USR-2, USR-10)."""
    return users_page(request, "guests/users/users.html", {})


def users_page(
    request: TenantRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """The list, alone or behind a pane, in the columns that the user chose (USR-4)."""
    page: GridPage = grid_page(
        request,
        visibility.listed_users(request.user),
        users_grid(request.tenant),
        columns=columns.chosen_columns(request.user, LIST),
    )
    page.cells = {
        column.hook.name: column.hook.write(request, page.rows)
        for column in page.columns
        if isinstance(column, UserColumn) and column.hook
    }
    return render_grid(request, template, page, {**_commands(request), **context}, status=status)


def _commands(request: TenantRequest) -> dict[str, Any]:
    """What the command bar needs: who may do what, and whose role is missing (T6, USR-12)."""
    rights = {
        "create": Capability.USERS_CREATE,
        "invite": Capability.INVITATIONS_INVITE,
        "edit": Capability.USERS_EDIT,
        "reset": Capability.USERS_RESET_PASSWORD,
        "delete": Capability.USERS_DELETE,
        "revoke": Capability.USERS_REVOKE_SESSIONS,
        "read_methods": Capability.METHODS_READ,
    }
    return {
        "may": {name: permissions.may(request.user, right) for name, right in rights.items()},
        "roles": {name: permissions.role_names(right) for name, right in rights.items()},
        "new_user_entries": html_hooks.NEW_USER_ENTRIES.write(request, request.tenant),
        "bulk_kinds": operations.menu_operations(request.user),
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "empty_template": "guests/users/_no_users.html",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="all_users",
    title=_("All users"),
    capability=Capability.USERS_LIST,
)
def edit_columns(request: TenantRequest) -> HttpResponse:
    """The pane with every column: ticked ones are shown, in the order that stands there."""
    back = f"{reverse('guests:users')}{column_pane.without_columns(request)}"
    answer = column_pane.answer_column_pane(request, LIST, COLUMNS, back=back)
    if isinstance(answer, HttpResponse):
        return answer
    return users_page(request, "guests/users/edit_columns.html", answer)
