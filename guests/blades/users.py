"""Users | All users (USR-1 to USR-13)."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from guests import queries
from guests.actions.deletion import DELETE
from guests.actions.editing import EDIT
from guests.actions.password_reset import RESET
from guests.blades.user_columns import COLUMNS, UserColumn
from guests.blades.user_filters import SHOW, user_filters
from guests.bulk import kinds as bulk_kinds
from portal import permissions
from portal.shell import slots
from portal.shell.blades import TenantRequest, blade
from portal.shell.grid import Grid, GridPage, grid_page, render_grid
from portal.tenants.models import Tenant


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
        search=lambda rows, text: queries.search(tenant, rows, text),
        search_label=_("Search by name or e-mail address"),
        has_selection=True,
        classes="many",
    )


@require_safe
@blade(service="users", page="all_users", title=_("All users"), capability="users.read")
def users(request: TenantRequest) -> HttpResponse:
    """The directory's users, 50 at a time, with search, filters and order (USR-2, USR-10)."""
    page: GridPage = grid_page(request, queries.users(request.tenant), users_grid(request.tenant))
    page.cells = {
        column.slot: slots.filled_rows(column.slot, request, page.rows)
        for column in page.columns
        if isinstance(column, UserColumn) and column.slot
    }
    context = {
        "new_user_entries": slots.filled("users.new", request, request.tenant),
        "may_create": permissions.may(request.user, "users.create"),
        "may_invite": permissions.may(request.user, "invitations.invite"),
        "may_edit": permissions.may(request.user, EDIT),
        "editing_roles": permissions.role_names(EDIT),
        "may_reset": permissions.may(request.user, RESET),
        "resetting_roles": permissions.role_names(RESET),
        "may_delete": permissions.may(request.user, DELETE),
        "deleting_roles": permissions.role_names(DELETE),
        "inviting_roles": permissions.role_names("invitations.invite"),
        "bulk_kinds": bulk_kinds.shown_to(request.user),
        "empty_template": "guests/_no_users.html",
    }
    return render_grid(request, "guests/users.html", page, context)
