"""Pages that reset or resend what was selected in a list, as one bulk operation (INV-15, INV-17).

Guests are selected in All users and in the list of those that a change affects (BET-2),
invitations in their own list.
"""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guests.bulk.actions import require_may_run
from guests.models import User
from guests.users.selection import selected_ids, selected_users
from invitations.lifecycle import bulk_resend, bulk_reset
from invitations.models import Invitation
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


@require_POST
@blade(
    service="external_identities",
    page="invitations",
    title=gettext_lazy("Resend invitations"),
    capability=Capability.INVITATIONS_READ,
    is_wizard=True,
    parent="invitations:invitations",
)
def resend_selected(request: TenantRequest) -> HttpResponse:
    """Ask about the selected invitations, then start one bulk operation (INV-15).

    Those that were accepted or revoked stay as they are, and the page says how many they are.
    """
    require_may_run(request.user, bulk_resend.RESEND_INVITATIONS)
    ids = selected_ids(request, "invitation")
    rows = Invitation.objects.of(request.tenant).filter(pk__in=ids)
    chosen = list(rows.select_related("user__tenant").order_by("user__display_name_key", "pk"))
    if not chosen:
        raise Http404
    waiting = [one for one in chosen if one.is_open and one.user.deleted_at is None]
    people = [invitation.user for invitation in waiting]
    if "confirmed" not in request.POST or not people:
        context = {"waiting": waiting, "people": people, "unfit": len(chosen) - len(waiting)}
        return render(request, "invitations/lifecycle/resend_selected.html", context)
    job = bulk_resend.start_resend_to(people, by=request.user, name=_("Selected invitations"))
    return redirect("guests:bulk_job", job_id=job.pk)


def reset_selected_entry(request: HttpRequest, _subject: Any) -> str:
    """The entry in the menu of All users, for those who may reset guests."""
    return _for_those_who_may_reset(request, "invitations/lifecycle/_reset_selected_entry.html")


def reset_selected_command(request: HttpRequest, _subject: Any) -> str:
    """The command over the guests that a change affects, for those who may reset them (BET-2)."""
    return _for_those_who_may_reset(request, "invitations/lifecycle/_reset_selected_command.html")


def _for_those_who_may_reset(request: HttpRequest, template: str) -> str:
    user = cast(TenantRequest, request).user
    if not permissions.may(user, Capability.INVITATIONS_RESET):
        return ""
    return render_to_string(template, {}, request)
