"""Pages of one user: Groups, Applications, Sponsored guests (USR-22, USR-23, DIR-25)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guests import html_hooks
from guests.access.directory import directory
from guests.groups import actions
from guests.groups.forms import PickForm
from guests.groups.group_views import people_grid
from guests.groups.list_views import groups_grid
from guests.models import Group, User
from guests.picker import Groups
from guests.users.page.views import user_of
from guests.users.selection import selected_groups
from portal import permissions
from portal.audit import log
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import without_errors
from portal.console.grid import grid_page, render_grid
from portal.errors import Conflict
from portal.permissions import Capability

ADD = "add"


@require_safe
@blade(
    service="users",
    page="groups",
    title=gettext_lazy("Groups"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def user_groups(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The groups the user is a member of."""
    found, mine = user_of(request, user_id), directory(request)
    may_change = mine.changeable_groups().exists()
    grid = groups_grid(mine, has_selection=may_change, has_search=mine.may_read_group_names)
    page = grid_page(request, mine.with_member_counts(mine.groups_of(found)), grid)
    context = {
        "subject": found,
        "may_change": may_change,
        "editing_roles": permissions.role_names(Capability.GROUPS_EDIT),
        "only_ids": not mine.may_read_group_names,
        "may_open_groups": mine.may_read_group_names,
        "empty_title": _("In no group"),
        "empty_icon": "people_team",
        "empty_template": "guests/groups/_none_of_user.html",
    }
    return render_grid(request, "guests/groups/user_groups.html", page, context)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="groups",
    title=gettext_lazy("Add memberships"),
    capability=Capability.USERS_READ,
    is_wizard=True,
    parent="guests:users",
)
def add_memberships(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Choose groups to put the user into, among those the viewer may change."""
    found, mine = user_of(request, user_id), directory(request)
    rows = mine.changeable_groups()
    if not rows.exists():
        permissions.require(request.user, Capability.GROUPS_EDIT)
    rows = rows.exclude(pk__in=mine.groups_of(found).order_by().values("pk"))
    data = request.POST if request.method == "POST" else None
    form = PickForm(data, offer=Groups(mine, rows), label=gettext_lazy("Groups"))
    status = 200
    if request.POST.get("go") == ADD:
        status = 400
        if form.is_valid():
            return _add_all(request, found, form.cleaned_data["chosen"])
    else:
        without_errors(form)
    context = {
        "subject": found,
        "form": form,
        "back_url": reverse("guests:user_groups", args=[found.pk]),
        "has_errors": status != 200,
    }
    return render(request, "guests/groups/pick.html", context, status=status)


def _add_all(request: TenantRequest, user: User, groups: list[Group]) -> HttpResponse:
    actions.require_may_change(request.user, groups, log.ADD_MEMBER)
    added = [group for group in groups if actions.add_to_group(group, [user], by=request.user)]
    n = len(added)
    sentence = ngettext("%(n)s membership added", "%(n)s memberships added", n) % {"n": n}
    toasts.succeeded(request, sentence, user.display_name)
    return redirect("guests:user_groups", user_id=user.pk)


@require_POST
@blade(
    service="users",
    page="groups",
    title=gettext_lazy("Remove memberships"),
    capability=Capability.USERS_READ,
    is_wizard=True,
    parent="guests:users",
)
def remove_memberships(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Take the user out of the selected groups."""
    found, mine = user_of(request, user_id), directory(request)
    if not mine.changeable_groups().exists():
        permissions.require(request.user, Capability.GROUPS_EDIT)
    chosen = selected_groups(request, mine.groups_of(found))
    actions.require_may_change(request.user, chosen, log.REMOVE_MEMBER)
    n = 0
    for group in chosen:
        try:
            n += actions.remove_from_group(group, [found], by=request.user)
        except Conflict as refusal:
            toasts.failed(request, group.display_name, refusal)
    sentence = ngettext("%(n)s membership removed", "%(n)s memberships removed", n) % {"n": n}
    toasts.succeeded(request, sentence, found.display_name)
    return redirect("guests:user_groups", user_id=found.pk)


@require_safe
@blade(
    service="users",
    page="applications",
    title=gettext_lazy("Applications"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def user_applications(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The applications assigned to the user, which the room of applications fills in."""
    found = user_of(request, user_id)
    context = {
        "subject": found,
        "applications": html_hooks.USER_APPLICATIONS.write(request, found),
        "empty_title": _("No applications assigned"),
        "empty_icon": "apps",
    }
    return render(request, "guests/groups/user_applications.html", context)


@require_safe
@blade(
    service="users",
    page="sponsored",
    title=gettext_lazy("Sponsored guests"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def user_sponsored(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The guests the user answers for, alone or through a group (DIR-25, BET-12)."""
    found, mine = user_of(request, user_id), directory(request)
    grid = people_grid(mine, caption=gettext_lazy("Sponsored guests"), has_selection=False)
    page = grid_page(request, mine.sponsored_by(found), grid)
    context = {
        "subject": found,
        "empty_title": _("Sponsors nobody"),
        "empty_icon": "people",
        "empty_template": "guests/groups/_none_of_user.html",
    }
    return render_grid(request, "guests/groups/user_sponsored.html", page, context)
