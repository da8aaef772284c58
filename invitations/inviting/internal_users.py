"""Invite an internal user to B2B collaboration: action and page (INV-21, T7)."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from guests.identities.actions import expect_identity
from guests.models import User
from guests.users import guards
from guests.users.page.views import overview, user_of
from invitations.delivery.send_invitation import send_invitation
from invitations.inviting import checks
from invitations.inviting.actions import InviteResult, mail_notes
from invitations.inviting.guest_quota import require_room_for_guest
from invitations.inviting.rate_limits import INVITATIONS_PER_HOUR
from invitations.inviting.request import InvitationRequest, my_apps_url
from invitations.lifecycle.forms import InternalForm
from invitations.lifecycle.resetting import insert_reset_invitation, require_address_for
from invitations.models import Invitation
from portal import permissions
from portal.audit import log, rights
from portal.audit.log import Change, Details, Target
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from portal.permissions import Capability


class NotInternal(Conflict):
    """The user signs in elsewhere already, or is to."""

    message = gettext_lazy("This user is a guest already, or was deleted meanwhile.")


def may_invite_member(by: User, user: User) -> bool:
    """Whether `by` may do so: who edits users and invites, and not themselves (ROL-5, T15)."""
    return (
        by.pk != user.pk
        and not user.is_external
        and permissions.may_act_on(by, Capability.USERS_EDIT, user)
        and checks.may_invite(by, user.tenant)
    )


def invite_member(user: User, request: InvitationRequest, *, by: User) -> InviteResult:
    """Invite the internal `user` to sign in with the requested address from acceptance on.

    Object id, name, type, groups and roles stay. The password works until acceptance and never
    after it. The last Global Administrator stays internal (USR-25): what they sign in with would
    be in the hands of others.

    Raises: NotAllowed (T15, T17, ROL-5), OwnAccount, LastAdministrator, NotInternal, QuotaSpent,
    TooSoon (T21), InvalidInput at `address`, `message`, `redirect_url`.
    """
    tenant = user.tenant
    rights.require_right_over(by, Capability.USERS_EDIT, user, log.INVITE_INTERNAL)
    with log.refusals(log.INVITE_INTERNAL, tenant, by=by, target=Target.of_user(user)):
        checks.require_may_invite(by, tenant)
    guards.require_other_account(by, user)
    require_address_for(user, request.address)
    request = checks.checked_texts(request)
    is_queued = False
    try:
        with transaction.atomic():
            require_room_for_guest(tenant)
            guards.require_another_administrator(user)
            INVITATIONS_PER_HOUR.require(by)
            if not expect_identity(user, request.address):
                raise NotInternal
            invitation = insert_reset_invitation(user, request, by=by)
            if request.is_mail_wanted:
                is_queued = send_invitation(invitation, by=by)
            _record(invitation, by=by)
    except IntegrityError as error:
        raise InvalidInput("address", _("Another user has this address.")) from error
    wanted = request.is_mail_wanted
    notes = mail_notes(by, invitation.message, is_queued=is_queued) if wanted else ()
    return InviteResult(invitation, user, is_new=False, is_mail_queued=is_queued, notes=notes)


def _record(invitation: Invitation, *, by: User) -> None:
    user = invitation.user
    log.record(
        log.INVITE_INTERNAL,
        user.tenant,
        by=by,
        target=Target.of_user(user),
        details=Details(
            changes=[
                Change("InvitedUserEmailAddress", None, invitation.address),
                Change("UserState", None, user.external_user_state),
            ],
            additional={"InvitationId": invitation.pk},
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Invite to B2B collaboration"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def invite_internal(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Choose the address the user will sign in with, then invite them."""
    user = user_of(request, user_id)
    permissions.require_on(request.user, Capability.USERS_EDIT, user)
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
    return render(request, "invitations/inviting/invite_internal.html", context, status=status)


def _invite(request: TenantRequest, user: User, form: InternalForm) -> HttpResponse:
    wanted = InvitationRequest(
        tenant=request.tenant,
        address=checks.address_of(form.chosen_address, "address"),
        redirect_url=my_apps_url(request.tenant),
        is_mail_wanted=form.cleaned_data["send"],
        message=form.cleaned_data["message"],
    )
    result = invite_member(user, wanted, by=request.user)
    sentences = " ".join(str(note.sentence) for note in result.notes)
    title = _("%(name)s was invited to B2B collaboration") % {"name": user.display_name}
    show = toasts.warned if sentences else toasts.succeeded
    show(request, title, sentences)
    return redirect("guests:user", user_id=user.pk)
