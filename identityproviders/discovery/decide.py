"""Home realm discovery: decide how a person signs in, and why (T19, T20, HRD-1 to HRD-9).

Pure: a function of values (HRD-6). The invite form, the lists, the API, redemption, sign-in and the
impact preview all call it; no other code decides.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from django.utils.translation import gettext_lazy

from identityproviders.discovery.decision import (
    Decision,
    Impact,
    Organization,
    Provider,
    decision_impact,
    must_create_personal,
    signs_in,
)
from identityproviders.discovery.method_texts import Method
from identityproviders.discovery.reasons import (
    GOOGLE_IS_NOT_CONFIGURED,
    GOOGLE_SERVES,
    HOME_ACCOUNT_DISABLED,
    HOME_ACCOUNT_GONE,
    NEW_PERSONAL_ACCOUNT,
    NO_FEDERATION,
    NO_NEW_ACCOUNT_HERE,
    NO_PASSCODE_FALLBACK,
    NO_PERSONAL_ACCOUNT,
    NO_PERSONAL_FALLBACK,
    NOT_A_GOOGLE_ADDRESS,
    ORGANIZATION_KNOWN,
    PASSCODE_IS_OFF,
    PASSCODE_IS_ON,
    PERSONAL_KNOWN,
    PROVIDER_REMOVED,
    RULE_FORBIDS,
    RULE_FORCES,
    STORED_IDENTITY_DECIDES,
    Reason,
    Resolver,
    federation_serves,
    no_organization_account,
    only_they_can_create,
    passcode_is_scheduled,
    turned_off,
)
from identityproviders.passcodes.policy.state import PasscodeSettings, is_effective, passcode_state
from portal.values.email_address import EmailAddress

__all__ = [
    "GOOGLE_DOMAINS",
    "Decision",
    "DiscoverySettings",
    "Entry",
    "Fallback",
    "HomeAccount",
    "Impact",
    "Method",
    "Organization",
    "Primary",
    "Provider",
    "Reason",
    "RedemptionOrder",
    "Resolver",
    "ResolverAnswers",
    "Rule",
    "StoredIdentity",
    "decide_accepted",
    "decide_method",
    "decision_impact",
    "gives_codes",
    "must_create_personal",
    "signs_in",
]

GOOGLE_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
"""The only domains Google serves (IDP-6)."""

GUEST_PENDING = 50014
ACCOUNT_NOT_FOUND = 50034
ACCOUNT_DISABLED = 50057
REALM_REMOVED = 50107


class Entry(enum.StrEnum):
    """Where the guest came in (RED-1 to RED-3)."""

    INVITATION = "invitation"
    DIRECT = "direct"
    COMMON = "common"


class Primary(enum.StrEnum):
    """The primary identity providers of T16, by their API names."""

    ORGANIZATION = "azureActiveDirectory"
    FEDERATION = "externalFederation"
    SOCIAL = "socialIdentityProviders"


class Fallback(enum.StrEnum):
    """The fallback identity providers of T16, by their API names."""

    MICROSOFT_ACCOUNT = "microsoftAccount"
    PASSCODE = "emailOneTimePasscode"


class HomeAccount(enum.StrEnum):
    """What became of the account an accepted guest has at another tenant (T20)."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    GONE = "gone"


class Rule(enum.StrEnum):
    """A rule about the passcode of a domain or of one guest (BET-10, BET-11)."""

    FORCE = "force"
    FORBID = "forbid"


@dataclass(frozen=True)
class RedemptionOrder:
    """T16: the enabled primaries in their order, and the enabled fallbacks."""

    primary: tuple[Primary, ...] = tuple(Primary)
    microsoft_account_fallback: bool = True
    passcode_fallback: bool = True

    def __post_init__(self) -> None:
        """Refuse an order that names a provider twice.

        Raises: ValueError.
        """
        if len(set(self.primary)) != len(self.primary):
            raise ValueError("a primary identity provider stands twice in the redemption order")

    @property
    def fallbacks(self) -> list[Fallback]:
        """The enabled fallbacks."""
        is_enabled = {
            Fallback.MICROSOFT_ACCOUNT: self.microsoft_account_fallback,
            Fallback.PASSCODE: self.passcode_fallback,
        }
        return [fallback for fallback in Fallback if is_enabled[fallback]]


@dataclass(frozen=True)
class ResolverAnswers:
    """What ORG, FED, GOO and MSA answered; one that failed counts as no match (HRD-1).

    `is_domain_managed` says that the domain is verified in any tenant (D7, D8), `rule` what the
    host decided for this guest or their domain, `order` the redemption order it set for their
    organization, where it set one (CTA-1).
    """

    organization: Organization | None = None
    is_domain_managed: bool = False
    federation: Provider | None = None
    is_google: bool = False
    has_personal_account: bool = False
    rule: Rule | None = None
    order: RedemptionOrder | None = None


@dataclass(frozen=True)
class DiscoverySettings:
    """What a host tenant has set."""

    passcode: PasscodeSettings
    order: RedemptionOrder = field(default_factory=RedemptionOrder)
    passcode_minutes: int = 30


@dataclass(frozen=True)
class StoredIdentity:
    """What an accepted guest was bound to (T5).

    `issuer` as stored; `provider` is its row, None once removed; `home` matters for an
    organization account only, `rule` for a passcode only.
    """

    issuer: str
    provider: Provider | None = None
    home: HomeAccount = HomeAccount.ENABLED
    rule: Rule | None = None


def decide_method(
    address: EmailAddress,
    settings: DiscoverySettings,
    answers: ResolverAnswers,
    now: datetime,
    entry: Entry,
) -> Decision:
    """The method of a pending guest: the first row of T19 that matches (HRD-3, HRD-4).

    Takes the invited address, the host's settings, the resolvers' answers, the moment (aware)
    and where the guest came in.
    """
    case = _Case(address, settings, answers, now, entry)
    tried: list[Reason] = []
    for step in case.steps():
        tried.extend(step.reasons)
        if step.row:
            return Decision(
                row=step.row,
                method=_METHODS[step.row],
                address=address,
                reasons=tuple(tried),
                provider=case.provider(step.row),
                organization=answers.organization if step.row in {"D1", "D2"} else None,
                code=_CODES.get(step.row, 0),
                passcode_minutes=settings.passcode_minutes,
            )
    raise AssertionError("the last step always decides")


_METHODS = {
    "D1": Method.CHOOSER,
    "D2": Method.ORGANIZATION,
    "D3": Method.FEDERATION,
    "D4": Method.GOOGLE,
    "D5": Method.PERSONAL,
    "D6": Method.PASSCODE,
    "D7": Method.CREATE_PERSONAL,
    "D8": Method.NO_ACCOUNT,
    "D9": Method.REFUSED,
}
_CODES = {"D8": ACCOUNT_NOT_FOUND, "D9": GUEST_PENDING}
_GOOGLE = Provider("google.com", "Google")


@dataclass(frozen=True)
class _Step:
    """One thing tried: its reasons, and the row where it decides."""

    reasons: tuple[Reason, ...]
    row: str = ""


@dataclass(frozen=True)
class _Case:
    """One question, and the steps that answer it."""

    address: EmailAddress
    settings: DiscoverySettings
    answers: ResolverAnswers
    now: datetime
    entry: Entry

    def steps(self) -> Iterator[_Step]:
        if self.answers.rule is Rule.FORCE:
            yield _Step((RULE_FORCES,), "D6")
        order = self.order.primary
        tries = {
            Primary.ORGANIZATION: self._organization,
            Primary.FEDERATION: self._federation,
            Primary.SOCIAL: self._google,
        }
        for primary in order:
            yield tries[primary]()
        for primary, attempt in tries.items():
            if primary not in order and attempt().row:
                yield _Step((turned_off(*_PRIMARIES[primary]),))
        yield self._personal()
        yield self._passcode()
        yield self._nothing_left()

    @property
    def order(self) -> RedemptionOrder:
        return self.answers.order or self.settings.order

    def provider(self, row: str) -> Provider | None:
        return {"D3": self.answers.federation, "D4": _GOOGLE}.get(row)

    def _organization(self) -> _Step:
        if self.answers.organization is None:
            miss = no_organization_account(
                self.address.domain, is_domain_managed=self.answers.is_domain_managed
            )
            return _Step((miss,))
        if self.answers.has_personal_account and self.order.microsoft_account_fallback:
            return _Step((ORGANIZATION_KNOWN, PERSONAL_KNOWN), "D1")
        return _Step((ORGANIZATION_KNOWN,), "D2")

    def _federation(self) -> _Step:
        if self.answers.federation is None:
            return _Step((NO_FEDERATION,))
        return _Step((federation_serves(self.answers.federation.name),), "D3")

    def _google(self) -> _Step:
        if self.answers.is_google:
            return _Step((GOOGLE_SERVES,), "D4")
        if self.address.domain in GOOGLE_DOMAINS:
            return _Step((GOOGLE_IS_NOT_CONFIGURED,))
        return _Step((NOT_A_GOOGLE_ADDRESS,))

    def _personal(self) -> _Step:
        if not self.order.microsoft_account_fallback:
            return _Step((NO_PERSONAL_FALLBACK,))
        if self.answers.has_personal_account:
            return _Step((PERSONAL_KNOWN,), "D5")
        return _Step((NO_PERSONAL_ACCOUNT,))

    def _passcode(self) -> _Step:
        if self.answers.rule is Rule.FORBID:
            return _Step((RULE_FORBIDS,))
        if not self.order.passcode_fallback:
            return _Step((NO_PASSCODE_FALLBACK,))
        state = passcode_state(self.settings.passcode, self.now)
        if state.is_effective:
            return _Step((PASSCODE_IS_ON,), "D6")
        if state.is_scheduled:
            return _Step((passcode_is_scheduled(state.label_date),))
        return _Step((PASSCODE_IS_OFF,))

    def _nothing_left(self) -> _Step:
        if self.entry is not Entry.INVITATION:
            return _Step((NO_NEW_ACCOUNT_HERE,), "D9")
        if self.answers.is_domain_managed:
            return _Step((only_they_can_create(self.address.domain),), "D8")
        if self.order.microsoft_account_fallback:
            return _Step((NEW_PERSONAL_ACCOUNT,), "D7")
        # Only while CTA-5 is violated, as by an automatic date moved into the future.
        return _Step((), "D9")


_PRIMARIES = {
    Primary.ORGANIZATION: (Resolver.ORGANIZATION, gettext_lazy("Microsoft Entra ID")),
    Primary.FEDERATION: (Resolver.FEDERATION, gettext_lazy("SAML/WS-Fed")),
    Primary.SOCIAL: (Resolver.GOOGLE, gettext_lazy("Google")),
}


def decide_accepted(
    address: EmailAddress,
    stored: StoredIdentity,
    settings: DiscoverySettings,
    now: datetime,
) -> Decision:
    """The method of an accepted guest: the stored identity decides (T20, HRD-2).

    Nothing the guest or the host obtained later changes it (DIR-24), nor does the redemption
    order (CTA-6). Rows are `T20-1` to `T20-7` in the order of the table.
    """
    row, method, reason, code = _settled(stored, settings, now)
    provider = None
    if method in {Method.FEDERATION, Method.GOOGLE}:
        provider = stored.provider
    return Decision(
        row=row,
        method=method,
        address=address,
        reasons=(reason,),
        provider=provider,
        code=code,
        passcode_minutes=settings.passcode_minutes,
    )


def gives_codes(
    settings: DiscoverySettings,
    rule: Rule | None,
    now: datetime,
    *,
    is_accepted: bool,
    order: RedemptionOrder | None = None,
) -> bool:
    """Whether somebody whose method is the passcode gets a code at `now` (T13, T16, BET-10).

    A rule goes before the tenant’s switch, in both directions. The redemption order, that of
    their organization where it has one, concerns only who has not accepted yet (CTA-1, CTA-6).
    """
    if rule is not None:
        return rule is Rule.FORCE
    is_in_order = is_accepted or (order or settings.order).passcode_fallback
    return is_in_order and is_effective(settings.passcode, now)


_Settled = tuple[str, Method, Reason, int]


def _settled(stored: StoredIdentity, settings: DiscoverySettings, now: datetime) -> _Settled:
    kept = STORED_IDENTITY_DECIDES
    match stored.issuer:
        case "mail":
            if gives_codes(settings, stored.rule, now, is_accepted=True):
                return "T20-1", Method.PASSCODE, kept, 0
            is_forbidden = stored.rule is Rule.FORBID
            why = RULE_FORBIDS if is_forbidden else PASSCODE_IS_OFF
            return "T20-2", Method.REFUSED, why, REALM_REMOVED
        case "ExternalAzureAD":
            return _settled_by_home(stored.home)
        case "MicrosoftAccount":
            return "T20-5", Method.PERSONAL, kept, 0
    if stored.provider is None:
        return "T20-7", Method.REFUSED, PROVIDER_REMOVED, REALM_REMOVED
    method = Method.GOOGLE if stored.issuer == "google.com" else Method.FEDERATION
    return "T20-6", method, kept, 0


def _settled_by_home(home: HomeAccount) -> _Settled:
    match home:
        case HomeAccount.ENABLED:
            return "T20-3", Method.ORGANIZATION, STORED_IDENTITY_DECIDES, 0
        case HomeAccount.DISABLED:
            return "T20-4", Method.REFUSED, HOME_ACCOUNT_DISABLED, ACCOUNT_DISABLED
        case HomeAccount.GONE:
            return "T20-4", Method.REFUSED, HOME_ACCOUNT_GONE, ACCOUNT_NOT_FOUND
        case _:
            assert_never(home)
