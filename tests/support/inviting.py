"""Invite, reset and restore with addresses as text, as the forms and files do it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guests.models import User
from invitations.inviting import checks, internal_users
from invitations.inviting.actions import InviteResult, invite, require_right
from invitations.inviting.request import InvitationRequest
from invitations.lifecycle import resetting
from invitations.models import Invitation
from portal.errors import InvalidInput
from portal.tenants.models import Tenant


def request_for(
    tenant: Tenant, address: str, *, field: str = "email", cc: Sequence[str] = (), **values: Any
) -> InvitationRequest:
    """A request with parsed addresses.

    Raises: InvalidInput at `field` or `cc`.
    """
    return InvitationRequest(
        tenant=tenant,
        address=checks.address_of(address, field),
        cc=tuple(checks.address_of(text, "cc") for text in cc),
        **values,
    )


def invite_guest(tenant: Tenant, *, by: User, address: str, **values: Any) -> InviteResult:
    """Invite as a form does: the right is asked before the text is judged (T18)."""
    try:
        request = request_for(tenant, address, **values)
    except InvalidInput:
        require_right(tenant, by=by)
        raise
    return invite(request, by=by)


def reset_redemption(guest: User, *, by: User, address: str = "", **values: Any) -> InviteResult:
    """Reset under `address`, else under the one that was invited."""
    text = address or guest.invited_address or guest.mail
    request = request_for(guest.tenant, text, field="address", **values)
    return resetting.reset_redemption(guest, request, by=by)


def restore_and_invite(guest: User, *, by: User, address: str, **values: Any) -> InviteResult:
    """Restore and invite under `address`."""
    return resetting.restore_and_invite(guest, request_for(guest.tenant, address, **values), by=by)


def invite_member(user: User, *, by: User, address: str, **values: Any) -> InviteResult:
    """Invite an internal user to sign in with `address`."""
    request = request_for(user.tenant, address, field="address", **values)
    return internal_users.invite_member(user, request, by=by)


def send_invitations(inviter: User, count: int) -> None:
    """Store `count` invitations by `inviter`, each to another guest, as sent just now."""
    guests = User.unscoped.bulk_create(
        User(
            tenant=inviter.tenant,
            user_principal_name=f"g{number}#EXT#@fabrikam.onmicrosoft.com",
            display_name=f"g{number}",
        )
        for number in range(count)
    )
    Invitation.unscoped.bulk_create(
        Invitation(
            tenant=inviter.tenant,
            user=guest,
            inviter=inviter,
            address=f"g{number}@partner.example",
            redirect_url="https://portal.test/apps/",
            nonce=b"n",
            key_id="tests",
            ticket_hash=str(number),
        )
        for number, guest in enumerate(guests)
    )
