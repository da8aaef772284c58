"""Revoke an invitation: its link dies at once, the guest object stays (SEC-23, REL-11)."""

from __future__ import annotations

from django.db import transaction

from guests.models import User
from invitations import tickets
from invitations.errors import NotPending
from invitations.models import Invitation, InvitationStatus
from portal import permissions
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import NotAllowed
from portal.outbox import actions as outbox


def revoke(invitation: Invitation, *, by: User) -> None:
    """Kill the link of an open invitation and its mails that have not left.

    Allowed for the inviter and for administrators (security 2.9).

    Raises: NotAllowed, NotPending.
    """
    _require_rights(invitation, by)
    generation = invitation.generation + 1
    fresh = tickets.new(invitation.tenant_id, invitation.pk, generation)
    with transaction.atomic():
        moved = (
            Invitation.objects.of(invitation.tenant)
            .open()
            .filter(pk=invitation.pk, generation=invitation.generation)
            .update(status=InvitationStatus.REVOKED, generation=generation, **fresh.columns())
        )
        if not moved:
            raise NotPending
        outbox.cancel(invitation.tenant, invitation.pk)
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


def _require_rights(invitation: Invitation, by: User) -> None:
    is_inviter = by.is_active and by.pk == invitation.inviter_id
    if by.tenant_id == invitation.tenant_id and is_inviter:
        return
    target = Target.of_user(invitation.user)
    with log.refusals(log.REVOKE_INVITATION, invitation.tenant, by=by, target=target):
        if by.tenant_id != invitation.tenant_id:
            raise NotAllowed
        permissions.require(by, "invitations.revoke")
