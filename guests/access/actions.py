"""Choose what guests may read of the directory (COL-1, T14)."""

from __future__ import annotations

from guests.models import User
from portal.audit import log
from portal.audit.log import Change
from portal.permissions import Capability
from portal.tenant_settings import SettingChange, TenantSetting
from portal.tenants.models import GuestAccess, Tenant

GUEST_ACCESS = TenantSetting(
    Capability.GUEST_ACCESS_EDIT,
    log.UPDATE_AUTHORIZATION_POLICY,
    Tenant,
    "Authorization Policy",
    version="",
)


def choose_guest_access(
    tenant: Tenant, access: GuestAccess, *, by: User, shown: GuestAccess
) -> None:
    """Let guests of `tenant` read as much as `access` says, from the next request on (BET-8).

    Takes the value that was `shown` to the administrator.

    Raises: NotAllowed (T17), ChangedMeanwhile.
    """
    changes = [Change("GuestUserRoleId", shown.value, access.value)] if access != shown else []
    change = SettingChange({"guest_access": shown}, {"guest_access": access}, changes)
    if GUEST_ACCESS.save(tenant, change, by=by):
        tenant.guest_access = access
