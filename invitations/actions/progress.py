"""The two steps of an invitation that nobody decides: consent is open, or was given up (INV-2)."""

from __future__ import annotations

from identityproviders.models import SignInTransaction
from invitations.models import Invitation, InvitationStatus


def begin(txn: SignInTransaction) -> None:
    """Somebody proved the invited address and is asked for consent now."""
    _move(txn, {InvitationStatus.PENDING, InvitationStatus.ERROR}, InvitationStatus.IN_PROGRESS)


def give_up(txn: SignInTransaction) -> None:
    """Consent was declined: the invitation waits as before (CON-5)."""
    _move(txn, {InvitationStatus.IN_PROGRESS}, InvitationStatus.PENDING)


def _move(txn: SignInTransaction, allowed: set[InvitationStatus], to: InvitationStatus) -> None:
    if txn.user_id is None:
        return
    rows = Invitation.objects.of(txn.tenant).filter(user=txn.user_id, status__in=allowed)
    if txn.invitation_id is not None:
        rows = rows.filter(pk=txn.invitation_id)
    rows.update(status=to)
