"""Page that ends the sessions of selected users (T6, SES-5)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from guests.sessions import actions
from guests.users import selection
from guests.users.queries import list_users
from guests.users.selection import selected_users
from portal.console.blades import TenantRequest, blade
from portal.permissions import Capability


@require_POST
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Revoke sessions"),
    capability=Capability.USERS_REVOKE_SESSIONS,
    is_wizard=True,
    parent="guests:users",
)
def revoke_selected(request: TenantRequest) -> HttpResponse:
    """Ask about the selected users by name and number, then end their sessions."""
    people = selected_users(request, list_users(request.tenant))
    if "confirmed" not in request.POST:
        return render(request, "guests/sessions/revoke_selected.html", {"people": people})
    outcome = selection.apply_to_each(
        people, lambda user: actions.revoke_sessions(user, by=request.user)
    )
    n, kept = len(outcome.done), len(outcome.refused)
    selection.show_outcome(
        request,
        outcome,
        done=ngettext(
            "%(n)s user has to sign in again everywhere",
            "%(n)s users have to sign in again everywhere",
            n,
        )
        % {"n": n},
        refused=ngettext(
            "The sessions of %(n)s user go on", "The sessions of %(n)s users go on", kept
        )
        % {"n": kept},
    )
    return redirect("guests:users")
