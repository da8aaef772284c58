"""Describe what cross-tenant settings say about an organization."""

from __future__ import annotations

from guests.models import User
from invitations.cross_tenant.actions import (
    add_partner,
    cross_tenant_confirmation,
    update_partner,
)
from invitations.cross_tenant.queries import PartnerSettings
from invitations.models import OrganizationAccess
from portal.errors import NotConfirmed
from portal.tenants.models import Tenant


def about(tenant: Tenant, text: str, settings: PartnerSettings, by: User) -> OrganizationAccess:
    """Settings about an organization, whatever they do to guests."""
    row = add_partner(tenant, text, by=by)
    try:
        update_partner(row, settings, by=by, version=0)
    except NotConfirmed as question:
        token = cross_tenant_confirmation(question.impact)
        update_partner(row, settings, by=by, version=0, confirmed=token)
    found: OrganizationAccess = OrganizationAccess.objects.of(tenant).get(pk=row.pk)
    return found
