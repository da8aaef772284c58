"""Choose what guests may read of the directory (COL-1, T14)."""

from __future__ import annotations

from django.db import transaction

from guests.models import User
from guests.users import guards
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import ChangedMeanwhile
from portal.permissions import Capability
from portal.tenants.models import GuestAccess, Tenant


def require_may_choose_guest_access(by: User) -> None:
    """Pass if `by` may choose; a refusal is logged (AUD-1). Raises: NotAllowed."""
    guards.require_logged(by, Capability.GUEST_ACCESS_EDIT, log.UPDATE_AUTHORIZATION_POLICY)


def choose_guest_access(
    tenant: Tenant, access: GuestAccess, *, by: User, shown: GuestAccess
) -> None:
    """Let guests of `tenant` read as much as `access` says, from the next request on (BET-8).

    Takes the value that was `shown` to the administrator.

    Raises: NotAllowed (T17), ChangedMeanwhile.
    """
    require_may_choose_guest_access(by)
    with transaction.atomic():
        stored = Tenant.objects.filter(pk=tenant.pk, guest_access=shown)
        if not stored.update(guest_access=access):
            raise ChangedMeanwhile
        if access == shown:
            return
        tenant.guest_access = access
        log.record(
            log.UPDATE_AUTHORIZATION_POLICY,
            tenant,
            by=by,
            target=Target("Policy", str(tenant.pk), "Authorization Policy"),
            details=Details(changes=[Change("GuestUserRoleId", shown.value, access.value)]),
        )
