"""Save the cross-tenant default; add and change partner organizations (CTA-1, CTA-2)."""

from __future__ import annotations

import uuid
from dataclasses import asdict, replace

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from guests.models import User
from identityproviders.discovery.redemption_order import UPDATE_DEFAULT
from invitations.collaboration import access_impact
from invitations.collaboration.access_impact import AccessImpact
from invitations.collaboration.rules import CollaborationRules
from invitations.cross_tenant import queries
from invitations.cross_tenant.queries import PartnerSettings
from invitations.inviting import checks
from invitations.models import CollaborationPolicy, OrganizationAccess
from portal.audit import log, rights
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import InvalidInput, NotConfirmed
from portal.permissions import Capability
from portal.tenant_settings import SettingChange, TenantSetting
from portal.tenants.models import Domain, Tenant
from portal.values import email_address
from portal.values.email_address import InvalidEmailAddress

_CATEGORY = UPDATE_DEFAULT.category
ADD_PARTNER = Activity("Add a partner to cross-tenant access setting", log.CORE, _CATEGORY, "Add")
UPDATE_PARTNER = Activity(
    "Update a partner cross-tenant access setting", log.CORE, _CATEGORY, "Update"
)


DEFAULTS = TenantSetting(
    Capability.CROSS_TENANT_EDIT,
    UPDATE_DEFAULT,
    CollaborationPolicy,
    "Cross-tenant access default",
    version="access_version",
)
PARTNER = TenantSetting(
    Capability.CROSS_TENANT_EDIT, UPDATE_PARTNER, OrganizationAccess, "Cross-tenant access"
)


def require_may_edit_cross_tenant(by: User, activity: Activity) -> None:
    """Require the right to change the settings (CTA-8); log a refusal. Raises: NotAllowed."""
    rights.require_right(by, Capability.CROSS_TENANT_EDIT, activity)


def cross_tenant_confirmation(impact: AccessImpact) -> str:
    """What the confirming page sends back: the numbers it showed."""
    return f"{impact.lose}-{impact.gain}"


def save_defaults(
    tenant: Tenant,
    *,
    by: User,
    is_inbound_allowed: bool,
    is_outbound_allowed: bool,
    version: int,
    confirmed: str = "",
) -> bool:
    """Store the settings of organizations without their own; whether they changed.

    Raises: NotAllowed (CTA-8), ChangedMeanwhile, NotConfirmed.
    """
    policy = checks.policy_of(tenant)
    before = checks.collaboration_rules(tenant)
    after = replace(before, is_inbound_allowed=is_inbound_allowed)
    change = SettingChange(
        shown={"access_version": version},
        values={
            "is_inbound_allowed": is_inbound_allowed,
            "is_outbound_allowed": is_outbound_allowed,
        },
        changes=_changed(
            Change("B2BCollaborationInbound", policy.is_inbound_allowed, is_inbound_allowed),
            Change("B2BCollaborationOutbound", policy.is_outbound_allowed, is_outbound_allowed),
        ),
        confirm=lambda: _require_confirmed(tenant, before, after, confirmed),
    )
    return DEFAULTS.save(tenant, change, by=by)


def add_partner(tenant: Tenant, text: str, *, by: User) -> OrganizationAccess:
    """Add an organization by domain or tenant id; it follows the default at first (CTA-1).

    Raises: NotAllowed (CTA-8), InvalidInput at `organization`.
    """
    require_may_edit_cross_tenant(by, ADD_PARTNER)
    domain, organization = _organization_of(text.strip())
    if organization == tenant or domain in tenant.verified_domains:
        raise InvalidInput("organization", _("This is your own organization."))
    row = OrganizationAccess(tenant=tenant, domain=domain, organization=organization)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            details = Details(changes=[Change("Domain", None, domain)])
            log.record(ADD_PARTNER, tenant, by=by, target=target_of(row), details=details)
    except IntegrityError as error:
        raise InvalidInput(
            "organization", _("This organization has settings of its own already.")
        ) from error
    return row


def update_partner(
    row: OrganizationAccess,
    settings: PartnerSettings,
    *,
    by: User,
    version: int,
    confirmed: str = "",
) -> bool:
    """Store the settings about one organization; whether anything changed (CTA-2, CTA-7).

    Raises: NotAllowed (CTA-8), ChangedMeanwhile, NotConfirmed.
    """
    stored, wanted = asdict(PartnerSettings.of(row)), asdict(settings)
    before = checks.collaboration_rules(row.tenant)
    after = queries.rules_with(before, row, settings.is_inbound_allowed)
    change = SettingChange(
        shown={"version": version},
        values=wanted,
        changes=_changed(*(Change(name, old, wanted[name]) for name, old in stored.items())),
        confirm=lambda: _require_confirmed(row.tenant, before, after, confirmed),
        row=row,
        target=target_of(row),
    )
    return PARTNER.save(row.tenant, change, by=by)


def _organization_of(text: str) -> tuple[str, Tenant | None]:
    """The domain to show, and the tenant of the deployment if there is one.

    Raises: InvalidInput at `organization`.
    """
    try:
        wanted = uuid.UUID(text)
    except ValueError:
        return _by_domain(text)
    found = Tenant.objects.organizations().filter(pk=wanted, is_suspended=False).first()
    if found is None:
        raise InvalidInput(
            "organization", _("We couldn’t find an organization with that tenant ID.")
        )
    return found.primary_domain, found


def _by_domain(text: str) -> tuple[str, Tenant | None]:
    try:
        domain = email_address.parse_domain(text.removeprefix("@"))
    except InvalidEmailAddress as error:
        raise InvalidInput(
            "organization", _("Enter a domain such as contoso.com, or a tenant ID.")
        ) from error
    proven = Domain.objects.filter(name=domain, is_verified=True).select_related("tenant").first()
    return domain, proven.tenant if proven else None


def _require_confirmed(
    tenant: Tenant, before: CollaborationRules, after: CollaborationRules, confirmed: str
) -> dict[str, object]:
    """How many guests the change concerns, for the log. Raises: NotConfirmed."""
    impact = access_impact.compare(tenant, before, after)
    if not impact.is_none and confirmed != cross_tenant_confirmation(impact):
        raise NotConfirmed(access_impact.CONFIRM, impact=impact)
    return {"GuestsLosing": impact.lose, "GuestsGaining": impact.gain}


def _changed(*changes: Change) -> list[Change]:
    return [change for change in changes if change.old != change.new]


def target_of(row: OrganizationAccess) -> Target:
    """How the log names the settings about one organization."""
    return Target("Policy", str(row.organization_id or row.domain), row.domain)
