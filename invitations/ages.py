"""How old an invitation may get (INV-4, SEC-23): counted from its last sending."""

from __future__ import annotations

from datetime import datetime, timedelta

from invitations.models import Invitation, InvitationPolicy
from portal.tenants.models import Tenant


def policy_of(tenant: Tenant) -> InvitationPolicy:
    """What the tenant has set; an unsaved one for the defaults."""
    found = InvitationPolicy.objects.filter(tenant=tenant).first()
    return found or InvitationPolicy(tenant=tenant)


def expires_at(invitation: Invitation, policy: InvitationPolicy) -> datetime | None:
    """When the link of an open invitation stops leading to acceptance; None for never.

    A resend begins the time anew, a reminder does not.
    """
    if policy.maximum_age_days is None or not invitation.is_open:
        return None
    since = invitation.resent_at or invitation.created_at
    return since + timedelta(days=policy.maximum_age_days)


def is_expired(invitation: Invitation, policy: InvitationPolicy, now: datetime) -> bool:
    """Whether the invitation is too old at `now`."""
    end = expires_at(invitation, policy)
    return end is not None and end <= now
