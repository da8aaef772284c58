"""Leave an organization as a guest (ORG-3, ORG-6, COL-7, COL-8)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from guests.models import User
from guests.users.deletion.actions import LEAVE, leave_tenant
from invitations.inviting import checks
from portal.audit import log
from portal.audit.log import Target
from portal.errors import NotAllowed
from portal.tenants.models import Tenant


class LeaveRefused(NotAllowed):
    """The organization keeps the guest until somebody there acts (ORG-6)."""


def leave_obstacle(guest: User) -> str:
    """Why `guest` can’t leave alone, with the contact to write to; empty when they can.

    Named is the privacy contact, else the technical contact (ORG-6).
    """
    tenant = guest.tenant
    if guest.account_enabled and checks.policy_of(tenant).may_guests_leave:
        return ""
    values = {"name": tenant.display_name, "contact": contact_of(tenant)}
    if not guest.account_enabled:
        sentence = _("Your account at %(name)s is disabled, so you can’t remove it yourself.")
    else:
        sentence = _("%(name)s doesn’t let guests remove themselves.")
    if values["contact"]:
        sentence += " " + _("Write to %(contact)s to have your account and your data removed.")
    else:
        sentence += " " + _("Ask the person who invited you to have your account removed.")
    return sentence % values


def contact_of(tenant: Tenant) -> str:
    """The contact for guests about their data: privacy contact, else technical contact."""
    return str(tenant.privacy_contact or tenant.technical_contact)


def leave_organization(guest: User) -> None:
    """Move `guest` to *Deleted users* on their own wish; sessions end at once (ORG-3, DIR-28).

    The organization can restore them for 30 days (ORG-4).

    Raises: LeaveRefused (ORG-6), LastAdministrator (USR-25), AlreadyDeleted.
    """
    target = Target.of_user(guest)
    with log.refusals(LEAVE, guest.tenant, by=guest, target=target):
        reason = leave_obstacle(guest)
        if reason:
            raise LeaveRefused(reason)
        leave_tenant(guest)
