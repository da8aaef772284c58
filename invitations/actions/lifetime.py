"""Set how long invitations last and when guests are reminded (INV-4, BET-13)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F

from guests.actions import protections
from guests.models import User
from invitations import ages
from invitations.actions.settings import EDIT_INVITES, ChangedMeanwhile
from invitations.models import InvitationPolicy
from portal.audit import log
from portal.audit.log import Change, Details, Target
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
    with transaction.atomic():
        InvitationPolicy.objects.get_or_create(tenant=tenant)
        rows = InvitationPolicy.objects.filter(tenant=tenant, version=version)
        if not rows.update(version=F("version") + 1, **{c.name: c.new for c in changes}):
            raise ChangedMeanwhile
        log.record(
            log.UPDATE_AUTHORIZATION_POLICY,
            tenant,
            by=by,
            target=Target("Policy", str(tenant.pk), "Invitations"),
            details=Details(changes=changes),
        )
    return True
