"""Users | Deleted users (DEL-1 to DEL-4)."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from guests import queries
from guests.actions import deletion
from guests.actions.deletion import DELETE
from guests.blades import outcomes
from guests.models import UserType
from guests.selection import selected_users
from portal import permissions
from portal.shell.blades import TenantRequest, blade
from portal.shell.grid import Column, Filter, Grid, grid_page, render_grid
from portal.tenants.models import Tenant

COLUMNS = [
    Column("name", _("Display name"), "display_name_key"),
    Column("upn", _("User principal name"), Lower("user_principal_name"), "opt"),
    Column("type", _("User type"), "user_type", "opt-2"),
    Column("deleted", _("Deletion date"), "deleted_at"),
    Column("permanent", _("Permanent deletion date"), "deleted_at"),
    Column("id", _("Object ID"), None, "opt"),
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
        rows_template="guests/_deleted_rows.html",
        found=lambda count: (
            ngettext("%(n)s deleted user found", "%(n)s deleted users found", count)
            % {"n": f"{count:,}"}
        ),
        default_sort="-deleted",
        filters=[USER_TYPE],
        search=lambda rows, text: queries.search(tenant, rows, text),
        search_label=_("Search by name or e-mail address"),
        has_selection=True,
        classes="many",
    )


@require_safe
@blade(
    service="users",
    page="deleted_users",
    title=_("Deleted users"),
    capability="users.read_deleted",
    icon="person_delete",
)
def deleted_users(request: TenantRequest) -> HttpResponse:
    """Whom an administrator deleted within 30 days, the last one first (DEL-1)."""
    rows = queries.deleted_users(request.tenant)
    page = grid_page(request, rows, _grid(request.tenant))
    context = {
        "may_delete": permissions.may(request.user, DELETE),
        "deleting_roles": permissions.role_names(DELETE),
        "empty_template": "guests/_no_deleted_users.html",
    }
    return render_grid(request, "guests/deleted_users.html", page, context)


@require_POST
@blade(
    service="users",
    page="deleted_users",
    title=_("Restore users"),
    capability="users.delete",
    parent="guests:deleted_users",
)
def restore_users(request: TenantRequest) -> HttpResponse:
    """Take the selected users back (DEL-2, DEL-4)."""
    people = selected_users(request, queries.deleted_users(request.tenant))
    outcome = outcomes.for_each(people, lambda user: deletion.restore(user, by=request.user))
    n, kept = len(outcome.done), len(outcome.refused)
    outcomes.tell(
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
    capability="users.delete",
    is_wizard=True,
    parent="guests:deleted_users",
)
def purge_users(request: TenantRequest) -> HttpResponse:
    """Ask about the selected users, then delete them for good (DEL-2)."""
    people = selected_users(request, queries.deleted_users(request.tenant))
    if "confirmed" not in request.POST:
        return render(request, "guests/purge_users.html", {"people": people})
    outcome = outcomes.for_each(people, lambda user: deletion.purge(user, by=request.user))
    n, kept = len(outcome.done), len(outcome.refused)
    outcomes.tell(
        request,
        outcome,
        done=ngettext("%(n)s user deleted permanently", "%(n)s users deleted permanently", n)
        % {"n": n},
        refused=ngettext("%(n)s user was not deleted", "%(n)s users were not deleted", kept)
        % {"n": kept},
    )
    return redirect("guests:deleted_users")
