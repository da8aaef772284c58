"""Invite an internal user to B2B collaboration, from their page (INV-21, T7)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from guests.blades.user import overview, user_of
from guests.models import User
from invitations import checks
from invitations.actions import inviting_members
from invitations.forms import my_apps_url
from invitations.reset_form import InternalForm
from portal import permissions
from portal.errors import DomainError, InvalidInput, NotAllowed, NotFound
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Invite to B2B collaboration"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def invite_internal(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Choose the address the user will sign in with, then invite them."""
    user = user_of(request, user_id)
    permissions.require_on(request.user, inviting_members.EDIT, user)
    checks.require_may_invite(request.user, request.tenant)
    if user.is_external:
        raise NotFound
    form = InternalForm(request.POST or None, guest=user)
    error, status = "", 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return _invite(request, user, form)
            except InvalidInput as refusal:
                form.add_error(form.field_for(refusal.field), str(refusal))
            except NotAllowed:
                raise
            except DomainError as refusal:
                error, status = str(refusal), refusal.status
    context = {**overview(request, user), "form": form, "error": error}
    return render(request, "invitations/invite_internal.html", context, status=status)


def _invite(request: TenantRequest, user: User, form: InternalForm) -> HttpResponse:
    result = inviting_members.invite_member(
        user,
        by=request.user,
        address=form.chosen_address,
        redirect_url=my_apps_url(request.tenant),
        is_mail_wanted=form.cleaned_data["send"],
        message=form.cleaned_data["message"],
    )
    sentences = " ".join(str(note.sentence) for note in result.notes)
    title = _("%(name)s was invited to B2B collaboration") % {"name": user.display_name}
    show = toasts.warned if sentences else toasts.succeeded
    show(request, title, sentences)
    return redirect("guests:user", user_id=user.pk)
