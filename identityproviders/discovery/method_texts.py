"""The sign-in methods, and the texts shown for each (BET-1)."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.console import icons


class Method(enum.StrEnum):
    """How a guest signs in, or why not (T19, T20). Facebook is never among them (HRD-8)."""

    CHOOSER = "chooser"
    ORGANIZATION = "organization"
    FEDERATION = "federation"
    GOOGLE = "google"
    PERSONAL = "personal"
    PASSCODE = "passcode"
    CREATE_PERSONAL = "create_personal"
    NO_ACCOUNT = "no_account"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The method's name as administrators know it."""
        return str(_LABELS[self])

    @property
    def icon(self) -> str:
        """The name of the symbol that stands beside it."""
        return _ICONS[self]

    @property
    def large_icon(self) -> str:
        """The same where it stands large, or what the large set has in its place."""
        return self.icon if self.icon in icons.LARGE else "person"


_LABELS: Mapping[Method, Promise] = {
    Method.CHOOSER: _("Organization account or personal account"),
    Method.ORGANIZATION: _("Organization account"),
    Method.FEDERATION: _("Federated sign-in"),
    Method.GOOGLE: _("Google"),
    Method.PERSONAL: _("Personal account"),
    Method.PASSCODE: _("Email one-time passcode"),
    Method.CREATE_PERSONAL: _("New personal account"),
    Method.NO_ACCOUNT: _("No sign-in possible"),
    Method.REFUSED: _("No sign-in possible"),
}

_ICONS: Mapping[Method, str] = {
    Method.CHOOSER: "key",
    Method.ORGANIZATION: "building",
    Method.FEDERATION: "key_multiple",
    Method.GOOGLE: "globe",
    Method.PERSONAL: "person",
    Method.PASSCODE: "mail",
    Method.CREATE_PERSONAL: "person_add",
    Method.NO_ACCOUNT: "prohibited",
    Method.REFUSED: "prohibited",
}

ROW_NAMES: Mapping[str, Promise] = {
    "D1": _("Two accounts with this address"),
    "D2": _("An account at another organization"),
    "D3": _("A federated domain"),
    "D4": _("A Google address"),
    "D5": _("A known personal account"),
    "D6": _("No other account, codes are on"),
    "D7": _("No other account, codes are off"),
    "D8": _("No account at their organization"),
    "D9": _("Nothing to sign in with here"),
    "T20-1": _("Accepted with a code"),
    "T20-2": _("Accepted with a code, codes are off"),
    "T20-3": _("Accepted with an organization account"),
    "T20-4": _("Accepted with an account that is gone"),
    "T20-5": _("Accepted with a personal account"),
    "T20-6": _("Accepted with a provider"),
    "T20-7": _("Accepted with a provider that is gone"),
}
"""What decided, in a few words, by row of T19 and T20."""

SUMMARIES: Mapping[str, Promise] = {
    "D1": _(
        "%(who)s has an organization account and a personal account with this address, and "
        "chooses one of them when accepting."
    ),
    "D2": _("%(who)s signs in with the account of their own organization."),
    "D3": _("%(who)s signs in at %(provider)s, which serves %(domain)s."),
    "D4": _("%(who)s signs in with the Google account %(address)s."),
    "D5": _("%(who)s signs in with the personal account %(address)s."),
    "D6": _(
        "%(who)s has no account we can hand the sign-in to, so a code goes to %(address)s at each "
        "sign-in."
    ),
    "D7": _(
        "%(who)s has no account we can hand the sign-in to and gets no code, so they must create "
        "a personal account with %(address)s."
    ),
    "D8": _(
        "%(who)s can’t accept now: the organization that owns %(domain)s has no account with this "
        "address. Its administrator can create one, or you turn on Email one-time passcode."
    ),
    "D9": _(
        "%(who)s can’t accept this way: they have no account we can hand the sign-in to, and get "
        "no code."
    ),
    "T20-1": _("%(who)s accepted with a code by e-mail, and gets a new one at each sign-in."),
    "T20-2": _(
        "%(who)s accepted with a code by e-mail, and can’t sign in while Email one-time passcode "
        "is off."
    ),
    "T20-3": _("%(who)s accepted with an organization account, and signs in with it."),
    "T20-4": _(
        "%(who)s accepted with an organization account that can’t be used any more. Reset their "
        "redemption status so that they can accept again."
    ),
    "T20-5": _("%(who)s accepted with a personal account, and signs in with it."),
    "T20-6": _("%(who)s accepted with %(provider)s, and signs in there."),
    "T20-7": _(
        "%(who)s accepted with a provider that was removed. Reset their redemption status so that "
        "they can accept again."
    ),
}
"""One sentence for administrators by row of T19 and T20; `who` is a name or *This guest*."""

_PASSCODE_NOTICE = _(
    "An 8-digit code, valid for %(minutes)s minutes. A session ends after 24 hours; the next "
    "sign-in needs a new code."
)

NOTICES: Mapping[str, Promise] = {
    "D1": _("A page with two choices: the account of their organization, or a personal account."),
    "D2": _("The sign-in page of their own organization, with the password they use there."),
    "D3": _("The sign-in page of %(provider)s."),
    "D4": _("Google’s sign-in page. They must choose the account %(address)s."),
    "D5": _("The sign-in page for personal accounts."),
    "D6": _PASSCODE_NOTICE,
    "D7": _(
        "A page to create a personal account: they confirm the address with a code, then choose "
        "a password."
    ),
    "D8": _("A page that says to ask their own administrator for an account. They stay pending."),
    "D9": _("A page that says to ask for an invitation. They stay pending."),
    "T20-1": _PASSCODE_NOTICE,
    "T20-2": _("A page that says to contact your organization."),
    "T20-3": _("The sign-in page of their own organization, with the password they use there."),
    "T20-4": _("A page that says to contact your organization."),
    "T20-5": _("The sign-in page for personal accounts."),
    "T20-6": _("The sign-in page of %(provider)s."),
    "T20-7": _("A page that says to contact your organization."),
}
"""What the guest will notice, by row of T19 and T20."""

REFUSALS: Mapping[str, Promise] = {
    "D8": _(
        "There is no account for this address at %(domain)s. Ask the administrator of your "
        "organization for one, then open your invitation again."
    ),
    "D9": _(
        "You can’t sign in here with this address. Open the link in your invitation, or ask the "
        "organization to invite you."
    ),
    "T20-2": _(
        "Codes by e-mail are turned off for this organization, so you can’t sign in. Contact the "
        "person or the organization that invited you."
    ),
    "T20-4": _(
        "The account of your own organization that you accepted with can’t be used any more. "
        "Contact the organization that invited you: it can invite you again."
    ),
    "T20-7": _(
        "The way you signed in before was removed by this organization. Contact the organization "
        "that invited you: it can invite you again."
    ),
}
"""What the refused guest reads, by row of T19 and T20."""
