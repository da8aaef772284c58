"""Pages of one group: Overview, Members, Owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guests.access.directory import Directory, directory
from guests.groups import actions
from guests.groups.actions import MEMBERS, OWNERS, GroupPart
from guests.groups.forms import GroupForm, PickForm
from guests.models import Group, User
from guests.picker import People
from guests.users.selection import selected_users
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import without_errors
from portal.console.grid import Column, Grid, grid_page, render_grid
from portal.errors import DomainError, NotAllowed
from portal.permissions import Capability

PEOPLE_COLUMNS = [
    Column("name", gettext_lazy("Display name"), "display_name_key"),
    Column("upn", gettext_lazy("User principal name"), Lower("user_principal_name"), "opt"),
    Column("type", gettext_lazy("User type"), "user_type", "opt-2"),
    Column("mail", gettext_lazy("Email"), Lower("mail")),
]
ADD = "add"


@dataclass(frozen=True)
class PeoplePage:
    """Members or owners, as their pages in a group name them."""

    page: str
    part: GroupPart
    title: str | Promise
    add: str | Promise
    empty: str | Promise

    def people(self, mine: Directory, group: Group) -> QuerySet[User]:
        """Those who are it now."""
        return mine.members(group) if self.part is MEMBERS else mine.owners(group)


MEMBER = PeoplePage(
    "members",
    MEMBERS,
    gettext_lazy("Members"),
    gettext_lazy("Add members"),
    gettext_lazy("No members yet"),
)
OWNER = PeoplePage(
    "owners",
    OWNERS,
    gettext_lazy("Owners"),
    gettext_lazy("Add owners"),
    gettext_lazy("No owners yet"),
)


def group_of(request: TenantRequest, group_id: UUID) -> Group:
    """The group of the address. Raises: Http404 for unknown and other tenants' ids (SEC-80)."""
    found = directory(request).group(group_id)
    if found is None:
        raise Http404
    return found


def people_grid(mine: Directory, *, caption: str | Promise, has_selection: bool) -> Grid:
    """A list of people with their addresses."""
    return Grid(
        caption=caption,
        columns=PEOPLE_COLUMNS,
        rows_template="guests/groups/_person_rows.html",
        found=lambda n: ngettext("%(n)s user found", "%(n)s users found", n) % {"n": f"{n:,}"},
        default_sort="name",
        search=mine.search_people,
        search_label=gettext_lazy("Search by name or e-mail address"),
        has_selection=has_selection,
    )


def _context(request: TenantRequest, group: Group) -> dict[str, Any]:
    return {
        "group": group,
        "may_edit": permissions.may(request.user, Capability.GROUPS_EDIT),
        "editing_roles": permissions.role_names(Capability.GROUPS_EDIT),
    }


@require_safe
@blade(
    service="groups",
    page="overview",
    title=gettext_lazy("Overview"),
    capability=Capability.GROUPS_READ,
    parent="guests:groups",
    menu="group",
)
def group(request: TenantRequest, group_id: UUID) -> HttpResponse:
    """What the group is, and how many are in it."""
    found, mine = group_of(request, group_id), directory(request)
    members = mine.members(found)
    context = {
        **_context(request, found),
        "members": members.count(),
        "guests": members.filter(user_type="Guest").count(),
        "owners": mine.owners(found).count(),
        "sponsored": mine.people().filter(sponsorships__group=found).count(),
    }
    return render(request, "guests/groups/group.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="groups",
    page="overview",
    title=gettext_lazy("Edit group"),
    capability=Capability.GROUPS_READ,
    is_wizard=True,
    parent="guests:groups",
)
def edit_group(request: TenantRequest, group_id: UUID) -> HttpResponse:
    """Another name or description."""
    found = group_of(request, group_id)
    permissions.require(request.user, Capability.GROUPS_EDIT)
    stored = {"display_name": found.display_name, "description": found.description}
    form = GroupForm(request.POST if request.method == "POST" else None, initial=stored)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                actions.update_group(found, by=request.user, **form.cleaned_data)
            except NotAllowed:
                raise
            except DomainError as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                toasts.succeeded(request, _("%(name)s was saved") % {"name": found.display_name})
                return redirect("guests:group", group_id=found.pk)
    context = {**_context(request, found), "form": form}
    return render(request, "guests/groups/group_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="groups",
    page="overview",
    title=gettext_lazy("Delete"),
    capability=Capability.GROUPS_READ,
    is_wizard=True,
    parent="guests:groups",
)
def delete_group(request: TenantRequest, group_id: UUID) -> HttpResponse:
    """Ask, then delete the group."""
    found = group_of(request, group_id)
    permissions.require(request.user, Capability.GROUPS_EDIT)
    if request.method == "POST":
        actions.delete_group(found, by=request.user)
        toasts.succeeded(request, _("%(name)s was deleted") % {"name": found.display_name})
        return redirect("guests:groups")
    mine = directory(request)
    chosen = mine.with_member_counts(mine.groups()).filter(pk=found.pk)
    return render(request, "guests/groups/delete_groups.html", {"chosen": chosen, "is_one": True})


# Members and owners


def _list(request: TenantRequest, group_id: UUID, kind: PeoplePage) -> HttpResponse:
    found, mine = group_of(request, group_id), directory(request)
    may_change = actions.may_change(request.user, found, kind.part)
    grid = people_grid(mine, caption=kind.title, has_selection=may_change)
    page = grid_page(request, kind.people(mine, found), grid)
    context = {
        **_context(request, found),
        "kind": kind,
        "may_change": may_change,
        "empty_template": "guests/groups/_no_people.html",
    }
    return render_grid(request, "guests/groups/group_people.html", page, context)


def _add(request: TenantRequest, group_id: UUID, kind: PeoplePage) -> HttpResponse:
    """The picker without those who are in already (INF-5: unknown addresses can be invited)."""
    found, mine = group_of(request, group_id), directory(request)
    actions.require_may_change(request.user, [found], kind.part.added)
    rows = mine.people().exclude(pk__in=kind.people(mine, found).order_by().values("pk"))
    wanted = request.POST.get("go", "")
    data = request.POST if request.method == "POST" else None
    form = PickForm(
        data,
        offer=People(mine, rows),
        label=gettext_lazy("Users"),
        invites_to=found if kind.part is MEMBERS else None,
    )
    status = 200
    if wanted == ADD:
        status = 400
        if form.is_valid():
            people = form.cleaned_data["chosen"]
            n = actions.add_to_group(found, people, by=request.user, part=kind.part)
            sentence = ngettext("%(n)s user added", "%(n)s users added", n) % {"n": n}
            toasts.succeeded(request, sentence, found.display_name)
            return redirect(f"guests:group_{kind.page}", group_id=found.pk)
    else:
        without_errors(form)
    context = {
        **_context(request, found),
        "form": form,
        "back_url": reverse(f"guests:group_{kind.page}", args=[found.pk]),
        "has_errors": status != 200,
    }
    return render(request, "guests/groups/pick.html", context, status=status)


def _remove(request: TenantRequest, group_id: UUID, kind: PeoplePage) -> HttpResponse:
    found, mine = group_of(request, group_id), directory(request)
    actions.require_may_change(request.user, [found], kind.part.removed)
    people = selected_users(request, kind.people(mine, found))
    n = actions.remove_from_group(found, people, by=request.user, part=kind.part)
    sentence = ngettext("%(n)s user removed", "%(n)s users removed", n) % {"n": n}
    toasts.succeeded(request, sentence, found.display_name)
    return redirect(f"guests:group_{kind.page}", group_id=found.pk)


@require_safe
@blade(
    service="groups",
    page="members",
    title=MEMBER.title,
    capability=Capability.GROUPS_READ,
    parent="guests:groups",
    menu="group",
)
def members(request: TenantRequest, group_id: UUID) -> HttpResponse:
    """The present members."""
    return _list(request, group_id, MEMBER)


@require_safe
@blade(
    service="groups",
    page="owners",
    title=OWNER.title,
    capability=Capability.GROUPS_READ,
    parent="guests:groups",
    menu="group",
)
def owners(request: TenantRequest, group_id: UUID) -> HttpResponse:
    """The present owners, who may change the members."""
    return _list(request, group_id, OWNER)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="groups",
    page="members",
    title=MEMBER.add,
    capability=Capability.GROUPS_READ,
    is_wizard=True,
    parent="guests:groups",
)
def add_members(request: TenantRequest, group_id: UUID) -> HttpResponse:
    """Choose people to add."""
    return _add(request, group_id, MEMBER)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="groups",
    page="owners",
    title=OWNER.add,
    capability=Capability.GROUPS_READ,
    is_wizard=True,
    parent="guests:groups",
)
def add_owners(request: TenantRequest, group_id: UUID) -> HttpResponse:
    """Choose people who may change the members."""
    return _add(request, group_id, OWNER)


@require_POST
@blade(
    service="groups",
    page="members",
    title=gettext_lazy("Remove members"),
    capability=Capability.GROUPS_READ,
    is_wizard=True,
    parent="guests:groups",
)
def remove_members(request: TenantRequest, group_id: UUID) -> HttpResponse:
    """Take the selected people out."""
    return _remove(request, group_id, MEMBER)


@require_POST
@blade(
    service="groups",
    page="owners",
    title=gettext_lazy("Remove owners"),
    capability=Capability.GROUPS_READ,
    is_wizard=True,
    parent="guests:groups",
)
def remove_owners(request: TenantRequest, group_id: UUID) -> HttpResponse:
    """Take ownership away from the selected people."""
    return _remove(request, group_id, OWNER)
