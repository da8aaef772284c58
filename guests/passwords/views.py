"""Page that resets the password of a member (USR-24)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from guests.passwords import actions
from guests.users.page.views import overview, user_of
from guests.users.queries import list_users
from guests.users.selection import selected_user
from portal import permissions
from portal.console.blades import TenantRequest, blade
from portal.errors import Conflict
from portal.permissions import Capability


@require_POST
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Reset password"),
    capability=Capability.USERS_RESET_PASSWORD,
    parent="guests:users",
)
def reset_selected(request: TenantRequest) -> HttpResponse:
    """From the list to the question about the selected user (T6)."""
    found = selected_user(request, list_users(request.tenant))
    return redirect("guests:reset_password", user_id=found.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Reset password"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def reset_password(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Ask, then show the temporary password in the answer and nowhere else."""
    found = user_of(request, user_id)
    permissions.require(request.user, Capability.USERS_RESET_PASSWORD)
    obstacle, status = actions.reset_obstacle(found, by=request.user), 200
    if request.method == "POST":
        try:
            password = actions.reset_password(found, by=request.user)
        except Conflict as refusal:
            obstacle, status = str(refusal), refusal.status
        else:
            request.blade.menu = []
            context = {"subject": found, "password": password}
            return render(request, "guests/users/password_once.html", context)
    context = {**overview(request, found), "obstacle": obstacle}
    return render(request, "guests/passwords/reset_password.html", context, status=status)
