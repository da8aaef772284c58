"""The decision of home realm discovery as a value, and how two decisions compare (BET-2)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from django.utils.translation import gettext as _

from identityproviders.discovery import method_texts
from identityproviders.discovery.method_texts import Method
from identityproviders.discovery.reasons import Reason
from portal.values.email_address import EmailAddress


@dataclass(frozen=True)
class Organization:
    """The tenant that knows an account for the address. Its name is not for the host (LOG-5).

    For a provider of the operator that claims the address, `provider_key` names its row instead.
    """

    tenant_id: str
    name: str = ""
    provider_key: str = ""


@dataclass(frozen=True)
class Provider:
    """A federation of the host, or Google: the key of its row and its name."""

    key: str
    name: str


OTHER_ACCOUNT_ROWS = frozenset({"D1", "D2", "D3", "D4", "D5", "D6"})
"""Where a guest may want another account than was found: D2 to D6 (HRD-9), or none of D1's two."""


@dataclass(frozen=True)
class Decision:
    """The method with the row of T19 or T20 it comes from, and everything we say about it.

    `code` is the T25 code of a refusal. `provider` is set for FEDERATION and GOOGLE where known,
    `organization` for ORGANIZATION and CHOOSER.
    """

    row: str
    method: Method
    address: EmailAddress
    reasons: tuple[Reason, ...] = ()
    provider: Provider | None = None
    organization: Organization | None = None
    code: int = 0
    passcode_minutes: int = 30

    @property
    def is_settled(self) -> bool:
        """Whether the guest accepted already, so that this is no prediction (HRD-2)."""
        return self.row.startswith("T20")

    @property
    def label(self) -> str:
        """The method's name, with the provider's own where it has one."""
        if self.method is Method.FEDERATION and self.provider:
            return self.provider.name
        return self.method.label

    @property
    def row_name(self) -> str:
        """What decided, in words: the row of T19 or T20."""
        return str(method_texts.ROW_NAMES[self.row])

    @property
    def notice(self) -> str:
        """What the guest will notice."""
        return str(method_texts.NOTICES[self.row]) % self._values()

    @property
    def refusal(self) -> str:
        """What the refused guest reads; empty where nothing is refused."""
        text = method_texts.REFUSALS.get(self.row)
        return str(text) % self._values() if text else ""

    def summary(self, name: str = "") -> str:
        """One sentence for administrators about the guest called `name`."""
        return str(method_texts.SUMMARIES[self.row]) % self._values(name)

    def _values(self, name: str = "") -> dict[str, object]:
        return {
            "who": name or _("This guest"),
            "address": self.address.canonical,
            "domain": self.address.domain,
            "provider": self.provider.name if self.provider else self.method.label,
            "minutes": self.passcode_minutes,
        }


class Impact(enum.StrEnum):
    """What a change of settings does to one guest; every guest is in exactly one of the three."""

    GAIN = "gain"
    LOSE = "lose"
    UNCHANGED = "unchanged"


def signs_in(decision: Decision) -> bool:
    """Whether the guest gets in with what they have, a mailbox included."""
    return decision.method not in {Method.CREATE_PERSONAL, Method.NO_ACCOUNT, Method.REFUSED}


def decision_impact(before: Decision, after: Decision) -> Impact:
    """What a change does to a guest whose decision was `before` and will be `after` (BET-2).

    GAIN: signs in afterwards and could not before, at all or without a new account, or at least
    may create one now. LOSE: had a way in and has none afterwards. A pending guest who must
    create a personal account instead of getting a code had no sign-in yet and still gets in:
    UNCHANGED, and counted by `must_create_personal` beside the three figures.
    """
    if signs_in(after) and not signs_in(before):
        return Impact.GAIN
    if _has_a_way(after) == _has_a_way(before):
        return Impact.UNCHANGED
    return Impact.GAIN if _has_a_way(after) else Impact.LOSE


def must_create_personal(before: Decision, after: Decision) -> bool:
    """Whether a pending guest who could do without must create a personal account afterwards."""
    return after.method is Method.CREATE_PERSONAL and signs_in(before)


def _has_a_way(decision: Decision) -> bool:
    return signs_in(decision) or decision.method is Method.CREATE_PERSONAL
