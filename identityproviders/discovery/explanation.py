"""*Where would this person sign in?*: a decision explained rule by rule (HRD-1 to HRD-6)."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import User
from guests.users import lookups
from identityproviders.discovery import queries
from identityproviders.discovery.decide import Decision, Entry, Primary, RedemptionOrder
from identityproviders.discovery.queries import GuestFacts
from identityproviders.discovery.reasons import Resolver
from identityproviders.providers import provider_config
from portal.tenants.models import Tenant
from portal.values import email_address
from portal.values.email_address import InvalidEmailAddress

NAMES: dict[Resolver, str | Promise] = {
    Resolver.ORGANIZATION: gettext_lazy("Microsoft Entra ID"),
    Resolver.FEDERATION: gettext_lazy("SAML/WS-Fed and OpenID Connect"),
    Resolver.GOOGLE: gettext_lazy("Google"),
    Resolver.PASSCODE: gettext_lazy("Email one-time passcode"),
    Resolver.ENTRY: gettext_lazy("Entry"),
    Resolver.STORED: gettext_lazy("Stored identity"),
}


def _name_of(resolver: Resolver) -> str | Promise:
    if resolver is Resolver.PERSONAL:
        return provider_config.personal_accounts_label()
    return NAMES[resolver]


_PRIMARIES = {
    Primary.ORGANIZATION: Resolver.ORGANIZATION,
    Primary.FEDERATION: Resolver.FEDERATION,
    Primary.SOCIAL: Resolver.GOOGLE,
}


class RuleOutcome(enum.StrEnum):
    """What came of a rule."""

    HIT = "hit"
    MISS = "miss"
    UNASKED = "unasked"


@dataclass(frozen=True)
class ExplainedRule:
    """One rule in the order that is configured, with what came of it."""

    name: str | Promise
    outcome: RuleOutcome
    before: str
    bold: str | Promise = ""
    after: str = ""


@dataclass(frozen=True)
class Explanation:
    """What the box shows; `hint` where there is nothing to decide.

    `direct` is the decision at a direct link, where it is another one (RED-6); `own_order` the
    domain whose organization has a redemption order of its own, where that decided (CTA-1).
    """

    typed: str = ""
    hint: str = ""
    person: User | None = None
    decision: Decision | None = None
    direct: Decision | None = None
    own_order: str = ""
    rules: tuple[ExplainedRule, ...] = ()

    @property
    def icon(self) -> str:
        """The symbol of the method."""
        return self.decision.method.large_icon if self.decision else "key"

    @property
    def summary(self) -> str:
        """One sentence about the person."""
        if self.decision is None:
            return ""
        return self.decision.summary(self.person.display_name if self.person else "")


def explain_decision(tenant: Tenant, typed: str) -> Explanation:
    """Where the person with the address `typed` would sign in at `tenant`, and why.

    It signs no one in and writes nothing; another organization is not named (LOG-5).
    """
    typed = typed.strip()
    if not typed:
        return Explanation()
    try:
        address = email_address.parse_email_address(typed)
    except InvalidEmailAddress as error:
        return Explanation(typed, hint=str(error.reason))
    person = lookups.user_by_address(tenant, address.canonical)
    if person is None and address.domain in tenant.verified_domains:
        return Explanation(
            typed, hint=_("This domain is your own, and no user of your organization has it.")
        )
    if person is not None and not person.is_external:
        hint = _("An internal user has this address. They sign in here with their password.")
        return Explanation(typed, hint=hint, person=person)
    if person is None:
        return _decided(tenant, typed, None, queries.facts_for_guest(tenant, address))
    facts = queries.discovery_facts(tenant, [person]).get(person.pk)
    if facts is None:
        hint = _("This guest has no address to sign in with.")
        return Explanation(typed, hint=hint, person=person)
    return _decided(tenant, typed, person, facts)


def _decided(tenant: Tenant, typed: str, person: User | None, facts: GuestFacts) -> Explanation:
    settings, now = queries.discovery_settings(tenant), timezone.now()
    decision = facts.decide(settings, now, Entry.INVITATION)
    direct = facts.decide(settings, now, Entry.DIRECT)
    return Explanation(
        typed,
        person=person,
        decision=decision,
        direct=direct if direct.row != decision.row else None,
        own_order=facts.address.unicode_domain if facts.order else "",
        rules=tuple(decision_rules(decision, facts.order or settings.order)),
    )


def decision_rules(decision: Decision, order: RedemptionOrder) -> Iterator[ExplainedRule]:
    """The rules that were asked, with what they said, then those that came too late."""
    asked = set()
    for reason in decision.reasons:
        asked.add(reason.resolver)
        outcome = RuleOutcome.HIT if reason.is_hit else RuleOutcome.MISS
        yield ExplainedRule(
            _name_of(reason.resolver), outcome, reason.before, reason.bold, reason.after
        )
    late = [_PRIMARIES[primary] for primary in order.primary]
    late += [Resolver.PERSONAL] if order.microsoft_account_fallback else []
    late += [Resolver.PASSCODE] if order.passcode_fallback else []
    for resolver in late:
        if resolver not in asked:
            yield ExplainedRule(_name_of(resolver), RuleOutcome.UNASKED, _("Not asked any more"))
