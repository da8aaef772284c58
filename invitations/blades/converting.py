"""Convert an external user to an internal one, from their B2B collaboration tile (INV-22, T7)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from guests.actions.password_reset import RESET
from guests.blades.user import overview, user_of
from invitations.actions import converting
from invitations.convert_form import ConvertForm
from portal import permissions
from portal.errors import Conflict, InvalidInput, NotFound
from portal.shell.blades import TenantRequest, blade


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Convert to internal user"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def convert_to_internal(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Choose the sign-in name, then show the temporary password in the answer, nowhere else."""
    found = user_of(request, user_id)
    permissions.require_on(request.user, converting.EDIT, found)
    permissions.require_on(request.user, RESET, found)
    if not found.is_external:
        raise NotFound
    form = ConvertForm(request.POST or None, guest=found)
    error, status = "", 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                password = converting.convert(found, by=request.user, **form.cleaned_data)
            except InvalidInput as refusal:
                form.add_error(refusal.field, str(refusal))
            except Conflict as refusal:
                error, status = str(refusal), refusal.status
            else:
                request.blade.menu = []
                context = {"subject": found, "password": password, "is_converted": True}
                return render(request, "guests/password_once.html", context)
    context = {**overview(request, found), "form": form, "error": error}
    return render(request, "invitations/convert.html", context, status=status)
