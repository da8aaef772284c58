"""Pages Users | User settings and Users | Password reset (USR-1, COL-1, T14)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from guests.access import actions
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.errors import Conflict
from portal.permissions import Capability
from portal.tenants.models import GuestAccess


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="user_settings",
    title=gettext_lazy("User settings"),
    capability=Capability.GUEST_ACCESS_READ,
    icon="people_settings",
)
def user_settings(request: TenantRequest) -> HttpResponse:
    """Guest user access: one of three, with what each of them means."""
    stored = GuestAccess(request.tenant.guest_access)
    error, chosen, status = "", stored, 200
    if request.method == "POST":
        actions.GUEST_ACCESS.require_may_edit(request.tenant, request.user)
        wanted, shown = request.POST.get("guest_access", ""), request.POST.get("shown", "")
        if wanted not in GuestAccess.values or shown not in GuestAccess.values:
            error, status = _("Choose one of the three."), 400
        else:
            chosen = GuestAccess(wanted)
            try:
                actions.choose_guest_access(
                    request.tenant, chosen, by=request.user, shown=GuestAccess(shown)
                )
            except Conflict as refusal:
                error, status = str(refusal), refusal.status
            else:
                toasts.succeeded(request, _("User settings were saved"))
                return redirect("guests:user_settings")
    context = {**guest_access_choices(request, chosen), "error": error}
    return render(request, "guests/access/user_settings.html", context, status=status)


def guest_access_choices(
    request: TenantRequest, chosen: GuestAccess | None = None
) -> dict[str, object]:
    """What `guests/_guest_access.html` shows: the three choices, and who may choose (T14)."""
    stored = GuestAccess(request.tenant.guest_access)
    return {
        "choices": [(c, c.label, _consequence(c), c == (chosen or stored)) for c in GuestAccess],
        "shown": stored.value,
        "may_edit": permissions.may(request.user, Capability.GUEST_ACCESS_EDIT),
        "roles": permissions.role_names(Capability.GUEST_ACCESS_EDIT),
    }


@require_safe
@blade(
    service="users",
    page="password_reset",
    title=gettext_lazy("Password reset"),
    capability=Capability.USERS_LIST,
    icon="key",
)
def password_reset(request: TenantRequest) -> HttpResponse:
    """Who resets whose password; display only (USR-1, USR-24)."""
    context = {
        "may_reset": permissions.may(request.user, Capability.USERS_RESET_PASSWORD),
        "roles": permissions.role_names(Capability.USERS_RESET_PASSWORD),
    }
    return render(request, "guests/access/password_reset_policy.html", context)


def _consequence(access: GuestAccess) -> str:
    """What guests can see, in one sentence (T14)."""
    return {
        GuestAccess.MEMBER: _("Guests see every user and group, as members do."),
        GuestAccess.LIMITED: _(
            "Guests see their own profile whole, and name, e-mail, sign-in name, photo and user "
            "type of somebody whose object ID they know. They can’t list users or groups."
        ),
        GuestAccess.RESTRICTED: _(
            "Guests see their own profile alone; of their groups only the object ID."
        ),
    }[access]
