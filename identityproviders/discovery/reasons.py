"""The reason behind a predicted method, one sentence each (BET-1)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Resolver(enum.StrEnum):
    """Who was asked (HRD-1), or what else had a say: the entry, the stored identity."""

    ORGANIZATION = "ORG"
    FEDERATION = "FED"
    GOOGLE = "GOO"
    PERSONAL = "MSA"
    PASSCODE = "OTP"
    ENTRY = "ENTRY"
    STORED = "STORED"


@dataclass(frozen=True)
class Reason:
    """One step of the way to a decision: a sentence with at most one part in bold.

    `is_hit` says that it speaks for the method; a page writes
    `{{ before }}<b>{{ bold }}</b>{{ after }}`.
    """

    resolver: Resolver
    is_hit: bool
    sentence: str | Promise
    bold: str | Promise = ""

    @property
    def text(self) -> str:
        """The whole sentence."""
        return f"{self.before}{self.bold}{self.after}"

    @property
    def before(self) -> str:
        """What stands before the bold part."""
        return str(self.sentence).partition("%(bold)s")[0]

    @property
    def after(self) -> str:
        """What stands after the bold part."""
        return str(self.sentence).partition("%(bold)s")[2]


_FOR_THIS_ADDRESS = _("%(bold)s for this address")

ORGANIZATION_KNOWN = Reason(
    Resolver.ORGANIZATION, True, _FOR_THIS_ADDRESS, _("An organization account is known")
)
NO_FEDERATION = Reason(Resolver.FEDERATION, False, _("No SAML/WS-Fed provider serves this domain"))
GOOGLE_SERVES = Reason(
    Resolver.GOOGLE, True, _("%(bold)s, and Google is configured"), _("A Google address")
)
NOT_A_GOOGLE_ADDRESS = Reason(Resolver.GOOGLE, False, _("Not a Google address"))
GOOGLE_IS_NOT_CONFIGURED = Reason(
    Resolver.GOOGLE, False, _("A Google address, but Google is not configured")
)
PERSONAL_KNOWN = Reason(
    Resolver.PERSONAL, True, _FOR_THIS_ADDRESS, _("A personal account is known")
)
NO_PERSONAL_ACCOUNT = Reason(
    Resolver.PERSONAL, False, _("No personal account is known for this address")
)
NO_PERSONAL_FALLBACK = Reason(
    Resolver.PERSONAL, False, _("Personal accounts are turned off in the redemption order")
)
PASSCODE_IS_ON = Reason(
    Resolver.PASSCODE, True, _("%(bold)s for guests"), _("Email one-time passcode is on")
)
PASSCODE_IS_OFF = Reason(Resolver.PASSCODE, False, _("Email one-time passcode is off for guests"))
NO_PASSCODE_FALLBACK = Reason(
    Resolver.PASSCODE, False, _("Email one-time passcode is turned off in the redemption order")
)
RULE_FORCES = Reason(
    Resolver.PASSCODE,
    True,
    _("%(bold)s, so no other provider is asked"),
    _("A rule always uses Email one-time passcode here"),
)
RULE_FORBIDS = Reason(Resolver.PASSCODE, False, _("A rule never uses Email one-time passcode here"))
NEW_PERSONAL_ACCOUNT = Reason(
    Resolver.ENTRY, True, _("%(bold)s with this address"), _("A personal account can be created")
)
NO_NEW_ACCOUNT_HERE = Reason(
    Resolver.ENTRY, False, _("A new account can be created from an invitation link only")
)
STORED_IDENTITY_DECIDES = Reason(
    Resolver.STORED,
    True,
    _("%(bold)s, which stays their method until their redemption status is reset"),
    _("They accepted with it"),
)
HOME_ACCOUNT_GONE = Reason(
    Resolver.ORGANIZATION, False, _("The account they accepted with does not exist any more")
)
HOME_ACCOUNT_DISABLED = Reason(
    Resolver.ORGANIZATION, False, _("The account they accepted with is disabled")
)
PROVIDER_REMOVED = Reason(Resolver.STORED, False, _("The provider they accepted with was removed"))


def no_organization_account(domain: str, *, is_domain_managed: bool) -> Reason:
    """ORG has no match; the domain may belong to an organization nevertheless."""
    if is_domain_managed:
        sentence = _("The organization that owns %(bold)s has no account for this address")
    else:
        sentence = _("No organization account is known for %(bold)s")
    return Reason(Resolver.ORGANIZATION, False, sentence, domain)


def federation_serves(provider_name: str) -> Reason:
    """FED matches."""
    return Reason(Resolver.FEDERATION, True, _("%(bold)s serves this domain"), provider_name)


def passcode_is_scheduled(date_label: str) -> Reason:
    """OTP does not match yet (T13, S1)."""
    return Reason(
        Resolver.PASSCODE, False, _("Email one-time passcode is off until %(bold)s"), date_label
    )


def only_they_can_create(domain: str) -> Reason:
    """The domain belongs to an organization, which alone creates accounts in it (D8)."""
    return Reason(
        Resolver.ENTRY, False, _("Only the administrators of %(bold)s can create one"), domain
    )


def turned_off(resolver: Resolver, provider_name: str | Promise) -> Reason:
    """A primary provider would match, but the redemption order skips it (CTA-4)."""
    return Reason(
        resolver,
        False,
        _("%(bold)s would match, but is turned off in the redemption order"),
        provider_name,
    )
