"""Restore a deleted guest and invite them again: same object id, new acceptance (INV-13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from guests import lookups
from guests.actions import deletion, protections
from guests.actions import groups as membership
from guests.actions import roles as directory_roles
from guests.actions.members import assign_role
from guests.models import Group, User
from invitations import checks
from invitations.actions import resetting
from invitations.actions.inviting import InviteResult, QuotaSpent
from invitations.limits import require_hourly_allowance
from invitations.notes import Note
from invitations.readings import Readings
from portal import permissions
from portal.addresses import BadAddress, canonical
from portal.audit import log
from portal.permissions import Role
from portal.tenants.models import Tenant


def offered(tenant: Tenant, address: str, *, by: User) -> User | None:
    """The deleted guest whom `by` may restore instead of inviting `address` as new (INV-13).

    None for an address that a present user has, or whoever lacks the right to restore (DEL-3).
    """
    if not permissions.may(by, deletion.DELETE) or not checks.may_invite(by, tenant):
        return None
    try:
        guest = lookups.deleted_guest(tenant, canonical(address))
    except BadAddress:
        return None
    if guest is None or not _may(by, guest):
        return None
    return guest


def _may(by: User, guest: User) -> bool:
    needed = (deletion.DELETE, resetting.RESET)
    return all(permissions.may_act_on(by, capability, guest) for capability in needed)


def restore_and_invite(
    guest: User,
    *,
    by: User,
    address: str,
    redirect_url: str,
    is_mail_wanted: bool = True,
    message: str = "",
    message_language: str = "",
    cc: Sequence[str] = (),
    groups: Sequence[Group] = (),
    roles: Sequence[Role] = (),
) -> InviteResult:
    """Take `guest` back from *Deleted users* and invite them under `address`, all or nothing.

    They keep what they had (DIR-28) and start over as pending: links from before stay dead and
    the old way to sign in ends. Two audit rows tell of it: the restoring and the reset.

    Raises: NotAllowed (T15, T17, DEL-3, ROL-5), QuotaSpent, NotDeleted, NameTaken (DIR-30),
    TooSoon (T21), and what `resetting.reset` raises.
    """
    tenant = guest.tenant
    with log.refusals(log.INVITE, tenant, by=by):
        checks.require_may_invite(by, tenant)
    protections.require_on(by, deletion.DELETE, guest, log.RESTORE_USER)
    protections.require_on(by, resetting.RESET, guest, log.INVITE_RESET)
    membership.require_joinable(tenant, groups, by=by)
    directory_roles.require_assignable(tenant, roles, by=by)
    if not Readings(tenant, []).has_room:
        raise QuotaSpent
    with transaction.atomic():
        require_hourly_allowance(by)
        deletion.restore(guest, by=by)
        result = resetting.reset(
            guest,
            by=by,
            address=address,
            redirect_url=redirect_url,
            is_mail_wanted=is_mail_wanted,
            message=message,
            message_language=message_language,
            cc=cc,
        )
        membership.join(guest, groups, by=by)
        for role in roles:
            assign_role(guest, role, by=by)
    return replace(result, notes=(Note.RESTORED, *result.notes))
