"""Expected sign-in methods of guests, and the settings and facts behind them (HRD-6)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings as deployment
from django.utils import timezone

from guests.models import Identity, Issuer, User
from identityproviders.discovery import decide, resolvers
from identityproviders.discovery.decide import (
    Decision,
    DiscoverySettings,
    Entry,
    HomeAccount,
    Provider,
    ResolverAnswers,
    Rule,
    StoredIdentity,
)
from identityproviders.discovery.resolvers import Rules
from identityproviders.models import (
    Federation,
    OrganizationOrder,
    PasscodePolicy,
    RedemptionOrder,
    SocialProvider,
)
from identityproviders.passcodes.policy.state import PasscodeSettings, StoredChoice
from identityproviders.providers import provider_config
from portal.tenants.models import Tenant
from portal.values import email_address
from portal.values.email_address import EmailAddress, InvalidEmailAddress


@dataclass(frozen=True)
class GuestFacts:
    """All that decides how one guest signs in, except the tenant's settings.

    `stored` is set for a guest who accepted (T20), `answers` for one who did not (T19).
    """

    address: EmailAddress
    answers: ResolverAnswers = field(default_factory=ResolverAnswers)
    stored: StoredIdentity | None = None

    @property
    def rule(self) -> Rule | None:
        """What the host decided about this guest’s passcode (BET-10)."""
        return self.stored.rule if self.stored else self.answers.rule

    @property
    def order(self) -> decide.RedemptionOrder | None:
        """The order of their organization, where it has one; it decides for T19 only (CTA-6)."""
        return self.answers.order

    def with_order(self, order: decide.RedemptionOrder | None) -> GuestFacts:
        """The same facts under another order of their organization, or none."""
        return replace(self, answers=replace(self.answers, order=order))

    def decide(
        self, settings: DiscoverySettings, now: datetime, entry: Entry = Entry.INVITATION
    ) -> Decision:
        """The method under these settings at this moment (HRD-2, HRD-3)."""
        if self.stored is not None:
            return decide.decide_accepted(self.address, self.stored, settings, now)
        return decide.decide_method(self.address, settings, self.answers, now, entry)


def discovery_settings(tenant: Tenant) -> DiscoverySettings:
    """What `tenant` has set: passcode policy and redemption order, or their defaults."""
    policy = passcode_policy_of(tenant)
    return DiscoverySettings(
        passcode=passcode_settings(tenant, policy),
        order=redemption_order(tenant),
        passcode_minutes=policy.lifetime_minutes,
    )


def passcode_policy_of(tenant: Tenant) -> PasscodePolicy:
    """The stored policy; an unsaved one for a tenant that was never touched (T13)."""
    found = PasscodePolicy.objects.filter(tenant=tenant).first()
    return found or PasscodePolicy(tenant=tenant)


def passcode_settings(tenant: Tenant, policy: PasscodePolicy) -> PasscodeSettings:
    """The policy as the pure module takes it, with the deployment's date (OTC-7)."""
    return PasscodeSettings(
        tenant_created_at=tenant.created_at,
        stored=StoredChoice(policy.stored),
        opted_into_preview=policy.opted_into_preview,
        automatic_on=policy.automatic_on or deployment.PORTAL_PASSCODE_AUTOMATIC_DATE,
        month_only=policy.is_month_only,
        default_means_off=policy.default_means_off,
    )


def redemption_order(tenant: Tenant) -> decide.RedemptionOrder:
    """T16 of `tenant`; the default without a row (CTA-3)."""
    row = RedemptionOrder.objects.filter(tenant=tenant).first()
    return row.order if row else decide.RedemptionOrder()


def order_for(tenant: Tenant, domain: str) -> decide.RedemptionOrder:
    """T16 of `tenant` for people of `domain`: that of their organization, else its own (CTA-1)."""
    return resolvers.orders_of(tenant, [domain]).get(domain) or redemption_order(tenant)


def needs_passcode(tenant: Tenant) -> bool:
    """Whether an order of `tenant` has the passcode as its only fallback (CTA-5, OTC-11)."""
    own = OrganizationOrder.objects.of(tenant).filter(microsoft_account_fallback=False)
    return not redemption_order(tenant).microsoft_account_fallback or bool(own.exists())


def expected_method(
    tenant: Tenant,
    address: EmailAddress,
    *,
    entry: Entry = Entry.INVITATION,
    now: datetime | None = None,
) -> Decision:
    """How somebody who is not (yet) a guest would sign in with `address` (HRD-6, BET-1)."""
    facts = facts_for_guest(tenant, address)
    return facts.decide(discovery_settings(tenant), now or timezone.now(), entry)


def expected_methods(tenant: Tenant, addresses: Sequence[EmailAddress]) -> dict[str, Decision]:
    """The method of each of these people who are not (yet) guests, by canonical address.

    The number of queries does not depend on the number of addresses.
    """
    settings, now = discovery_settings(tenant), timezone.now()
    answers = resolvers.resolver_answers(tenant, addresses)
    return {
        address.canonical: GuestFacts(address, answers[address.canonical]).decide(settings, now)
        for address in addresses
    }


def facts_for_guest(tenant: Tenant, address: EmailAddress) -> GuestFacts:
    """What would decide for somebody who is not (yet) a guest."""
    return GuestFacts(address, resolvers.resolver_answers(tenant, [address])[address.canonical])


def expected_methods_of(
    tenant: Tenant,
    users: Iterable[User],
    *,
    settings: DiscoverySettings | None = None,
    now: datetime | None = None,
) -> dict[uuid.UUID, Decision]:
    """The method of each external user of `tenant`, by id: T19 if pending, T20 if accepted.

    The number of queries does not depend on the number of users. Internal users are left out.
    """
    settings = settings or discovery_settings(tenant)
    now = now or timezone.now()
    return {pk: facts.decide(settings, now) for pk, facts in discovery_facts(tenant, users).items()}


def methods_after_reset(tenant: Tenant, users: Iterable[User]) -> dict[uuid.UUID, Decision]:
    """The method of each external user once they have to accept again, by id (T19, INV-17)."""
    settings, now = discovery_settings(tenant), timezone.now()
    facts = discovery_facts(tenant, users, as_pending=True)
    return {pk: fact.decide(settings, now) for pk, fact in facts.items()}


def discovery_facts(
    tenant: Tenant,
    users: Iterable[User],
    *,
    rules: Rules | None = None,
    as_pending: bool = False,
) -> dict[uuid.UUID, GuestFacts]:
    """What decides for each external user, by id; a fixed number of queries.

    Takes the passcode rules of these users where they were read before, and whether all are
    taken as guests who have not accepted yet.
    """
    external = [user for user in users if user.is_external]
    if rules is None:
        rules = resolvers.passcode_rules(tenant, external)
    settled = [user for user in external if user.is_accepted and not as_pending]
    accepted = _stored_identities(tenant, settled)
    facts: dict[uuid.UUID, GuestFacts] = {}
    pending: dict[uuid.UUID, EmailAddress] = {}
    for user in external:
        address = address_of(user)
        if address is None:
            continue
        if user.pk in accepted:
            bound, stored = accepted[user.pk]
            at = bound or address
            rule = rules.get(user.pk) or rules.get(at.domain)
            facts[user.pk] = GuestFacts(at, stored=replace(stored, rule=rule))
        else:
            pending[user.pk] = address
    answers = resolvers.resolver_answers(tenant, pending.values(), rules=rules)
    for pk, address in pending.items():
        found = answers[address.canonical]
        facts[pk] = GuestFacts(address, replace(found, rule=rules.get(pk) or found.rule))
    return facts


def address_of(user: User) -> EmailAddress | None:
    """The address an external user was invited with, if it follows the grammar."""
    return parsed_address(user.invited_address or user.mail)


def parsed_address(text: str) -> EmailAddress | None:
    try:
        return email_address.parse_email_address(text)
    except InvalidEmailAddress:
        return None


_Bound = tuple[EmailAddress | None, StoredIdentity]


def _stored_identities(tenant: Tenant, users: Sequence[User]) -> dict[uuid.UUID, _Bound]:
    """The bound mailbox, where it is one, and the stored identity of each accepted user."""
    if not users:
        return {}
    rows = Identity.objects.of(tenant).filter(user__in=[user.pk for user in users])
    identities = {(row.user_id, row.issuer): row for row in rows}
    homes = _homes(identities.values())
    providers = providers_by_key(tenant)
    found: dict[uuid.UUID, _Bound] = {}
    for user in users:
        row = identities.get((user.pk, user.identity_issuer))
        is_mailbox = row is not None and row.issuer == Issuer.PASSCODE
        found[user.pk] = (
            parsed_address(row.subject) if row is not None and is_mailbox else None,
            StoredIdentity(
                issuer=user.identity_issuer,
                provider=providers.get((row.provider_key if row else "") or user.identity_issuer),
                home=homes.get(row.subject if row else "", HomeAccount.GONE),
            ),
        )
    return found


def _homes(identities: Iterable[Identity]) -> Mapping[str, HomeAccount]:
    """What became of the home accounts, by object id (T20)."""
    rows = [row for row in identities if row.issuer == Issuer.EXTERNAL_TENANT]
    ids = [row.subject for row in rows]
    members = User.unscoped.present().filter(pk__in=filter(None, map(_uuid, ids)))
    homes = {
        str(member.pk): HomeAccount.ENABLED if member.is_active else HomeAccount.DISABLED
        for member in members.select_related("tenant")
    }
    outside = [row for row in rows if row.subject not in homes]
    keys = provider_config.enabled_operator_providers(row.provider_key for row in outside)
    return homes | {row.subject: HomeAccount.ENABLED for row in outside if row.provider_key in keys}


def providers_by_key(tenant: Tenant) -> Mapping[str, Provider]:
    """Federations and social providers of `tenant` by key, and by their issuer (T5).

    A provider that was removed and set up again is another one to its guests (SEC-34).
    """
    federations = Federation.objects.of(tenant)
    found: dict[str, Provider] = {}
    for row in federations:
        provider = Provider(str(row.pk), row.display_name)
        found |= {row.issuer: provider, provider.key: provider}
    for kind in SocialProvider.objects.of(tenant).values_list("kind", flat=True):
        found[kind] = Provider(kind, SocialProvider.Kind(kind).label)
    return found


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
