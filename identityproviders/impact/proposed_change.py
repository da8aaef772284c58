"""A settings change that is not saved yet, as a value and as a query string (BET-2, BET-25).

It turns the facts about a guest into the facts after the change, so that discovery can be called
twice and nothing is written. Its query string names it for the page that lists the guests.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

from identityproviders.discovery.decide import (
    GOOGLE_DOMAINS,
    DiscoverySettings,
    Fallback,
    Primary,
    Provider,
    RedemptionOrder,
    ResolverAnswers,
    Rule,
    StoredIdentity,
)
from identityproviders.discovery.queries import GuestFacts
from portal.values.email_address import InvalidEmailAddress, parse_domain

GOOGLE = "google.com"
"""The key of Google; that of a federation is its id."""
MOST_DOMAINS = 1000


class UnknownChangeError(ValueError):
    """A query string that names no change."""


@dataclass(frozen=True)
class ProposedChange:
    """What would be different.

    `without` are keys of providers that go, `without_domains` domains that leave theirs, where
    `keeps_accepted` says that the provider goes on taking guests of them who accepted before;
    `with_domains` maps domains to the provider they would get, `with_google` configures Google;
    `order` replaces the redemption order; `orders` maps the domain of an organization to the one
    it gets, None to let that of the tenant hold; `rules` maps a domain or the id of a guest to
    its new passcode rule, None to take it away.
    """

    without: frozenset[str] = frozenset()
    without_domains: frozenset[str] = frozenset()
    with_domains: tuple[tuple[str, Provider], ...] = ()
    with_google: bool = False
    order: RedemptionOrder | None = None
    orders: tuple[tuple[str, RedemptionOrder | None], ...] = ()
    rules: tuple[tuple[str, Rule | None], ...] = ()
    keeps_accepted: bool = False

    @classmethod
    def without_provider(cls, key: str) -> ProposedChange:
        """The provider with this key is removed (IDP-7, IDP-16)."""
        return cls(without=frozenset({key}))

    @classmethod
    def without_domain(cls, domain: str, *, keeps_accepted: bool = False) -> ProposedChange:
        """The domain leaves its federation."""
        return cls(without_domains=frozenset({domain}), keeps_accepted=keeps_accepted)

    @classmethod
    def with_domain(cls, domain: str, provider: Provider) -> ProposedChange:
        """The domain is served by `provider`, given with its key and name."""
        return cls(with_domains=((domain, provider),))

    @classmethod
    def with_order(cls, order: RedemptionOrder) -> ProposedChange:
        """The redemption order becomes `order` (T16)."""
        return cls(order=order)

    @classmethod
    def with_orders(cls, orders: Mapping[str, RedemptionOrder | None]) -> ProposedChange:
        """The domains of organizations get redemption orders of their own, or lose them (CTA-1)."""
        return cls(orders=tuple(sorted(orders.items())))

    @classmethod
    def with_rule(cls, about: str, rule: Rule | None) -> ProposedChange:
        """The rule about a domain, or about the guest with this id, becomes `rule` (BET-10)."""
        return cls(rules=((about, rule),))

    @property
    def query(self) -> str:
        """The change as a query string; `from_query` reads it."""
        pairs = [("without", key) for key in sorted(self.without)]
        pairs += [("without_domain", domain) for domain in sorted(self.without_domains)]
        pairs += [
            ("with_domain", f"{domain} {provider.key} {provider.name}")
            for domain, provider in self.with_domains
        ]
        if self.with_google:
            pairs.append(("google", "1"))
        if self.keeps_accepted:
            pairs.append(("keeps_accepted", "1"))
        if self.order is not None:
            pairs.append(("order", _order_text(self.order)))
        pairs += [
            ("order_of", f"{domain} {_order_text(o) if o else ''}") for domain, o in self.orders
        ]
        pairs += [("rule", f"{about} {rule.value if rule else ''}") for about, rule in self.rules]
        return urlencode(pairs)

    @classmethod
    def from_query(cls, query: QueryDict) -> ProposedChange:
        """The change that a query string names.

        Raises: UnknownChangeError for anything else, and for one that changes nothing.
        """
        try:
            order = query.get("order")
            found = cls(
                without=frozenset(query.getlist("without")[:MOST_DOMAINS]),
                without_domains=frozenset(map(_domain, query.getlist("without_domain"))),
                with_domains=tuple(map(_with_domain, query.getlist("with_domain")[:MOST_DOMAINS])),
                with_google="google" in query,
                order=_order(order) if order is not None else None,
                orders=tuple(map(_order_of, query.getlist("order_of")[:MOST_DOMAINS])),
                keeps_accepted="keeps_accepted" in query,
                rules=tuple(map(_rule, query.getlist("rule")[:MOST_DOMAINS])),
            )
        except (ValueError, InvalidEmailAddress) as error:
            raise UnknownChangeError(str(error)) from error
        if replace(found, keeps_accepted=False) == cls():
            raise UnknownChangeError("nothing changes")
        return found

    @property
    def named_guests(self) -> frozenset[uuid.UUID]:
        """The guests that a rule names by their id."""
        return frozenset(filter(None, (_guest_id(about) for about, _rule in self.rules)))

    def settings(self, settings: DiscoverySettings) -> DiscoverySettings:
        """The tenant's settings after the change."""
        return replace(settings, order=self.order) if self.order is not None else settings

    def facts(self, guest_id: uuid.UUID | None, facts: GuestFacts) -> GuestFacts:
        """What decides after the change for guests with these `facts` now.

        Takes the id of a guest who is among `named_guests`, None for all others.
        """
        rules = dict(self.rules)
        about = next((k for k in (str(guest_id), facts.address.domain) if k in rules), None)
        rule = rules[about] if about is not None else facts.rule
        if facts.stored is not None:
            stored = self._stored(facts.address.domain, facts.stored)
            return replace(facts, stored=replace(stored, rule=rule))
        order = dict(self.orders).get(facts.address.domain, facts.order)
        answers = self._answers(facts.address.domain, facts.answers)
        return replace(facts, answers=replace(answers, rule=rule, order=order))

    def _stored(self, domain: str, stored: StoredIdentity) -> StoredIdentity:
        key = stored.provider.key if stored.provider is not None else ""
        # SAML and WS-Fed refuse guests of domains they do not serve, accepted or not (IDP-14).
        is_served = key == GOOGLE or self.keeps_accepted or domain not in self.without_domains
        if key and (key in self.without or not is_served):
            return replace(stored, provider=None)
        if self.with_google and stored.issuer == GOOGLE and stored.provider is None:
            return replace(stored, provider=Provider(GOOGLE, "Google"))
        return stored

    def _answers(self, domain: str, answers: ResolverAnswers) -> ResolverAnswers:
        federation = answers.federation
        if domain in self.without_domains or (federation and federation.key in self.without):
            federation = None
        federation = dict(self.with_domains).get(domain, federation)
        is_google = answers.is_google and GOOGLE not in self.without
        is_google = is_google or (self.with_google and domain in GOOGLE_DOMAINS)
        return replace(answers, federation=federation, is_google=is_google)


def _order_text(order: RedemptionOrder) -> str:
    return f"{','.join(order.primary)};{','.join(order.fallbacks)}"


def _order(text: str) -> RedemptionOrder:
    primary, _separator, fallbacks = text.partition(";")
    enabled = set(map(Fallback, filter(None, fallbacks.split(","))))
    return RedemptionOrder(
        primary=tuple(map(Primary, filter(None, primary.split(",")))),
        microsoft_account_fallback=Fallback.MICROSOFT_ACCOUNT in enabled,
        passcode_fallback=Fallback.PASSCODE in enabled,
    )


def _order_of(text: str) -> tuple[str, RedemptionOrder | None]:
    domain, _separator, order = text.partition(" ")
    return _domain(domain), _order(order) if order else None


def _domain(text: str) -> str:
    return parse_domain(text)


def _with_domain(text: str) -> tuple[str, Provider]:
    domain, key, name = text.split(" ", 2)
    return _domain(domain), Provider(key, name)


def _rule(text: str) -> tuple[str, Rule | None]:
    about, _separator, effect = text.partition(" ")
    return _about(about), Rule(effect) if effect else None


def _about(text: str) -> str:
    guest_id = _guest_id(text)
    return str(guest_id) if guest_id else _domain(text)


def _guest_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
