"""Read cross-tenant access settings where they decide (CTA-1, CTA-2, CTA-7).

The host's side is found by the guest's domain, which may belong to no tenant of the deployment;
the home's side only where the home is one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Q

from guests.models import Issuer, User
from guests.users import lookups
from identityproviders.discovery.decide import Method
from identityproviders.discovery.queries import expected_methods_of
from identityproviders.models import SignInTransaction
from identityproviders.sign_in.actions import INBOUND_BLOCKED, OUTBOUND_BLOCKED
from identityproviders.sign_in.log import INTERNAL
from invitations.collaboration import access_impact
from invitations.collaboration.rules import CollaborationRules, is_inbound_blocked
from invitations.inviting import checks
from invitations.models import OrganizationAccess
from portal.tenants.models import Tenant


@dataclass(frozen=True)
class PartnerSettings:
    """What can be set about one organization; None stands for the default (CTA-1)."""

    is_inbound_allowed: bool | None = None
    is_outbound_allowed: bool | None = None
    redeems_inbound: bool = False
    redeems_outbound: bool = False

    @classmethod
    def of(cls, row: OrganizationAccess) -> PartnerSettings:
        """As the row has them."""
        return cls(
            is_inbound_allowed=row.is_inbound_allowed,
            is_outbound_allowed=row.is_outbound_allowed,
            redeems_inbound=row.redeems_inbound,
            redeems_outbound=row.redeems_outbound,
        )


def settings_about(tenant: Tenant, other: Tenant) -> PartnerSettings:
    """What `tenant` has set about `other`: under its id, or under a domain that it proved."""
    rows = OrganizationAccess.objects.of(tenant).filter(
        Q(organization=other) | Q(domain__in=other.verified_domains)
    )
    row = rows.order_by("-organization", "domain").first()
    return PartnerSettings.of(row) if row else PartnerSettings()


def is_outbound_allowed(home: Tenant, host: Tenant) -> bool:
    """Whether `home` lets its people be guests at `host` (CTA-2)."""
    own = settings_about(home, host).is_outbound_allowed
    return checks.policy_of(home).is_outbound_allowed if own is None else own


def redeems_automatically(host: Tenant, home: Tenant) -> bool:
    """Whether both ticked automatic redemption for each other (CTA-7)."""
    return (
        settings_about(host, home).redeems_inbound and settings_about(home, host).redeems_outbound
    )


def will_redeem_automatically(user: User) -> bool:
    """Whether a pending guest will be accepted at their first sign-in, without consent (CTA-7)."""
    if not user.is_pending:
        return False
    decision = expected_methods_of(user.tenant, [user]).get(user.pk)
    if decision is None or decision.method is not Method.ORGANIZATION:
        return False
    key = decision.address.canonical
    account = lookups.members_by_address([key], outside=user.tenant).get(key)
    return account is not None and redeems_automatically(user.tenant, account.tenant)


def cross_tenant_objection(txn: SignInTransaction) -> int:
    """The code of T25 by which cross-tenant access refuses a proven sign-in; 0 for none (CTA-2).

    It holds for accepted guests too, unlike the domain list (COL-13).
    """
    user = txn.user
    is_internal = user is None or not user.is_external or txn.method == INTERNAL
    if not txn.is_sign_up and is_internal:
        return 0
    home = txn.home_tenant if txn.proven_issuer == Issuer.EXTERNAL_TENANT else None
    if home is not None and not is_outbound_allowed(home, txn.tenant):
        return OUTBOUND_BLOCKED
    typed = access_impact.domain_of(user) if user else str(txn.proof_key).rpartition("@")[2]
    domain = home.primary_domain if home else typed
    rules = checks.collaboration_rules(txn.tenant)
    return INBOUND_BLOCKED if is_inbound_blocked(domain, rules) else 0


def partner_domains(row: OrganizationAccess) -> tuple[str, ...]:
    """Every domain that the row stands for."""
    proven = row.organization.verified_domains if row.organization else ()
    return tuple(dict.fromkeys([row.domain, *proven]))


def rules_with(
    rules: CollaborationRules, row: OrganizationAccess, is_inbound_allowed: bool | None
) -> CollaborationRules:
    """The rules of the tenant, were this the inbound setting about the organization."""
    others = {
        domain: is_allowed
        for domain, is_allowed in rules.inbound_by_organization.items()
        if domain not in partner_domains(row)
    }
    if is_inbound_allowed is not None:
        others |= dict.fromkeys(partner_domains(row), is_inbound_allowed)
    return replace(rules, inbound_by_organization=others)
