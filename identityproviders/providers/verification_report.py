"""Report of the checks on an outside provider's answer: passed, claims, proven identity.

The same report decides a sign-in and fills the page of *Test this provider*, so that an
administrator reads there what a guest's sign-in will do.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.errors import DomainError

MAXIMUM_SHOWN = 200
MISCONFIGURED, CANCELED = 50049, 5001201
"""Codes of T25 for what a provider of any protocol may end with: settings that differ, and a person
who turned back there."""


class AnswerRefused(DomainError):
    """An answer that proves nothing: `code` of T25, and the sentence for the administrator."""

    status = 403


@dataclass(frozen=True)
class ProviderAnswer:
    """The identity that a verified answer names (SEC-34), with its vouched addresses.

    `address` is what it said, verified or not; `addresses` are canonical and pass SEC-35.
    `assertion_id` and `used_until` (seconds since 1970) are to be remembered against replay.
    `id_token` and `end_session_endpoint` serve the sign-out at an OpenID provider (SES-1); no row
    holds them.
    """

    issuer: str
    provider_key: str
    subject: str
    address: str = ""
    addresses: frozenset[str] = frozenset()
    assertion_id: str = ""
    used_until: float = 0
    id_token: str = field(default="", repr=False)
    end_session_endpoint: str = ""


@dataclass(frozen=True)
class ReportedCheck:
    """One thing that was looked at; without a problem it holds."""

    name: str
    found: str = ""
    problem: str = ""


@dataclass
class VerificationReport:
    """Everything that was looked at in one answer, and everything it claimed.

    `code` of T25 goes with a refusal, unless the check brings its own.
    """

    code: int
    checks: list[ReportedCheck] = field(default_factory=list)
    claims: list[tuple[str, str]] = field(default_factory=list)
    refusal: AnswerRefused | None = None

    def check(
        self, holds: bool, name: str, *, problem: str, found: str = "", code: int = 0
    ) -> bool:
        """Note whether a check holds; the first that does not will refuse the answer."""
        self.checks.append(ReportedCheck(name, shown_text(found), "" if holds else problem))
        if not holds and self.refusal is None:
            self.refusal = AnswerRefused(problem, code=code or self.code)
        return holds

    def require(
        self, holds: bool, name: str, *, problem: str, found: str = "", code: int = 0
    ) -> None:
        """A check without which the others mean nothing.

        Raises: Refused.
        """
        self.check(holds, name, problem=problem, found=found, code=code)
        self.settle()

    def refuse(self, name: str, problem: str, *, code: int = 0) -> AnswerRefused:
        """Note a failed check, and the refusal to raise at once."""
        self.check(False, name, problem=problem, code=code)
        return self.refusal or AnswerRefused(problem, code=code or self.code)

    def settle(self) -> None:
        """Pass if every check held.

        Raises: Refused.
        """
        if self.refusal is not None:
            raise self.refusal

    def claim(self, name: str, value: str) -> None:
        """Note one claim as the provider made it."""
        self.claims.append((shown_text(name), shown_text(value)))


def shown_text(text: str) -> str:
    """A foreign text cut to a length that can be shown and stored."""
    return text if len(text) <= MAXIMUM_SHOWN else f"{text[:MAXIMUM_SHOWN]}…"
