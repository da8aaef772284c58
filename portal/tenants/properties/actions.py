"""Save the properties of a tenant (T1, DIR-6)."""

from __future__ import annotations

from collections.abc import Mapping

from portal.audit import log
from portal.audit.log import Target
from portal.permissions import Capability
from portal.principals import Principal
from portal.tenant_settings import SettingChange, TenantSetting, changed_values
from portal.tenants.models import Tenant

EDITABLE = (
    "display_name",
    "notification_language",
    "technical_contact",
    "privacy_contact",
    "privacy_statement_url",
)


PROPERTIES = TenantSetting(
    Capability.TENANT_EDIT,
    log.SET_COMPANY_INFORMATION,
    Tenant,
    name="",
    version="properties_version",
    kind="Company",
)


def require_may_edit(tenant: Tenant, by: Principal) -> None:
    """Pass if `by` may change the organization and its domains; a refusal is logged (AUD-1).

    Raises: NotAllowed.
    """
    PROPERTIES.require_may_edit(tenant, by)


def save_properties(
    tenant: Tenant, values: Mapping[str, str], *, by: Principal, version: int
) -> bool:
    """Store the changed ones of `values`, cleaned by the form; whether there were any.

    Takes the `version` of the properties that was shown.

    Raises: NotAllowed (DIR-6), ChangedMeanwhile (BET-8).
    """
    new = {name: values[name] for name in EDITABLE}
    change = SettingChange({"properties_version": version}, new, changed_values(tenant, new))
    if not PROPERTIES.save(tenant, change, by=by):
        return False
    for name, value in new.items():
        setattr(tenant, name, value)
    return True


def target_of(tenant: Tenant) -> Target:
    """The organization as a log target."""
    return Target("Company", str(tenant.pk), tenant.display_name)
