"""End the sessions of the users selected in the list (T6, SES-5)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from guests import queries
from guests.actions import sessions
from guests.blades import outcomes
from guests.selection import selected_users
from portal.shell.blades import TenantRequest, blade


@require_POST
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Revoke sessions"),
    capability="users.revoke_sessions",
    is_wizard=True,
    parent="guests:users",
)
def revoke_selected(request: TenantRequest) -> HttpResponse:
    """Ask about the selected users by name and number, then end their sessions."""
    people = selected_users(request, queries.users(request.tenant))
    if "confirmed" not in request.POST:
        return render(request, "guests/revoke_selected.html", {"people": people})
    outcome = outcomes.for_each(people, lambda user: sessions.revoke(user, by=request.user))
    n, kept = len(outcome.done), len(outcome.refused)
    outcomes.tell(
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
