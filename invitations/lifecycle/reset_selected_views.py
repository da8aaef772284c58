"""Page that resets the redemption of the guests selected in All users (INV-17, BET-2)."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guests.models import User
from guests.users.selection import selected_users
from invitations.lifecycle import bulk_reset
from portal import permissions
from portal.console.blades import TenantRequest, blade
from portal.permissions import Capability


@require_POST
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Reset redemption"),
    capability=Capability.INVITATIONS_RESET,
    is_wizard=True,
    parent="guests:users",
)
def reset_selected(request: TenantRequest) -> HttpResponse:
    """Ask about the selected guests by name and number, then start one bulk operation."""
    guests = User.objects.of(request.tenant).present().external().select_related("tenant")
    people = selected_users(request, guests)
    if "confirmed" not in request.POST:
        return render(request, "invitations/lifecycle/reset_selected.html", {"people": people})
    job = bulk_reset.start_reset_of(people, by=request.user, name=_("Selected guests"))
    return redirect("guests:bulk_job", job_id=job.pk)


def reset_selected_command(request: HttpRequest, _subject: Any) -> str:
    """The command in the menu of All users, for those who may reset guests."""
    inside = cast(TenantRequest, request)
    if not permissions.may(inside.user, Capability.INVITATIONS_RESET):
        return ""
    return render_to_string("invitations/lifecycle/_reset_selected_command.html", {}, request)
