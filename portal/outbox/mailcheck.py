"""Check deliverability: a test mail, and what SPF, DKIM and DMARC say (SEC-95, SEC-96).

Pure apart from mail and DNS look-ups; RFC 7208, 6376, 7489 and 8601.
"""

from __future__ import annotations

import enum
import re
import smtplib
import socket
import ssl
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone

from portal.net import dns
from portal.net.dns import DnsFailed
from portal.outbox.bounces import delivery_reports
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import relay_connection, smtp
from portal.outbox.sending.messages import Content, OutgoingMessage, own_domain
from portal.outbox.sending.smtp import Verdict
from portal.values.redirect_url import is_loopback


class Level(enum.Enum):
    """How a line of the report is meant."""

    GOOD = "ok"
    WARNING = "warn"
    BAD = "FAIL"


@dataclass(frozen=True)
class CheckLine:
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


def check_dns_records(from_domain: str, envelope_domain: str) -> Iterator[CheckLine]:
    """The lines about the published records of both domains."""
    if is_aligned(from_domain, envelope_domain):
        yield CheckLine(Level.GOOD, "Alignment", f"From {from_domain}, envelope {envelope_domain}")
    else:
        text = f"From {from_domain} and envelope {envelope_domain} do not belong together"
        yield CheckLine(Level.BAD, "Alignment", text)
    yield _spf(envelope_domain)
    yield _dmarc(from_domain)


def _spf(domain: str) -> CheckLine:
    try:
        found = [t for t in dns.text_records(domain) if _is(t, "v=spf1")]
    except DnsFailed:
        return CheckLine(Level.BAD, "SPF record", f"the name servers of {domain} gave no answer")
    if len(found) != 1:
        what = "no record" if not found else f"{len(found)} records; only one may stand there"
        return CheckLine(Level.BAD, "SPF record", f"{domain} has {what}")
    terms = found[0].lower().split()
    if any(term.startswith("redirect=") for term in terms) or terms[-1] in {"-all", "~all"}:
        return CheckLine(Level.GOOD, "SPF record", found[0])
    if "all" in terms or "+all" in terms:
        return CheckLine(Level.BAD, "SPF record", f"lets everybody send: {found[0]}")
    return CheckLine(Level.WARNING, "SPF record", f"refuses nobody, end it with ~all: {found[0]}")


def _dmarc(domain: str) -> CheckLine:
    parent = ".".join(domain.split(".")[1:])
    names = [domain, *([parent] if "." in parent else [])]
    for name in names:
        try:
            found = [t for t in dns.text_records(f"_dmarc.{name}") if _is(t, "v=dmarc1")]
        except DnsFailed:
            return CheckLine(
                Level.BAD, "DMARC record", f"the name servers of {name} gave no answer"
            )
        if len(found) == 1:
            return _dmarc_policy(found[0])
        if found:
            return CheckLine(Level.BAD, "DMARC record", f"_dmarc.{name} has {len(found)} records")
    return CheckLine(Level.BAD, "DMARC record", f"_dmarc.{domain} has no record")


def _dmarc_policy(record: str) -> CheckLine:
    tags = dict(re.findall(r"(\w+)\s*=\s*([^;\s]+)", record.lower()))
    if tags.get("p") in {"quarantine", "reject"}:
        return CheckLine(Level.GOOD, "DMARC record", record)
    return CheckLine(
        Level.WARNING, "DMARC record", f"only watches, others may use the name: {record}"
    )


def _is(text: str, version: str) -> bool:
    return re.split(r"[\s;]", text.strip().lower(), maxsplit=1)[0] == version


def check_received_mail(content: bytes, from_domain: str) -> Iterator[CheckLine]:
    """The lines about a message of ours as the recipient's server stored it.

    Only the topmost Authentication-Results is read: that server writes its own on top, and those
    below may be anybody's (RFC 8601 section 5).
    """
    message: EmailMessage = message_from_bytes(content, policy=policy.default)
    results = [str(value) for value in message.get_all("Authentication-Results", [])]
    if not results:
        yield CheckLine(Level.BAD, "Received message", "has no Authentication-Results")
        return
    text = " ".join(re.sub(r"\([^()]*\)", " ", results[0]).split())
    server, _semicolon, rest = text.partition(";")
    yield CheckLine(Level.GOOD, "Received message", f"judged by {server.split(' ')[0]}")
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
) -> CheckLine:
    """The best of a method's results: passed, and for our domain."""
    subject, mine = method.upper(), [v for v in verdicts if v[0] == method]
    for _method, result, values in mine:
        # Some servers write header.i=@example.com instead of header.d.
        domain = (values.get(name) or values.get("header.i", "")).rpartition("@")[2]
        if result == "pass" and domain and is_aligned(domain, from_domain):
            return CheckLine(Level.GOOD, subject, f"passed for {domain}")
    if any(result == "pass" for _m, result, _v in mine):
        return CheckLine(Level.BAD, subject, f"passed, but not for {from_domain}")
    what = ", ".join(result for _m, result, _v in mine) or "was not looked at"
    return CheckLine(Level.BAD, subject, what)


def _signatures(message: EmailMessage, from_domain: str) -> Iterator[CheckLine]:
    """Whether the keys of our signatures are published."""
    for value in message.get_all("DKIM-Signature", [])[:5]:
        tags = dict(re.findall(r"(\w+)\s*=\s*([^;\s]+)", str(value)))
        domain, selector = tags.get("d", ""), tags.get("s", "")
        if not (domain and selector and is_aligned(domain, from_domain)):
            continue
        name = f"{selector}._domainkey.{domain}"
        try:
            keys = [t for t in dns.text_records(name) if re.search(r"\bp=[^;\s]", t)]
        except DnsFailed:
            keys = []
        if keys:
            yield CheckLine(Level.GOOD, "DKIM key", name)
        else:
            yield CheckLine(Level.BAD, "DKIM key", f"{name} is not published")


TIMEOUT = timedelta(seconds=60)


def send_test_mail(recipient: str) -> Iterator[CheckLine]:
    """Send a test mail to `recipient`, and say how the conversation went."""
    yield from _relay()
    mail = OutgoingMail(id=uuid.uuid4(), recipient=recipient, created_at=timezone.now())
    answer = smtp.send_message(OutgoingMessage(mail, _content(mail)), TIMEOUT)
    words = f"{answer.code or ''} {answer.text}".strip()
    if answer.verdict is Verdict.SENT:
        yield CheckLine(Level.GOOD, "Relay", f"took the mail: {words}")
        yield CheckLine(Level.GOOD, "Message-ID", f"<{mail.pk}@{own_domain()}>")
    else:
        yield CheckLine(
            Level.BAD, "Relay", f"did not take the mail ({answer.verdict.value}): {words}"
        )


def dns_report() -> Iterator[CheckLine]:
    """What the domains of From and envelope publish."""
    envelope = settings.PORTAL_MAIL_RETURN_PATH.rpartition("@")[2]
    yield from check_dns_records(own_domain(), envelope or own_domain())


def received_report(path: Path) -> Iterator[CheckLine]:
    """What the recipient's server wrote into the received mail."""
    try:
        content = path.read_bytes()
    except OSError as error:
        yield CheckLine(Level.BAD, "Received message", f"can’t be read: {error.strerror}")
        return
    if (
        delivery_reports.mail_id_in(content[:20_000].decode("ascii", "replace"), own_domain())
        is None
    ):
        yield CheckLine(Level.BAD, "Received message", "is none of ours: another Message-ID")
        return
    yield from check_received_mail(content, own_domain())


def _relay() -> Iterator[CheckLine]:
    """Whether the relay's line is encrypted, and by what."""
    connection = get_connection(fail_silently=False)
    if not isinstance(connection, EmailBackend):
        yield CheckLine(Level.WARNING, "Relay", "the settings send no mail by SMTP")
        return
    name = f"{connection.host}:{connection.port}"
    try:
        with relay_connection.open_relay(connection, TIMEOUT) as relay:
            yield _encryption(name, str(connection.host), relay.sock)
    except (OSError, smtplib.SMTPException) as error:
        yield CheckLine(Level.BAD, "TLS", f"{name}: {type(error).__name__}: {error}"[:300])


def _encryption(name: str, host: str, line: socket.socket | None) -> CheckLine:
    if isinstance(line, ssl.SSLSocket):
        cipher = line.cipher()
        text = f"{name}, {line.version()}, {cipher[0] if cipher else '?'}"
        return CheckLine(Level.GOOD, "TLS", text)
    if is_loopback(host):
        return CheckLine(Level.GOOD, "TLS", f"{name} is this machine, none is needed")
    text = f"{name} is asked without TLS; use smtp+tls:// or smtps:// in EMAIL_URL"
    return CheckLine(Level.BAD, "TLS", text)


def _content(mail: OutgoingMail) -> Content:
    text = (
        f"This is a test of {settings.PORTAL_PRODUCT_NAME} at {settings.PORTAL_BASE_URL}.\n\n"
        "Save this message as it was received (.eml) and give it to\n"
        "    manage.py mailcheck --received FILE\n"
    )
    return Content(
        subject=f"{settings.PORTAL_PRODUCT_NAME} mail check",
        text=text,
        html=f"<pre>{text}</pre>",
        sender_name=settings.PORTAL_PRODUCT_NAME,
    )
