"""Users | All users (USR-1 to USR-13)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from guests import queries
from guests.actions.deletion import DELETE
from guests.actions.editing import EDIT
from guests.actions.password_reset import RESET
from guests.bulk import kinds as bulk_kinds
from guests.models import CreationType, ExternalUserState, UserType
from portal import permissions
from portal.shell import slots
from portal.shell.blades import TenantRequest, blade
from portal.shell.grid import Column, Filter, Grid, GridPage, grid_page, render_grid
from portal.tenants.models import Tenant

NOT_APPLICABLE = "None"

COLUMNS = [
    Column("name", _("Display name"), "display_name_key"),
    Column("upn", _("User principal name"), Lower("user_principal_name"), "opt"),
    Column("type", _("User type"), "user_type", "opt-2"),
    Column("identities", _("Identities"), Lower("identity_issuer"), "opt"),
    Column("state", _("Invitation state"), "external_user_state"),
    Column("created", _("Created"), "created_at", "opt"),
    Column("company", _("Company name"), Lower("company_name"), "opt"),
    Column("creation", _("Creation type"), "creation_type", "opt"),
    Column("synced", _("On-premises sync enabled"), None, "opt"),
]
"""The default columns (USR-2), with invitation state and creation date among the first."""


def _by_state(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(external_user_state="" if value == NOT_APPLICABLE else value)


def _by_creation(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(creation_type="" if value == NOT_APPLICABLE else value)


FILTERS = [
    Filter(
        "userType",
        _("User type"),
        UserType.choices,
        lambda rows, value: rows.filter(user_type=value),
        is_quick=True,
    ),
    Filter(
        "externalUserState",
        _("Invitation state"),
        [*ExternalUserState.choices, (NOT_APPLICABLE, _("Not applicable"))],
        _by_state,
        any_label=_("Any"),
        is_quick=True,
    ),
    Filter(
        "accountEnabled",
        _("Account enabled"),
        [("true", _("Yes")), ("false", _("No"))],
        lambda rows, value: rows.filter(account_enabled=value == "true"),
        any_label=_("Any"),
    ),
    Filter(
        "creationType",
        _("Creation type"),
        [*CreationType.choices, (NOT_APPLICABLE, _("None"))],
        _by_creation,
        any_label=_("Any"),
    ),
]
"""The filters of USR-5 that stand here so far."""


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
        filters=FILTERS,
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
    page.cells = {"users.state": slots.filled_rows("users.state", request, page.rows)}
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
