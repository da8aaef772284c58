"""Save the properties of a tenant (T1, DIR-6)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from portal import permissions
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.permissions import Capability
from portal.principals import Principal
from portal.tenants.models import Tenant

EDITABLE = (
    "display_name",
    "notification_language",
    "technical_contact",
    "privacy_contact",
    "privacy_statement_url",
)


def require_may_edit(tenant: Tenant, by: Principal) -> None:
    """Require the right to change the organization; log a refusal (AUD-1).

    Raises: NotAllowed.
    """
    with log.refusals(log.SET_COMPANY_INFORMATION, tenant, by=by, target=target_of(tenant)):
        permissions.require(by, Capability.TENANT_EDIT)


def save_properties(tenant: Tenant, values: Mapping[str, str], *, by: Principal) -> bool:
    """Store the changed ones of `values`, cleaned by the form; whether there were any.

    Raises: NotAllowed (DIR-6).
    """
    require_may_edit(tenant, by)
    changes = [
        Change(name, getattr(tenant, name), values[name])
        for name in EDITABLE
        if values[name] != getattr(tenant, name)
    ]
    if not changes:
        return False
    with transaction.atomic():
        Tenant.objects.filter(pk=tenant.pk).update(**{c.name: c.new for c in changes})
        log.record(
            log.SET_COMPANY_INFORMATION,
            tenant,
            by=by,
            target=target_of(tenant),
            details=Details(changes=changes),
        )
    for change in changes:
        setattr(tenant, change.name, change.new)
    return True


def target_of(tenant: Tenant) -> Target:
    """The organization as a log target."""
    return Target("Company", str(tenant.pk), tenant.display_name)
