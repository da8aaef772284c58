"""Set how long invitations last and when guests are reminded (INV-4, BET-13)."""

from __future__ import annotations

from collections.abc import Mapping

from guests.actions import protections
from guests.models import User
from invitations import ages
from invitations.actions import policy
from invitations.actions.settings import EDIT_INVITES
from portal.audit import log
from portal.audit.log import Change
from portal.tenants.models import Tenant

COLUMNS = ("maximum_age_days", "reminder_after_days", "maximum_reminders")


def save(tenant: Tenant, values: Mapping[str, int | None], *, by: User, version: int) -> bool:
    """Store the `values` by column, cleaned by the form; whether anything changed.

    Takes the `version` of the policy that was shown.

    Raises: NotAllowed (T17), ChangedMeanwhile.
    """
    protections.require(by, EDIT_INVITES, log.UPDATE_AUTHORIZATION_POLICY)
    before = ages.policy_of(tenant)
    changes = [
        Change(name, getattr(before, name), values[name])
        for name in COLUMNS
        if getattr(before, name) != values[name]
    ]
    if not changes:
        return False
    new: dict[str, object] = {change.name: change.new for change in changes}
    policy.store(tenant, new, changes, by=by, version=version, name="Invitations")
    return True
