"""Store what a tenant has set about its invitations (INV-4, BET-13, SEC-60)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from guests.models import User
from invitations.actions.settings import ChangedMeanwhile
from invitations.models import InvitationPolicy
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.tenants.models import Tenant


def store(
    tenant: Tenant,
    values: dict[str, object],
    changes: Sequence[Change],
    *,
    by: User,
    version: int,
    name: str,
) -> None:
    """Write `values` by column and the audit row with `changes`, where `version` still stands.

    Takes the `name` that the log gives the part of the policy. Ask for the right before.

    Raises: ChangedMeanwhile.
    """
    with transaction.atomic():
        InvitationPolicy.objects.get_or_create(tenant=tenant)
        rows = InvitationPolicy.objects.filter(tenant=tenant, version=version)
        if not rows.update(version=F("version") + 1, **values):
            raise ChangedMeanwhile
        log.record(
            log.UPDATE_AUTHORIZATION_POLICY,
            tenant,
            by=by,
            target=Target("Policy", str(tenant.pk), name),
            details=Details(changes=changes),
        )
