"""Resend, revoke and convert (INV-15, SEC-23, INV-22), and begin or give up consent (INV-2)."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.identities.actions import release_identity
from guests.models import User
from guests.passwords.actions import make_initial_password
from guests.users import guards
from guests.users.creation.actions import (
    is_principal_name_taken,
    name_taken_error,
    user_principal_name,
)
from identityproviders.models import SignInTransaction
from invitations.delivery.send_invitation import send_invitation
from invitations.inviting import checks, tickets
from invitations.inviting.actions import InviteResult, is_message_dropped
from invitations.inviting.errors import NotPending
from invitations.inviting.invite_notes import InviteNote
from invitations.inviting.rate_limits import MAILS_PER_DAY, RESEND_WAIT, seconds_until_resend
from invitations.lifecycle.resetting import end_open_links
from invitations.models import Invitation, InvitationStatus
from portal import permissions
from portal.audit import log, rights
from portal.audit.log import Change, Details, Target
from portal.errors import Conflict, NotAllowed, TooSoon
from portal.outbox.actions import cancel_mails
from portal.outbox.bounces import suppressions
from portal.permissions import Capability

_MINUTES = RESEND_WAIT // timedelta(minutes=1)


def resend_invitation(
    invitation: Invitation, *, by: User, message: str | None = None
) -> InviteResult:
    """Send the invitation mail again, with the same ticket and settings (INV-15).

    Takes a new `message`, or None to keep the old one.

    Raises: NotAllowed (T15), NotPending, InvalidInput at `message`, TooSoon (T21).
    """
    _require_may_resend(invitation, by)
    if not (invitation.is_open and invitation.user.is_pending):
        raise NotPending
    changed = {} if message is None else {"message": checks.message_of(message)}
    MAILS_PER_DAY.require(invitation)
    with transaction.atomic():
        now = timezone.now()
        moved = (
            Invitation.objects.of(invitation.tenant)
            .open()
            .filter(Q(resent_at__isnull=True) | Q(resent_at__lte=now - RESEND_WAIT))
            .filter(pk=invitation.pk)
            .update(resent_at=now, is_mail_wanted=True, **changed)
        )
        invitation.refresh_from_db(fields=["resent_at", "status", "message", "is_mail_wanted"])
        if not moved:
            raise _refusal(invitation)
        is_queued = send_invitation(invitation, by=by)
        log.record(
            log.RESEND,
            invitation.tenant,
            by=by,
            target=Target.of_user(invitation.user),
            details=Details(additional={"InvitationId": invitation.pk}),
        )
    notes: tuple[InviteNote, ...] = () if is_queued else (InviteNote.MAIL_SUPPRESSED,)
    if is_queued and suppressions.suppression_of(invitation.tenant, invitation.address) is not None:
        notes += (InviteNote.ADDRESS_BOUNCED,)
    if invitation.message and invitation.inviter and is_message_dropped(invitation.inviter):
        notes += (InviteNote.MESSAGE_DROPPED,)
    return InviteResult(
        invitation, invitation.user, is_new=False, is_mail_queued=is_queued, notes=notes
    )


def _require_may_resend(invitation: Invitation, by: User) -> None:
    target = Target.of_user(invitation.user)
    with log.refusals(log.RESEND, invitation.tenant, by=by, target=target):
        checks.require_may_invite(by, invitation.tenant)


def _refusal(invitation: Invitation) -> NotPending | TooSoon:
    if not invitation.is_open:
        return NotPending()
    return TooSoon(
        _("The invitation was sent less than %(minutes)d minutes ago. Wait before you resend it.")
        % {"minutes": _MINUTES},
        retry_after=seconds_until_resend(invitation),
    )


def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Kill the link of an open invitation and its mails that have not left.

    Allowed for the inviter and for administrators (security 2.9).

    Raises: NotAllowed, NotPending.
    """
    _require_may_revoke(invitation, by)
    generation = invitation.generation + 1
    fresh = tickets.new_ticket(invitation.tenant_id, invitation.pk, generation)
    with transaction.atomic():
        moved = (
            Invitation.objects.of(invitation.tenant)
            .open()
            .filter(pk=invitation.pk, generation=invitation.generation)
            .update(status=InvitationStatus.REVOKED, generation=generation, **fresh.columns())
        )
        if not moved:
            raise NotPending
        cancel_mails(invitation.tenant, invitation.pk)
        log.record(
            log.REVOKE_INVITATION,
            invitation.tenant,
            by=by,
            target=Target.of_user(invitation.user),
            details=Details(
                changes=[Change("Status", invitation.status, InvitationStatus.REVOKED)],
                additional={"InvitationId": invitation.pk},
            ),
        )
    invitation.refresh_from_db()


def _require_may_revoke(invitation: Invitation, by: User) -> None:
    is_inviter = by.is_active and by.pk == invitation.inviter_id
    if by.tenant_id == invitation.tenant_id and is_inviter:
        return
    target = Target.of_user(invitation.user)
    with log.refusals(log.REVOKE_INVITATION, invitation.tenant, by=by, target=target):
        if by.tenant_id != invitation.tenant_id:
            raise NotAllowed
        permissions.require(by, Capability.INVITATIONS_REVOKE)


class AlreadyInternal(Conflict):
    """Nothing to convert."""

    message = gettext_lazy("This user signs in here already, or was deleted meanwhile.")


def may_convert(by: User, user: User) -> bool:
    """Whether `by` may do so: who edits the user and hands out passwords (T17, ROL-5)."""
    return (
        by.pk != user.pk
        and user.is_external
        and permissions.may_act_on(by, Capability.USERS_EDIT, user)
        and permissions.may_act_on(by, Capability.USERS_RESET_PASSWORD, user)
    )


def convert_to_internal(user: User, *, by: User, name: str, domain: str) -> str:
    """Let `user` sign in here as `name` at the verified `domain`; gives the password to hand over.

    Every identity, link and session from before ends. Object id, user type, groups and roles
    stay. The password is kept as a hash only, works for 24 hours and must be changed.

    Raises: NotAllowed (T17, ROL-5), OwnAccount, AlreadyInternal, InvalidInput at `name`, `domain`.
    """
    for capability in (Capability.USERS_EDIT, Capability.USERS_RESET_PASSWORD):
        rights.require_right_over(by, capability, user, log.CONVERT_TO_INTERNAL)
    guards.require_other_account(by, user)
    principal_name = user_principal_name(user.tenant, name, domain)
    if is_principal_name_taken(principal_name):
        raise name_taken_error(principal_name)
    password = make_initial_password()
    before = user.user_principal_name, user.identity_issuer, user.external_user_state
    try:
        with transaction.atomic():
            released = release_identity(user, user_principal_name=principal_name, password=password)
            if not released:
                raise AlreadyInternal
            end_open_links(user)
            _record(user, before, by=by)
    except IntegrityError as error:
        raise name_taken_error(principal_name) from error
    return password


def _record(user: User, before: tuple[str, str, str], *, by: User) -> None:
    name, issuer, state = before
    log.record(
        log.CONVERT_TO_INTERNAL,
        user.tenant,
        by=by,
        target=Target.of_user(user),
        details=Details(
            changes=[
                Change("UserPrincipalName", name, user.user_principal_name),
                Change("Identities", issuer, user.identity_issuer),
                Change("UserState", state, ""),
            ]
        ),
    )


def begin_consent(txn: SignInTransaction) -> None:
    """Somebody proved the invited address and is asked for consent now."""
    _move(txn, {InvitationStatus.PENDING, InvitationStatus.ERROR}, InvitationStatus.IN_PROGRESS)


def give_up_consent(txn: SignInTransaction) -> None:
    """Consent was declined: the invitation waits as before (CON-5)."""
    _move(txn, {InvitationStatus.IN_PROGRESS}, InvitationStatus.PENDING)


def _move(txn: SignInTransaction, allowed: set[InvitationStatus], to: InvitationStatus) -> None:
    if txn.user_id is None:
        return
    rows = Invitation.objects.of(txn.tenant).filter(user=txn.user_id, status__in=allowed)
    if txn.invitation_id is not None:
        rows = rows.filter(pk=txn.invitation_id)
    rows.update(status=to)
