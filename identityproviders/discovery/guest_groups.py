"""The guests of a tenant, grouped by all that decides how they sign in (BET-2, HRD-6).

One statement counts the guests of every group, so that a preview decides once a group and holds
no guest in memory. Accounts that belong to one address, at another tenant or a personal one, are
looked up in that statement.

A guest without an invited address, as an internal user who was invited, is grouped by their whole
mail: the database cannot tell whether it follows the grammar, nor put it in canonical form.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Lower, Replace, StrIndex, Substr

from guests.models import ExternalUserState, Identity, Issuer, User
from guests.users import lookups
from identityproviders.discovery import queries, resolvers
from identityproviders.discovery.decide import (
    HomeAccount,
    Organization,
    Provider,
    ResolverAnswers,
    Rule,
    StoredIdentity,
)
from identityproviders.discovery.queries import GuestFacts
from identityproviders.models import PersonalAccount
from identityproviders.providers import provider_config
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress

OBJECT_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
SOME_HOME = Organization("")
"""Stands for the tenant that has the account: which one it is decides nothing."""


@dataclass(frozen=True)
class GroupKey:
    """What the database knows about the guests of one group; equal for all of them.

    `domain` is that of the bound mailbox, else of the invited address, or empty where `address`
    is the whole text; `home` is empty where no account is at home; `guest_id` is set for a guest
    who stands alone because a change names them.
    """

    state: str
    issuer: str
    provider_key: str
    domain: str
    address: str
    rule: str
    has_home_account: bool
    has_personal_account: bool
    home: str
    guest_id: uuid.UUID | None


@dataclass(frozen=True)
class GuestGroup:
    """Guests with the same facts: their number, and when one of them signed in last."""

    key: GroupKey
    facts: GuestFacts
    count: int
    last_sign_in_at: datetime | None

    @property
    def is_pending(self) -> bool:
        """Whether these guests have not accepted yet."""
        return self.key.state == ExternalUserState.PENDING


def count_groups(tenant: Tenant, *, named: Collection[uuid.UUID] = ()) -> list[GuestGroup]:
    """Count the guests of `tenant` in groups; a fixed number of queries.

    Takes as `named` the guests who are to stand alone. Guests whose address does not follow the
    grammar are left out: nothing can be decided for them.

    Raises: Unavailable if the passcode rules cannot be read (BET-10).
    """
    rows = list(
        _keyed_guests(tenant, named)
        .order_by()
        .values(*_NAMES)
        .annotate(count=Count("pk"), last_sign_in_at=Max("last_sign_in__moment"))
    )
    keys = {
        GroupKey(**{name.removeprefix("by_"): row[name] for name in _NAMES}): row for row in rows
    }
    facts = _facts(tenant, keys)
    return [
        GuestGroup(key, facts[key], row["count"], row["last_sign_in_at"])
        for key, row in keys.items()
        if key in facts
    ]


def list_guests(
    tenant: Tenant, keys: Iterable[GroupKey], *, named: Collection[uuid.UUID] = ()
) -> QuerySet[User]:
    """The guests in the groups with these keys, each with its key; `key_of` reads it."""
    domains: dict[GroupKey, list[str]] = defaultdict(list)
    for key in keys:
        domains[replace(key, domain="")].append(key.domain)
    wanted = Q(pk__in=[])
    for rest, names in domains.items():
        columns = dict(zip(_NAMES, astuple(rest), strict=True))
        del columns["by_domain"]
        wanted |= Q(**columns, by_domain__in=names)
    return _keyed_guests(tenant, named).filter(wanted).defer("photo", "password")


def key_of(guest: User) -> GroupKey:
    """The key of the group that a guest of `list_guests` belongs to."""
    return GroupKey(*(getattr(guest, name) for name in _NAMES))


def bound_subject_of(guest: User) -> str:
    """The subject of the identity that a guest of `list_guests` is bound to; empty for none."""
    return guest.bound_subject or ""  # type: ignore[attr-defined]


def _keyed_guests(tenant: Tenant, named: Collection[uuid.UUID]) -> QuerySet[User]:
    guests: QuerySet[User] = (
        User.objects.of(tenant)
        .external()
        .annotate(
            bound=FilteredRelation(
                "identities", condition=Q(identities__issuer=F("identity_issuer"))
            ),
            bound_id=F("bound__pk"),
            bound_subject=F("bound__subject"),
        )
        .alias(home_id=_HOME_ID)
        .filter(~Exists(_LATER_IDENTITY))
    )
    return guests.annotate(
        by_state=F("external_user_state"),
        by_issuer=_if_accepted(F("identity_issuer")),
        by_provider_key=_if_accepted(Coalesce("bound__provider_key", Value(""))),
        by_domain=Case(
            When(_IS_MAILBOX, then=_domain("bound__subject")),
            When(~Q(invited_address_key=""), then=_domain("invited_address_key")),
            default=Value(""),
        ),
        by_address=Case(
            When(~Q(invited_address_key=""), then=Value("")),
            When(~Q(invited_address=""), then=F("invited_address")),
            default=F("mail"),
        ),
        by_rule=Coalesce("passcode_rule__effect", Value("")),
        by_has_home_account=_if_pending(
            # The key is in lower case already. Without LOWER, SQLite does not use the index of
            # the lower-case names: the column has a type that the indexed expression lacks.
            lookups.home_accounts(outside=tenant).filter(
                upn_key=Lower(OuterRef("invited_address_key"))
            )
        ),
        by_has_personal_account=_if_pending(
            PersonalAccount.objects.filter(address_key=OuterRef("invited_address_key"))
        ),
        by_home=_if_accepted(Coalesce(Subquery(_HOME_STATE), Value(""))),
        by_guest_id=Case(
            When(pk__in=list(named), then=F("pk")), default=None, output_field=UUIDField()
        ),
    )


def _if_accepted(value: Any) -> Case:
    return Case(
        When(external_user_state=ExternalUserState.ACCEPTED, then=value),
        default=Value(""),
        output_field=CharField(),
    )


def _if_pending(rows: QuerySet[Any]) -> Case:
    is_pending = Q(external_user_state=ExternalUserState.PENDING)
    return Case(When(is_pending & Exists(rows), then=Value(True)), default=Value(False))


def _domain(column: str) -> Substr:
    """The domain of the canonical address in `column`, which has one `@`."""
    return Substr(column, StrIndex(F(column), Value("@")) + 1)


_NAMES = [f"by_{field.name}" for field in fields(GroupKey)]
_IS_MAILBOX = Q(external_user_state=ExternalUserState.ACCEPTED, bound__issuer=Issuer.PASSCODE)
# A subject at a provider outside may be any text, which PostgreSQL refuses to take for an id.
_HOME_ID = Case(
    When(
        Q(bound__issuer=Issuer.EXTERNAL_TENANT, bound__subject__regex=OBJECT_ID),
        then=Cast(Replace("bound__subject", Value("-"), Value("")), UUIDField()),
    ),
    default=None,
    output_field=UUIDField(),
)
_HOME_STATE = (
    User.unscoped.present()
    .filter(pk=OuterRef("home_id"))
    .annotate(
        state_at_home=Case(
            When(
                account_enabled=True,
                tenant__is_suspended=False,
                then=Value(HomeAccount.ENABLED.value),
            ),
            default=Value(HomeAccount.DISABLED.value),
            output_field=CharField(),
        )
    )
    .order_by()
    .values("state_at_home")
)
# No rule of the database keeps a guest from two identities of one issuer; the last one counts.
_LATER_IDENTITY = Identity.unscoped.filter(
    user=OuterRef("pk"), issuer=OuterRef("identity_issuer"), pk__gt=OuterRef("bound_id")
)


def _facts(tenant: Tenant, keys: Iterable[GroupKey]) -> dict[GroupKey, GuestFacts]:
    """What decides for each group, except those whose address does not follow the grammar."""
    addresses = {key: _address(key) for key in keys}
    known = {key: address for key, address in addresses.items() if address is not None}
    by_domain = resolvers.domain_answers(tenant, {address.domain for address in known.values()})
    alone = [address for key, address in known.items() if key.address and _is_pending(key)]
    by_address = resolvers.resolver_answers(tenant, alone)
    providers = queries.providers_by_key(tenant)
    outside = provider_config.enabled_operator_providers({key.provider_key for key in known})
    return {
        key: (
            GuestFacts(address, _answers(key, address, by_domain, by_address))
            if _is_pending(key)
            else GuestFacts(
                address, stored=_stored(key, by_domain[address.domain].rule, providers, outside)
            )
        )
        for key, address in known.items()
    }


def _is_pending(key: GroupKey) -> bool:
    return key.state == ExternalUserState.PENDING


def _address(key: GroupKey) -> EmailAddress | None:
    """An address that stands for those of the group."""
    if key.address:
        typed = queries.parsed_address(key.address)
        if typed is None or not key.domain:
            return typed
    return EmailAddress(as_typed="", local="", domain=key.domain) if key.domain else None


def _answers(
    key: GroupKey,
    address: EmailAddress,
    by_domain: Mapping[str, ResolverAnswers],
    by_address: Mapping[str, ResolverAnswers],
) -> ResolverAnswers:
    if key.address:
        found = by_address[address.canonical]
    else:
        found = resolvers.with_accounts(
            by_domain[address.domain],
            organization=SOME_HOME if key.has_home_account else None,
            has_personal_account=key.has_personal_account,
        )
    return replace(found, rule=_rule(key) or found.rule)


def _stored(
    key: GroupKey,
    domain_rule: Rule | None,
    providers: Mapping[str, Provider],
    outside: Collection[str],
) -> StoredIdentity:
    return StoredIdentity(
        issuer=key.issuer,
        provider=providers.get(key.provider_key or key.issuer),
        home=_home(key, outside),
        rule=_rule(key) or domain_rule,
    )


def _home(key: GroupKey, outside: Collection[str]) -> HomeAccount:
    if key.home:
        return HomeAccount(key.home)
    return HomeAccount.ENABLED if key.provider_key in outside else HomeAccount.GONE


def _rule(key: GroupKey) -> Rule | None:
    return Rule(key.rule) if key.rule else None
