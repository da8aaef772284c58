"""Reset the redemption status of a guest, from their B2B collaboration tile (INV-17, T7)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from guests.blades.user import overview, user_of
from guests.models import User
from invitations import queries
from invitations.actions import resetting
from invitations.forms import my_apps_url
from invitations.reset_form import ResetForm
from portal import permissions
from portal.errors import Conflict, InvalidInput, NotFound
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Reset redemption status"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def reset_redemption(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Choose the address and whether a mail goes out, then start over."""
    guest = user_of(request, user_id)
    permissions.require_on(request.user, resetting.RESET, guest)
    if not guest.is_external:
        raise NotFound
    form = ResetForm(request.POST or None, guest=guest)
    error, status = "", 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return _reset(request, guest, form)
            except InvalidInput as refusal:
                form.add_error(form.field_for(refusal.field), str(refusal))
            except Conflict as refusal:
                error, status = str(refusal), refusal.status
    context = {**overview(request, guest), "form": form, "error": error}
    return render(request, "invitations/reset.html", context, status=status)


def _reset(request: TenantRequest, guest: User, form: ResetForm) -> HttpResponse:
    latest = queries.latest_of(guest)
    result = resetting.reset(
        guest,
        by=request.user,
        address=form.chosen_address,
        redirect_url=latest.redirect_url if latest else my_apps_url(request.tenant),
        is_mail_wanted=form.cleaned_data["send"],
        message=form.cleaned_data["message"],
    )
    sentences = " ".join(str(note.sentence) for note in result.notes)
    title = _("Redemption status of %(name)s was reset") % {"name": guest.display_name}
    if form.cleaned_data["send"] and not result.is_mail_queued:
        toasts.warned(request, title, sentences)
    else:
        toasts.succeeded(request, title, sentences)
    return redirect("guests:user", user_id=guest.pk)
