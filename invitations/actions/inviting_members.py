"""Invite an internal user to B2B collaboration: same object, an identity of their own (INV-21)."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.actions import identities, protections
from guests.models import User
from invitations import checks, posting
from invitations.actions.inviting import InviteResult, QuotaSpent, mail_notes
from invitations.actions.resetting import address_for, insert
from invitations.limits import require_hourly_allowance
from invitations.models import Invitation
from invitations.readings import Readings
from portal import permissions
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import Conflict, InvalidInput

EDIT = "users.edit"


class NotInternal(Conflict):
    """The user signs in elsewhere already, or is to."""

    message = gettext_lazy("This user is a guest already, or was deleted meanwhile.")


def may_invite_member(by: User, user: User) -> bool:
    """Whether `by` may do so: who edits users and invites, and not themselves (ROL-5, T15)."""
    return (
        by.pk != user.pk
        and not user.is_external
        and permissions.may_act_on(by, EDIT, user)
        and checks.may_invite(by, user.tenant)
    )


def invite_member(
    user: User,
    *,
    by: User,
    address: str,
    redirect_url: str,
    is_mail_wanted: bool = True,
    message: str = "",
) -> InviteResult:
    """Invite the internal `user` to sign in with the outside `address` from acceptance on.

    Object id, name, type, groups and roles stay. The password works until acceptance and never
    after it. The last Global Administrator stays internal (USR-25): what they sign in with would
    be in the hands of others.

    Raises: NotAllowed (T15, T17, ROL-5), OwnAccount, LastAdministrator, NotInternal, QuotaSpent,
    TooSoon (T21), InvalidInput at `address`, `message`, `redirect_url`.
    """
    tenant = user.tenant
    protections.require_on(by, EDIT, user, log.INVITE_INTERNAL)
    with log.refusals(log.INVITE_INTERNAL, tenant, by=by, target=Target.of_user(user)):
        checks.require_may_invite(by, tenant)
    protections.require_other_account(by, user)
    wanted = address_for(user, address)
    wishes: dict[str, object] = {
        "address": wanted.ascii,
        "redirect_url": str(checks.redirect_of(redirect_url)),
        "message": checks.message_of(message),
        "is_mail_wanted": is_mail_wanted,
    }
    if not Readings(tenant, []).has_room:
        raise QuotaSpent
    try:
        with transaction.atomic():
            protections.require_another_administrator(user)
            require_hourly_allowance(by)
            if not identities.expect(user, wanted):
                raise NotInternal
            invitation = insert(user, wishes, by=by)
            is_queued = is_mail_wanted and posting.post(invitation, by=by)
            _record(invitation, by=by)
    except IntegrityError as error:
        raise InvalidInput("address", _("Another user has this address.")) from error
    notes = mail_notes(by, invitation.message, is_queued=is_queued) if is_mail_wanted else ()
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
