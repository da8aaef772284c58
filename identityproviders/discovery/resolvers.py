"""Ask the resolvers ORG, FED, GOO and MSA about many addresses, one query each (HRD-1)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import TypeVar

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import F, FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from guests.models import Issuer, User
from guests.users import lookups
from identityproviders.discovery.decide import (
    GOOGLE_DOMAINS,
    Organization,
    Provider,
    RedemptionOrder,
    ResolverAnswers,
    Rule,
)
from identityproviders.models import (
    FederationDomain,
    OrganizationOrder,
    PasscodeRule,
    PersonalAccount,
    SocialProvider,
)
from identityproviders.providers import provider_config
from portal.errors import Unavailable
from portal.tenants.models import Domain, Tenant
from portal.values.email_address import EmailAddress

ResolverAnswer = TypeVar("ResolverAnswer")

Rules = dict[uuid.UUID | str, Rule]
"""Passcode rules by the id of a guest, or by domain (BET-10)."""

logger = structlog.get_logger(__name__)


def resolver_answers(
    tenant: Tenant, addresses: Iterable[EmailAddress], *, rules: Rules | None = None
) -> dict[str, ResolverAnswers]:
    """What every resolver says about each address, by canonical address (HRD-1).

    Takes the passcode rules where they were read before.

    Raises: Unavailable if the passcode rules cannot be read (BET-10).
    """
    asked = {address.canonical: address for address in addresses}
    if not asked:
        return {}
    no_members: dict[str, User] = {}
    nothing: frozenset[str] = frozenset()
    members = _ask("ORG", lambda: lookups.members_by_address(asked, outside=tenant), no_members)
    personal = _ask("MSA", lambda: _personal(asked), nothing)
    by_domain = domain_answers(tenant, {address.domain for address in asked.values()}, rules=rules)
    return {
        key: with_accounts(
            by_domain[address.domain],
            organization=_organization(members.get(key)),
            has_personal_account=key in personal,
        )
        for key, address in asked.items()
    }


def domain_answers(
    tenant: Tenant, domains: Iterable[str], *, rules: Rules | None = None
) -> dict[str, ResolverAnswers]:
    """What every resolver says about each domain, before an account of one address is looked up.

    Takes the passcode rules where they were read before.

    Raises: Unavailable if the passcode rules cannot be read (BET-10).
    """
    asked = frozenset(domains)
    no_providers: dict[str, Provider] = {}
    nothing: frozenset[str] = frozenset()
    no_claims: provider_config.OperatorClaims = {}
    managed = _ask("ORG", lambda: _managed(asked), nothing)
    claimed = _ask("ORG", lambda: provider_config.claimed_by_operator(asked), no_claims)
    federations = _ask("FED", lambda: _federations(tenant, asked), no_providers)
    has_google = _ask("GOO", lambda: _has_google(tenant), False)
    if rules is None:
        rules = passcode_rules(tenant, [])
    orders = orders_of(tenant, asked)
    return {
        domain: ResolverAnswers(
            organization=_claiming_organization(claimed, domain),
            is_domain_managed=domain in managed,
            federation=federations.get(domain),
            is_google=has_google and domain in GOOGLE_DOMAINS,
            has_personal_account=(provider_config.OperatorKind.CONSUMER.value, domain) in claimed,
            rule=rules.get(domain),
            order=orders.get(domain),
        )
        for domain in asked
    }


def with_accounts(
    answers: ResolverAnswers, *, organization: Organization | None, has_personal_account: bool
) -> ResolverAnswers:
    """The answers about a domain, completed by the accounts that one address has.

    An account at another tenant goes before a provider of the operator that claims the domain.
    """
    return replace(
        answers,
        organization=organization or answers.organization,
        has_personal_account=has_personal_account or answers.has_personal_account,
    )


def orders_of(
    tenant: Tenant, domains: Iterable[str], *, without: str = ""
) -> dict[str, RedemptionOrder]:
    """The order that `tenant` set for the organization behind each of `domains`, where it set one.

    An order holds for every domain that its organization proved; one that was set under the very
    domain goes first (CTA-1). `without` leaves out the one set under that domain.
    """
    wanted = set(domains)
    proven = Q(organization__domains__name__in=wanted, organization__domains__is_verified=True)
    rows = list(
        OrganizationOrder.objects.of(tenant)
        .annotate(proven=FilteredRelation("organization__domains", condition=proven))
        .annotate(proven_name=F("proven__name"))
        .filter(Q(domain__in=wanted) | Q(proven__isnull=False))
        .exclude(domain=without)
    )
    found = {row.proven_name: row.order for row in rows if row.proven_name is not None}
    return found | {row.domain: row.order for row in rows if row.domain in wanted}


def _ask(
    name: str, question: Callable[[], ResolverAnswer], no_match: ResolverAnswer
) -> ResolverAnswer:
    """The answer; a resolver that fails counts as no match and is logged (HRD-1)."""
    try:
        return _run_in_savepoint(question)
    except Exception:
        logger.exception("resolver_failed", resolver=name)
        return no_match


def passcode_rules(tenant: Tenant, users: Iterable[User]) -> Rules:
    """Read what the host decided about these guests and about whole domains, in one query.

    Without the rules nothing is decided.

    A rule is no resolver. If it counted as absent, a forbidden code would be sent, or a guest who
    must use a code would be bound to another method for good (BET-10).

    Raises: Unavailable.
    """
    try:
        return _run_in_savepoint(lambda: _rules(tenant, users))
    except DatabaseError as error:
        logger.exception("passcode_rules_failed")
        raise Unavailable(
            _("We can’t look up how to sign in right now. Try again in a minute.")
        ) from error


def _run_in_savepoint(question: Callable[[], ResolverAnswer]) -> ResolverAnswer:
    """Run the query so that its failure does not break the caller's transaction."""
    if not connection.in_atomic_block:
        return question()
    with transaction.atomic():
        return question()


def _organization(member: User | None) -> Organization | None:
    """The tenant that has the account."""
    if member is None:
        return None
    return Organization(str(member.tenant_id), member.tenant.display_name)


def _claiming_organization(
    claimed: provider_config.OperatorClaims, domain: str
) -> Organization | None:
    """The operator’s provider that claims the domain."""
    provider = claimed.get((provider_config.OperatorKind.ORGANIZATION.value, domain))
    return Organization("", provider.display_name, str(provider.pk)) if provider else None


def _managed(domains: Collection[str]) -> frozenset[str]:
    """Those of `domains` that are verified in any tenant (D7, D8)."""
    found = Domain.objects.filter(name__in=domains, is_verified=True)
    return frozenset(found.values_list("name", flat=True))


def _federations(tenant: Tenant, domains: Collection[str]) -> dict[str, Provider]:
    found = (
        FederationDomain.objects.of(tenant).filter(name__in=domains).select_related("federation")
    )
    return {
        row.name: Provider(str(row.federation_id), row.federation.display_name) for row in found
    }


def _rules(tenant: Tenant, users: Iterable[User]) -> Rules:
    about = Q(user__in=[user.pk for user in users]) | ~Q(domain="")
    found = PasscodeRule.objects.of(tenant).filter(about)
    return {
        user or domain: Rule(effect)
        for user, domain, effect in found.values_list("user", "domain", "effect")
    }


def _has_google(tenant: Tenant) -> bool:
    google = SocialProvider.Kind.GOOGLE
    return bool(SocialProvider.objects.of(tenant).filter(kind=google).exists())


def _personal(addresses: Iterable[str]) -> frozenset[str]:
    found = PersonalAccount.objects.filter(address_key__in=list(addresses))
    return frozenset(found.values_list("address_key", flat=True))


def personal_account_by_address(address_key: str) -> PersonalAccount | None:
    """The account with this canonical address."""
    return PersonalAccount.objects.filter(address_key=address_key).first()


def personal_accounts_bound_to(user: User) -> PersonalAccount | None:
    """The account that an accepted guest signs in with (T20-5)."""
    identity = user.identities.filter(issuer=Issuer.PERSONAL, provider_key="").first()
    if identity is None:
        return None
    try:
        return PersonalAccount.objects.filter(pk=uuid.UUID(identity.subject)).first()
    except ValueError:
        return None
