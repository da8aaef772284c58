"""Page Groups | All groups: list, create, delete (decision 9)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guests.access.directory import Directory, directory
from guests.groups import actions
from guests.groups.forms import GroupForm
from guests.users import selection
from guests.users.selection import selected_groups
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.grid import Column, Grid, grid_page, render_grid
from portal.errors import DomainError, NotAllowed
from portal.permissions import Capability

COLUMNS = [
    Column("name", gettext_lazy("Name"), "display_name_key"),
    Column("description", gettext_lazy("Description"), None, "opt"),
    Column("members", gettext_lazy("Members"), None, "num"),
    Column("created", gettext_lazy("Created"), "created_at", "opt-2"),
    Column("id", gettext_lazy("Object ID"), None, "opt"),
]


def groups_grid(mine: Directory, *, has_selection: bool, has_search: bool = True) -> Grid:
    """A list of groups, for all of them and for those of one user."""
    return Grid(
        caption=gettext_lazy("Groups"),
        columns=COLUMNS,
        rows_template="guests/groups/_group_rows.html",
        found=lambda n: ngettext("%(n)s group found", "%(n)s groups found", n) % {"n": f"{n:,}"},
        default_sort="name",
        search=mine.search_groups if has_search else None,
        search_label=gettext_lazy("Search by group name"),
        has_selection=has_selection,
    )


@require_safe
@blade(
    service="groups",
    page="all_groups",
    title=gettext_lazy("All groups"),
    capability=Capability.GROUPS_LIST,
)
def groups(request: TenantRequest) -> HttpResponse:
    """The tenant's groups, 50 at a time, with search and order."""
    mine = directory(request)
    may_edit = permissions.may(request.user, Capability.GROUPS_EDIT)
    grid = groups_grid(mine, has_selection=may_edit)
    page = grid_page(request, mine.with_member_counts(mine.groups()), grid)
    context = {
        "may_edit": may_edit,
        "editing_roles": permissions.role_names(Capability.GROUPS_EDIT),
        "empty_template": "guests/groups/_no_groups.html",
    }
    return render_grid(request, "guests/groups/groups.html", page, context)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="groups",
    page="all_groups",
    title=gettext_lazy("New group"),
    capability=Capability.GROUPS_EDIT,
    is_wizard=True,
    parent="guests:groups",
)
def create_group(request: TenantRequest) -> HttpResponse:
    """Name and description; people are added on the group's own page."""
    form = GroupForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                group = actions.create_group(request.tenant, by=request.user, **form.cleaned_data)
            except NotAllowed:
                raise
            except DomainError as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                toasts.succeeded(request, _("%(name)s was created") % {"name": group.display_name})
                return redirect("guests:group", group_id=group.pk)
    return render(
        request, "guests/groups/group_form.html", {"form": form, "is_new": True}, status=status
    )


@require_POST
@blade(
    service="groups",
    page="all_groups",
    title=gettext_lazy("Delete groups"),
    capability=Capability.GROUPS_EDIT,
    is_wizard=True,
    parent="guests:groups",
)
def delete_groups(request: TenantRequest) -> HttpResponse:
    """Ask about the selected groups by name and number, then delete them."""
    mine = directory(request)
    chosen = selected_groups(request, mine.with_member_counts(mine.groups()))
    if "confirmed" not in request.POST:
        return render(request, "guests/groups/delete_groups.html", {"chosen": chosen})
    outcome = selection.apply_to_each(
        chosen, lambda group: actions.delete_group(group, by=request.user)
    )
    n, kept = len(outcome.done), len(outcome.refused)
    selection.show_outcome(
        request,
        outcome,
        done=ngettext("%(n)s group deleted", "%(n)s groups deleted", n) % {"n": n},
        refused=ngettext("%(n)s group was not deleted", "%(n)s groups were not deleted", kept)
        % {"n": kept},
    )
    return redirect("guests:groups")
