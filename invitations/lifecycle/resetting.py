"""Reset the redemption of a guest (INV-17, SEC-38), or restore and invite again (INV-13)."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.groups.actions import join_groups, require_joinable_groups
from guests.identities.actions import reset_identity
from guests.models import User
from guests.roles.actions import insert_role, require_assignable
from guests.users import guards, lookups
from guests.users.deletion.actions import restore_user
from invitations.delivery.send_invitation import send_invitation
from invitations.inviting import checks, tickets
from invitations.inviting.actions import InviteResult, mail_notes
from invitations.inviting.guest_quota import require_room_for_guest
from invitations.inviting.invite_notes import InviteNote
from invitations.inviting.models import OPEN_STATUSES
from invitations.inviting.rate_limits import INVITATIONS_PER_HOUR
from invitations.inviting.request import InvitationRequest, my_apps_url
from invitations.models import Invitation, InvitationStatus
from invitations.overview.queries import latest_invitation
from portal import permissions
from portal.audit import log, rights
from portal.audit.log import Change, Details, Target
from portal.errors import Conflict, InvalidInput
from portal.outbox.actions import cancel_mails
from portal.permissions import Capability
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress


class NotExternal(Conflict):
    """There is nothing to reset."""

    message = gettext_lazy("Only guests from outside have a redemption status.")


def reset_redemption(
    guest: User, request: InvitationRequest, *, by: User, is_bulk: bool = False
) -> InviteResult:
    """Take every identity of `guest` away and invite them anew, under the requested address.

    Every link sent before dies, every session ends, and nothing that was proven before counts.
    `is_bulk` is for a row of a bulk operation, which the hourly limit does not count (SEC-32).

    Raises: NotAllowed (T17, ROL-5), NotExternal, InvalidInput at `address`, `message`,
    `redirect_url`, `cc`, UserGone.
    """
    rights.require_right_over(by, Capability.INVITATIONS_RESET, guest, log.INVITE_RESET)
    if not guest.is_external:
        raise NotExternal
    require_address_for(guest, request.address)
    return _reset(guest, request, by=by, is_bulk=is_bulk)


def _reset(
    guest: User, request: InvitationRequest, *, by: User, is_bulk: bool = False
) -> InviteResult:
    """Reset a guest whose new address is allowed and free."""
    checks.require_few_copies(request)
    request = checks.checked_texts(request)
    before = guest.invited_address, guest.identity_issuer, guest.external_user_state
    is_queued = False
    try:
        with transaction.atomic():
            present = User.objects.of(guest.tenant).present().filter(pk=guest.pk)
            if not present.exists():
                raise guards.UserGone
            end_open_links(guest)
            reset_identity(guest, request.address)
            invitation = insert_reset_invitation(guest, request, by=by, is_bulk=is_bulk)
            if request.is_mail_wanted:
                is_queued = send_invitation(invitation, by=by)
            _record(invitation, before, by=by)
    except IntegrityError as error:
        raise InvalidInput("address", _("Another guest has this address.")) from error
    wanted = request.is_mail_wanted
    notes = mail_notes(by, invitation.message, is_queued=is_queued) if wanted else ()
    return InviteResult(invitation, guest, is_new=False, is_mail_queued=is_queued, notes=notes)


def redirect_after_reset(guest: User) -> str:
    """Where the new invitation of `guest` leads: as the one before, else My Apps."""
    latest = latest_invitation(guest)
    return latest.redirect_url if latest else my_apps_url(guest.tenant)


def require_address_for(guest: User, address: EmailAddress) -> None:
    """Pass an address for `guest`, by the checks of every invitation (T18).

    Raises: InvalidInput at `address`.
    """
    try:
        checks.require_allowed_address(guest.tenant, address)
    except InvalidInput as refusal:
        raise InvalidInput("address", refusal.message, code=refusal.code) from refusal
    _require_free_address(guest, address)


def _require_free_address(guest: User, address: EmailAddress) -> None:
    holder = lookups.user_by_address(guest.tenant, address.canonical)
    if holder is not None and holder.pk != guest.pk:
        raise InvalidInput("address", _("Another user of your organization has this address."))


def end_open_links(guest: User) -> None:
    """Give every invitation of `guest` an unknown ticket, and stop mails that wait (SEC-23)."""
    for old in Invitation.objects.of(guest.tenant).filter(user=guest):
        generation = old.generation + 1
        status = InvitationStatus.REVOKED if old.status in OPEN_STATUSES else old.status
        fresh = tickets.new_ticket(guest.tenant_id, old.pk, generation)
        Invitation.objects.of(guest.tenant).filter(pk=old.pk).update(
            status=status, generation=generation, **fresh.columns()
        )
        cancel_mails(guest.tenant, old.pk)


def insert_reset_invitation(
    guest: User, request: InvitationRequest, *, by: User, is_bulk: bool = False
) -> Invitation:
    """Add an invitation with a ticket of its own, as a checked request of `by` says."""
    invitation_id = uuid.uuid4()
    invitation: Invitation = Invitation.objects.create(
        id=invitation_id,
        tenant=guest.tenant,
        user=guest,
        address=request.address.ascii,
        is_bulk=is_bulk,
        **request.invitation_columns(by),
        **tickets.new_ticket(guest.tenant_id, invitation_id, 1).columns(),
    )
    invitation.email_address = request.address
    return invitation


def _record(invitation: Invitation, before: tuple[str, str, str], *, by: User) -> None:
    address, issuer, state = before
    guest = invitation.user
    log.record(
        log.INVITE_RESET,
        guest.tenant,
        by=by,
        target=Target.of_user(guest),
        details=Details(
            changes=[
                Change("InvitedUserEmailAddress", address, guest.invited_address),
                Change("Identities", issuer, guest.identity_issuer),
                Change("UserState", state, guest.external_user_state),
            ],
            additional={"InvitationId": invitation.pk},
        ),
    )


def restorable_guest(tenant: Tenant, address: EmailAddress, *, by: User) -> User | None:
    """The deleted guest that `by` may restore instead of inviting `address` as new (INV-13).

    None for an address that a present user has, or without the right to restore (DEL-3).
    """
    if not permissions.may(by, Capability.USERS_DELETE) or not checks.may_invite(by, tenant):
        return None
    guest = lookups.deleted_guest(tenant, address.canonical)
    if guest is None or not _may(by, guest):
        return None
    return guest


def _may(by: User, guest: User) -> bool:
    needed = (Capability.USERS_DELETE, Capability.INVITATIONS_RESET)
    return all(permissions.may_act_on(by, capability, guest) for capability in needed)


def restore_and_invite(guest: User, request: InvitationRequest, *, by: User) -> InviteResult:
    """Take `guest` back from *Deleted users* and invite them as requested, all or nothing.

    They keep what they had (DIR-28) and start over as pending: links from before stay dead and
    the old way to sign in ends. Two audit rows tell of it: the restoring and the reset.

    Raises: NotAllowed (T15, T17, DEL-3, ROL-5), QuotaSpent, NotDeleted, NameTaken (DIR-30),
    TooSoon (T21), InvalidInput at `email`, and what `reset_redemption` raises.
    """
    tenant = guest.tenant
    with log.refusals(log.INVITE, tenant, by=by):
        checks.require_may_invite(by, tenant)
    rights.require_right_over(by, Capability.USERS_DELETE, guest, log.RESTORE_USER)
    rights.require_right_over(by, Capability.INVITATIONS_RESET, guest, log.INVITE_RESET)
    if not guest.is_external:
        raise NotExternal
    checks.require_allowed_address(tenant, request.address)
    require_joinable_groups(tenant, request.groups, by=by)
    require_assignable(tenant, request.roles, by=by)
    with transaction.atomic():
        require_room_for_guest(tenant)
        INVITATIONS_PER_HOUR.require(by)
        restore_user(guest, by=by)
        _require_free_address(guest, request.address)
        result = _reset(guest, request, by=by)
        join_groups(guest, request.groups, by=by)
        for role in request.roles:
            insert_role(guest, role, by=by)
    return replace(result, notes=(InviteNote.RESTORED, *result.notes))
