"""Check issuer, audience, times, subject and e-mail claim of an assertion (SEC-46)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from identityproviders.providers.verification_report import (
    ProviderAnswer,
    VerificationReport,
    shown_text,
)
from identityproviders.saml import names
from identityproviders.saml.documents import Element
from portal.values.email_address import EmailAddress, InvalidEmailAddress, parse_email_address

SKEW = timedelta(minutes=2)
MAXIMUM_SUBJECT = 255
INVALID_TOKEN, EMAIL_MISSING = 50008, 5000819

# xs:dateTime; a time without a zone could mean any, so it is none.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)\Z")


@dataclass(frozen=True)
class ExpectedAssertion:
    """What an answer must say to be one to us.

    `issuer`, `certificates` and `domains` are the provider's as configured; `audience` is our
    entity id for the tenant, `consumer_url` where answers of this provider arrive, `request_id`
    the open request of the browser. `provider_key` is the id of its row.
    """

    issuer: str
    certificates: str
    domains: frozenset[str]
    audience: str
    consumer_url: str
    request_id: str
    provider_key: str
    now: datetime


def check_issuer(
    report: VerificationReport, found: str, expected: ExpectedAssertion, *, label: str = ""
) -> None:
    """The issuer, exactly as configured."""
    report.check(
        found == expected.issuer,
        label or _("Issuer"),
        found=found,
        problem=_("The answer comes from the issuer “%(found)s”, not from “%(expected)s”.")
        % {"found": shown_text(found), "expected": expected.issuer},
    )


def check_audience(
    report: VerificationReport, restrictions: Sequence[Sequence[str]], expected: ExpectedAssertion
) -> None:
    """Every restriction names us; there is at least one."""
    found = ", ".join(value for group in restrictions for value in group)
    report.check(
        bool(restrictions) and all(expected.audience in group for group in restrictions),
        _("Audience"),
        found=found,
        problem=_("The assertion is meant for the audience “%(found)s”, not for “%(expected)s”.")
        % {"found": shown_text(found), "expected": expected.audience},
    )


def check_times(
    report: VerificationReport,
    bounds: Iterable[tuple[str | None, str | None]],
    now: datetime,
    *,
    label: str = "",
) -> float:
    """Each pair of NotBefore and NotOnOrAfter holds now; the latest end in seconds since 1970.

    At least one end must be there: an assertion without one would be good for ever.
    """
    ends: list[datetime] = []
    problem = ""
    for not_before, not_on_or_after in bounds:
        start = read_moment(not_before) if not_before else None
        end = read_moment(not_on_or_after) if not_on_or_after else None
        if (not_before and start is None) or (not_on_or_after and end is None):
            problem = problem or _("A time in the assertion can’t be read.")
        elif start is not None and now + SKEW < start:
            problem = problem or _(
                "The assertion is not valid yet: it starts at %(start)s. Compare the clocks."
            ) % {"start": start.isoformat(timespec="seconds")}
        elif end is not None and now - SKEW >= end:
            problem = problem or _(
                "The assertion is no longer valid: it ended at %(end)s. Compare the clocks."
            ) % {"end": end.isoformat(timespec="seconds")}
        if end is not None:
            ends.append(end)
    if not ends:
        problem = problem or _("The assertion does not say how long it is valid.")
    found = max(ends).isoformat(timespec="seconds") if ends else ""
    report.check(not problem, label or _("Valid until"), found=found, problem=problem)
    return (max(ends) + SKEW).timestamp() if ends else 0


def check_subject(report: VerificationReport, subject: str, name: str) -> None:
    """A subject that can be a key."""
    report.check(
        0 < len(subject) <= MAXIMUM_SUBJECT and subject.isprintable(),
        name,
        found=subject,
        problem=_("%(name)s is missing, or longer than 255 characters.") % {"name": name},
    )


def check_address(
    report: VerificationReport, claims: Mapping[str, Sequence[str]], expected: ExpectedAssertion
) -> EmailAddress | None:
    """The e-mail claim: there once, an address, of one of the provider's domains (IDP-14)."""
    values = claims.get(names.EMAIL_CLAIM, ())
    label = _("E-mail claim")
    if len(values) != 1:
        report.check(
            False,
            label,
            code=EMAIL_MISSING,
            problem=_("The e-mail claim %(name)s must be there once, and is there %(count)s times.")
            % {"name": names.EMAIL_CLAIM, "count": len(values)},
        )
        return None
    try:
        address = parse_email_address(values[0])
    except InvalidEmailAddress:
        problem = _("The e-mail claim “%(found)s” is not an e-mail address.")
    else:
        if address.domain in expected.domains:
            report.check(True, label, found=address.ascii, problem="")
            return address
        problem = _("The e-mail claim “%(found)s” is not of a domain of this provider.")
    report.check(
        False,
        label,
        found=values[0],
        code=EMAIL_MISSING,
        problem=problem % {"found": shown_text(values[0])},
    )
    return None


def answer_from_assertion(
    report: VerificationReport,
    expected: ExpectedAssertion,
    *,
    subject: str,
    address: EmailAddress | None,
    assertion_id: str,
    used_until: float,
) -> ProviderAnswer:
    """The identity that a checked assertion proves. Raises: Refused."""
    report.settle()
    assert address is not None  # noqa: S101 - a report with a bad address does not settle
    return ProviderAnswer(
        issuer=expected.issuer,
        provider_key=expected.provider_key,
        subject=subject,
        address=address.ascii,
        addresses=frozenset({address.canonical}),
        assertion_id=assertion_id,
        used_until=used_until,
    )


def read_moment(text: str) -> datetime | None:
    """The time that an xs:dateTime with a zone means; None if it is none."""
    if not _TIME.match(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def text_of(node: Element | None) -> str:
    """The text of an element that holds nothing but text; empty for any other."""
    if node is None or len(node):
        return ""
    return (node.text or "").strip()
