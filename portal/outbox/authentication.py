"""What SPF, DKIM and DMARC say about our mail: DNS records, and a received message (SEC-95).

Pure but for the look-ups; RFC 7208, 6376, 7489 and 8601.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from portal import dns_records
from portal.dns_records import DnsFailed


class Level(enum.Enum):
    """How a line of the report is meant."""

    GOOD = "ok"
    WARNING = "warn"
    BAD = "FAIL"


@dataclass(frozen=True)
class Line:
    """One line of the report."""

    level: Level
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.level.value:<5}{self.subject}: {self.text}"


def is_aligned(one: str, other: str) -> bool:
    """Whether two domains belong together as DMARC's relaxed mode means it.

    Without a list of public suffixes: the same, or one below the other.
    """
    one, other = one.lower().rstrip("."), other.lower().rstrip(".")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def records(from_domain: str, envelope_domain: str) -> Iterator[Line]:
    """The lines about the published records of both domains."""
    if is_aligned(from_domain, envelope_domain):
        yield Line(Level.GOOD, "Alignment", f"From {from_domain}, envelope {envelope_domain}")
    else:
        text = f"From {from_domain} and envelope {envelope_domain} do not belong together"
        yield Line(Level.BAD, "Alignment", text)
    yield _spf(envelope_domain)
    yield _dmarc(from_domain)


def _spf(domain: str) -> Line:
    try:
        found = [t for t in dns_records.text_records(domain) if _is(t, "v=spf1")]
    except DnsFailed:
        return Line(Level.BAD, "SPF record", f"the name servers of {domain} gave no answer")
    if len(found) != 1:
        what = "no record" if not found else f"{len(found)} records; only one may stand there"
        return Line(Level.BAD, "SPF record", f"{domain} has {what}")
    terms = found[0].lower().split()
    if any(term.startswith("redirect=") for term in terms) or terms[-1] in {"-all", "~all"}:
        return Line(Level.GOOD, "SPF record", found[0])
    if "all" in terms or "+all" in terms:
        return Line(Level.BAD, "SPF record", f"lets everybody send: {found[0]}")
    return Line(Level.WARNING, "SPF record", f"refuses nobody, end it with ~all: {found[0]}")


def _dmarc(domain: str) -> Line:
    parent = ".".join(domain.split(".")[1:])
    names = [domain, *([parent] if "." in parent else [])]
    for name in names:
        try:
            found = [t for t in dns_records.text_records(f"_dmarc.{name}") if _is(t, "v=dmarc1")]
        except DnsFailed:
            return Line(Level.BAD, "DMARC record", f"the name servers of {name} gave no answer")
        if len(found) == 1:
            return _dmarc_policy(found[0])
        if found:
            return Line(Level.BAD, "DMARC record", f"_dmarc.{name} has {len(found)} records")
    return Line(Level.BAD, "DMARC record", f"_dmarc.{domain} has no record")


def _dmarc_policy(record: str) -> Line:
    tags = dict(re.findall(r"(\w+)\s*=\s*([^;\s]+)", record.lower()))
    if tags.get("p") in {"quarantine", "reject"}:
        return Line(Level.GOOD, "DMARC record", record)
    return Line(Level.WARNING, "DMARC record", f"only watches, others may use the name: {record}")


def _is(text: str, version: str) -> bool:
    return re.split(r"[\s;]", text.strip().lower(), maxsplit=1)[0] == version


def received(content: bytes, from_domain: str) -> Iterator[Line]:
    """The lines about a message of ours as the recipient's server stored it.

    Only the topmost Authentication-Results is read: that server writes its own on top, and those
    below may be anybody's (RFC 8601 section 5).
    """
    message: EmailMessage = message_from_bytes(content, policy=policy.default)
    results = [str(value) for value in message.get_all("Authentication-Results", [])]
    if not results:
        yield Line(Level.BAD, "Received message", "has no Authentication-Results")
        return
    text = " ".join(re.sub(r"\([^()]*\)", " ", results[0]).split())
    server, _semicolon, rest = text.partition(";")
    yield Line(Level.GOOD, "Received message", f"judged by {server.split(' ')[0]}")
    verdicts = list(_verdicts(rest))
    yield _verdict(verdicts, "spf", "smtp.mailfrom", from_domain)
    yield _verdict(verdicts, "dkim", "header.d", from_domain)
    yield _verdict(verdicts, "dmarc", "header.from", from_domain)
    yield from _signatures(message, from_domain)


def _verdicts(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Method, result and properties of each part, such as `dkim=pass header.d=example.com`."""
    for part in text.split(";"):
        words = [word.partition("=") for word in part.split()]
        if words and words[0][1]:
            values = {name.lower(): value.strip('"') for name, _equals, value in words[1:]}
            yield words[0][0].lower().split("/")[0], words[0][2].lower(), values


def _verdict(
    verdicts: list[tuple[str, str, dict[str, str]]], method: str, name: str, from_domain: str
) -> Line:
    """The best of a method's results: passed, and for our domain."""
    subject, mine = method.upper(), [v for v in verdicts if v[0] == method]
    for _method, result, values in mine:
        # Some servers write header.i=@example.com instead of header.d.
        domain = (values.get(name) or values.get("header.i", "")).rpartition("@")[2]
        if result == "pass" and domain and is_aligned(domain, from_domain):
            return Line(Level.GOOD, subject, f"passed for {domain}")
    if any(result == "pass" for _m, result, _v in mine):
        return Line(Level.BAD, subject, f"passed, but not for {from_domain}")
    what = ", ".join(result for _m, result, _v in mine) or "was not looked at"
    return Line(Level.BAD, subject, what)


def _signatures(message: EmailMessage, from_domain: str) -> Iterator[Line]:
    """Whether the keys of our signatures are published."""
    for value in message.get_all("DKIM-Signature", [])[:5]:
        tags = dict(re.findall(r"(\w+)\s*=\s*([^;\s]+)", str(value)))
        domain, selector = tags.get("d", ""), tags.get("s", "")
        if not (domain and selector and is_aligned(domain, from_domain)):
            continue
        name = f"{selector}._domainkey.{domain}"
        try:
            keys = [t for t in dns_records.text_records(name) if re.search(r"\bp=[^;\s]", t)]
        except DnsFailed:
            keys = []
        if keys:
            yield Line(Level.GOOD, "DKIM key", name)
        else:
            yield Line(Level.BAD, "DKIM key", f"{name} is not published")
