"""Page of one user: Assigned roles (USR-22, USR-23, USR-25)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guests.models import RoleAssignment
from guests.roles import actions
from guests.roles.forms import RolesForm
from guests.users.page.views import user_of
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.grid import Column, Grid, grid_page, render_grid
from portal.errors import Conflict, DomainError
from portal.permissions import Capability, Role


def _grid(*, has_selection: bool) -> Grid:
    return Grid(
        caption=gettext_lazy("Assigned roles"),
        columns=[
            Column("role", gettext_lazy("Role"), "role"),
            Column("assigned", gettext_lazy("Assigned"), "created_at"),
        ],
        rows_template="guests/roles/_role_rows.html",
        found=lambda n: ngettext("%(n)s role", "%(n)s roles", n) % {"n": n},
        default_sort="role",
        has_selection=has_selection,
    )


@require_safe
@blade(
    service="users",
    page="roles",
    title=gettext_lazy("Assigned roles"),
    capability=Capability.ROLES_READ,
    parent="guests:users",
    menu="user",
)
def user_roles(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The directory roles the user holds."""
    found = user_of(request, user_id)
    may_assign = permissions.may(request.user, Capability.ROLES_ASSIGN)
    rows = RoleAssignment.objects.of(request.tenant).filter(user=found)
    page = grid_page(request, rows, _grid(has_selection=may_assign))
    context = {
        "subject": found,
        "may_assign": may_assign,
        "assigning_roles": permissions.role_names(Capability.ROLES_ASSIGN),
        "empty_title": _("No role assigned"),
        "empty_icon": "shield_person",
        "empty_template": "guests/groups/_none_of_user.html",
    }
    return render_grid(request, "guests/roles/user_roles.html", page, context)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="roles",
    title=gettext_lazy("Add assignments"),
    capability=Capability.ROLES_ASSIGN,
    is_wizard=True,
    parent="guests:users",
)
def add_roles(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Choose roles to give."""
    found = user_of(request, user_id)
    data = request.POST if request.method == "POST" else None
    form = RolesForm(data, user=found, by=request.user)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            chosen = [Role(value) for value in form.cleaned_data["roles"]]
            try:
                actions.assign_role(found, chosen, by=request.user)
            except Conflict as refusal:
                form.add_error("roles", str(refusal))
                status = refusal.status
            else:
                n = len(chosen)
                sentence = ngettext("%(n)s role assigned", "%(n)s roles assigned", n) % {"n": n}
                toasts.succeeded(request, sentence, found.display_name)
                return redirect("guests:user_roles", user_id=found.pk)
    context = {
        "subject": found,
        "form": form,
        "back_url": reverse("guests:user_roles", args=[found.pk]),
        "has_errors": status != 200,
    }
    return render(request, "guests/groups/pick.html", context, status=status)


@require_POST
@blade(
    service="users",
    page="roles",
    title=gettext_lazy("Remove assignments"),
    capability=Capability.ROLES_ASSIGN,
    is_wizard=True,
    parent="guests:users",
)
def remove_roles(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Take the selected roles away; one that is refused never stops the others."""
    found = user_of(request, user_id)
    try:
        chosen = [Role(value) for value in dict.fromkeys(request.POST.getlist("role"))]
    except ValueError as error:
        raise Http404 from error
    n = 0
    for role in chosen:
        try:
            actions.remove_role(found, role, by=request.user)
            n += 1
        except DomainError as refusal:
            toasts.failed(request, role.label, refusal)
    if n:
        sentence = ngettext("%(n)s role removed", "%(n)s roles removed", n) % {"n": n}
        toasts.succeeded(request, sentence, found.display_name)
    if found.pk == request.user.pk:
        return redirect("guests:user", user_id=found.pk)  # the right to look may be gone
    return redirect("guests:user_roles", user_id=found.pk)
