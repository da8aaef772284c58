"""Pages of one invitation: resend, copy link, reset, convert (T7, INV-15, INV-17, INV-22)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guests.access import visibility
from guests.models import User
from guests.users.page.views import overview, user_of
from invitations.inviting import checks
from invitations.inviting.actions import redeem_url
from invitations.inviting.request import InvitationRequest
from invitations.lifecycle import actions, resetting
from invitations.lifecycle.forms import ConvertForm, ResetForm
from invitations.models import Invitation
from invitations.overview.queries import latest_invitation
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from portal.permissions import Capability


@require_POST
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Resend invitation"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def resend_invitation(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Send the mail again, and say on the guest's page what became of it (INV-15)."""
    invitation = _invitation(request, user_id)
    try:
        result = actions.resend_invitation(invitation, by=request.user)
    except NotAllowed:
        raise
    except DomainError as error:
        toasts.failed(request, _("The invitation was not sent"), error)
        return redirect("guests:user", user_id=user_id)
    sentences = " ".join(note.sentence for note in result.notes)
    if result.is_mail_queued:
        title = _("Invitation is on its way to %(address)s") % {"address": invitation.address}
        toasts.succeeded(request, title, sentences)
    else:
        toasts.warned(request, _("The invitation was not sent"), sentences)
    return redirect("guests:user", user_id=user_id)


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Redemption link"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def copy_link(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The redemption link of a pending guest, for users who may invite (T7, SEC-21)."""
    checks.require_may_invite(request.user, request.tenant)
    invitation = _invitation(request, user_id)
    if not (invitation.is_open and invitation.user.is_pending):
        raise Http404
    context = {
        "subject": invitation.user,
        "invitation": invitation,
        "redeem_url": redeem_url(invitation),
    }
    return render(request, "invitations/lifecycle/link.html", context)


def _invitation(request: TenantRequest, user_id: UUID) -> Invitation:
    """The newest invitation of a present guest of the tenant.

    Raises: HiddenByPolicy (T14); Http404 for everybody else (SEC-80).
    """
    visibility.require_visible(request.user, user_id)
    user: User | None = (
        User.objects.of(request.tenant)
        .present()
        .select_related("tenant")
        .filter(pk=user_id)
        .first()
    )
    invitation = latest_invitation(user) if user is not None else None
    if invitation is None:
        raise Http404
    return invitation


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Reset redemption status"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def reset_redemption(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Choose the address and whether a mail goes out, then start over."""
    guest = user_of(request, user_id)
    permissions.require_on(request.user, Capability.INVITATIONS_RESET, guest)
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
    return render(request, "invitations/lifecycle/reset.html", context, status=status)


def _reset(request: TenantRequest, guest: User, form: ResetForm) -> HttpResponse:
    wanted = InvitationRequest(
        tenant=request.tenant,
        address=checks.address_of(form.chosen_address, "address"),
        redirect_url=resetting.redirect_after_reset(guest),
        is_mail_wanted=form.cleaned_data["send"],
        message=form.cleaned_data["message"],
    )
    result = resetting.reset_redemption(guest, wanted, by=request.user)
    sentences = " ".join(str(note.sentence) for note in result.notes)
    title = _("Redemption status of %(name)s was reset") % {"name": guest.display_name}
    if form.cleaned_data["send"] and not result.is_mail_queued:
        toasts.warned(request, title, sentences)
    else:
        toasts.succeeded(request, title, sentences)
    return redirect("guests:user", user_id=guest.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Convert to internal user"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def convert_to_internal(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Choose the sign-in name, then show the temporary password in the answer, nowhere else."""
    found = user_of(request, user_id)
    permissions.require_on(request.user, Capability.USERS_EDIT, found)
    permissions.require_on(request.user, Capability.USERS_RESET_PASSWORD, found)
    if not found.is_external:
        raise NotFound
    form = ConvertForm(request.POST or None, guest=found)
    error, status = "", 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                password = actions.convert_to_internal(found, by=request.user, **form.cleaned_data)
            except InvalidInput as refusal:
                form.add_error(refusal.field, str(refusal))
            except Conflict as refusal:
                error, status = str(refusal), refusal.status
            else:
                request.blade.menu = []
                context = {"subject": found, "password": password, "is_converted": True}
                return render(request, "guests/users/password_once.html", context)
    context = {**overview(request, found), "form": form, "error": error}
    return render(request, "invitations/lifecycle/convert.html", context, status=status)
