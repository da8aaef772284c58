"""Reset the redemption status of a guest: same user, new acceptance (INV-17, INV-18, SEC-38)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests import lookups
from guests.actions import identities, protections
from guests.models import User
from invitations import checks, posting, tickets
from invitations.actions.inviting import InviteResult, mail_notes
from invitations.models import Invitation, InvitationStatus
from invitations.models.invitation import OPEN_STATUSES
from portal.addresses import Address
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import Conflict, InvalidInput
from portal.outbox import actions as outbox

RESET = "invitations.reset"


class NotExternal(Conflict):
    """There is nothing to reset."""

    message = gettext_lazy("Only guests from outside have a redemption status.")


def reset(
    guest: User,
    *,
    by: User,
    address: str = "",
    redirect_url: str,
    is_mail_wanted: bool = True,
    message: str = "",
    message_language: str = "",
    cc: Sequence[str] = (),
) -> InviteResult:
    """Take every identity of `guest` away and invite them anew, under `address` if one is given.

    Every link sent before dies, every session ends, and nothing that was proven before counts.

    Raises: NotAllowed (T17, ROL-5), NotExternal, InvalidInput at `address`, `message`,
    `redirect_url`, `cc`, UserGone.
    """
    protections.require_on(by, RESET, guest, log.INVITE_RESET)
    if not guest.is_external:
        raise NotExternal
    wanted = address_for(guest, address or guest.invited_address or guest.mail)
    wishes: dict[str, object] = {
        "address": wanted.ascii,
        "redirect_url": str(checks.redirect_of(redirect_url)),
        "message": checks.message_of(message),
        "message_language": message_language,
        "cc_recipients": checks.cc_of(cc, wanted),
        "is_mail_wanted": is_mail_wanted,
    }
    before = guest.invited_address, guest.identity_issuer, guest.external_user_state
    try:
        with transaction.atomic():
            present = User.objects.of(guest.tenant).present().filter(pk=guest.pk)
            if not present.exists():
                raise protections.UserGone
            kill_links(guest)
            identities.reset(guest, wanted)
            invitation = insert(guest, wishes, by=by)
            is_queued = is_mail_wanted and posting.post(invitation, by=by)
            _record(invitation, before, by=by)
    except IntegrityError as error:
        raise InvalidInput("address", _("Another guest has this address.")) from error
    notes = mail_notes(by, invitation.message, is_queued=is_queued) if is_mail_wanted else ()
    return InviteResult(invitation, guest, is_new=False, is_mail_queued=is_queued, notes=notes)


def address_for(guest: User, text: str) -> Address:
    """The address to invite, by the checks of every invitation (T18).

    Raises: InvalidInput at `address`.
    """
    try:
        found = checks.address_of(text)
        checks.require_other_organization(guest.tenant, found)
        checks.require_allowed_domain(guest.tenant, found)
    except InvalidInput as refusal:
        raise InvalidInput("address", refusal.message, code=refusal.code) from refusal
    holder = lookups.by_address(guest.tenant, found.canonical)
    if holder is not None and holder.pk != guest.pk:
        raise InvalidInput("address", _("Another user of your organization has this address."))
    return found


def kill_links(guest: User) -> None:
    """Give every invitation of `guest` a ticket nobody has, and stop mails that wait (SEC-23)."""
    for old in Invitation.objects.of(guest.tenant).filter(user=guest):
        generation = old.generation + 1
        status = InvitationStatus.REVOKED if old.status in OPEN_STATUSES else old.status
        fresh = tickets.new(guest.tenant_id, old.pk, generation)
        Invitation.objects.of(guest.tenant).filter(pk=old.pk).update(
            status=status, generation=generation, **fresh.columns()
        )
        outbox.cancel(guest.tenant, old.pk)


def insert(guest: User, wishes: Mapping[str, object], *, by: User) -> Invitation:
    """Add an invitation with a ticket of its own; `wishes` are columns that `by` decided."""
    invitation_id = uuid.uuid4()
    invitation: Invitation = Invitation.objects.create(
        id=invitation_id,
        tenant=guest.tenant,
        user=guest,
        inviter=by,
        **wishes,
        **tickets.new(guest.tenant_id, invitation_id, 1).columns(),
    )
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
