"""Delete users from the list or from their own page (T6, USR-15, DIR-28)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from guests import queries
from guests.actions import deletion
from guests.actions.deletion import DELETE
from guests.blades import outcomes
from guests.blades.user import overview, user_of
from guests.selection import selected_users
from portal import permissions
from portal.errors import Conflict
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade


@require_POST
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Delete users"),
    capability="users.delete",
    is_wizard=True,
    parent="guests:users",
)
def delete_users(request: TenantRequest) -> HttpResponse:
    """Ask about the selected users by name and number, then delete them (T6)."""
    people = selected_users(request, queries.users(request.tenant))
    obstacles = [(user, deletion.obstacle(user, by=request.user)) for user in people]
    if "confirmed" not in request.POST:
        context = {
            "deletable": [user for user, obstacle in obstacles if not obstacle],
            "kept": [(user, obstacle) for user, obstacle in obstacles if obstacle],
        }
        return render(request, "guests/delete_users.html", context)
    outcome = outcomes.for_each(people, lambda user: deletion.delete(user, by=request.user))
    n, kept = len(outcome.done), len(outcome.refused)
    outcomes.tell(
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
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def delete_user(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Ask, then delete the user (USR-15)."""
    found = user_of(request, user_id)
    permissions.require(request.user, DELETE)
    obstacle = deletion.obstacle(found, by=request.user)
    status = 200
    if request.method == "POST":
        try:
            deletion.delete(found, by=request.user)
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
    return render(request, "guests/delete_user.html", context, status=status)
