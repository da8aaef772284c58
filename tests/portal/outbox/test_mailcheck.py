"""`manage.py mailcheck`: records, relay, and what the recipient's server found (SEC-95, SEC-96)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from portal.demo import certificates
from portal.outbox.mailcheck import is_aligned
from portal.outbox.models import MailState, OutgoingMail
from portal.outbox.sending import delivery
from tests.support.name_server import NameServer, running
from tests.support.smtp_sink import SmtpSink

Enqueue = Callable[..., OutgoingMail]
OUR = "portal.example"
MAILBOX = "grace@mailbox.test"
RESULTS = (
    "mx.mailbox.test; spf=pass (sender ok) smtp.mailfrom=bounces@portal.example;"
    " dkim=pass header.d=portal.example header.s=one;"
    " dmarc=pass (p=REJECT) header.from=portal.example"
)


@pytest.fixture(autouse=True)
def names(settings: Settings) -> Iterator[NameServer]:
    """A name server where everything is as it should be."""
    settings.PORTAL_MAIL_FROM = f"invitations@{OUR}"
    settings.PORTAL_MAIL_RETURN_PATH = f"bounces@{OUR}"
    with running(NameServer()) as server:
        settings.PORTAL_DNS_SERVERS = [server.address]
        server.texts = {
            OUR: ["unrelated=1", "v=spf1 ip4:192.0.2.7 -all"],
            f"_dmarc.{OUR}": ["v=DMARC1; p=reject; rua=mailto:dmarc@portal.example"],
            f"one._domainkey.{OUR}": ["v=DKIM1; k=rsa; p=MIGfMA0"],
        }
        yield server


def check(**options: object) -> tuple[list[str], bool]:
    """The lines, and whether the command ended well."""
    out = StringIO()
    try:
        call_command("mailcheck", stdout=out, **options)
    except CommandError:
        return out.getvalue().splitlines(), False
    return out.getvalue().splitlines(), True


def line(lines: list[str], subject: str) -> str:
    return next(text for text in lines if text[5:].startswith(f"{subject}:"))


@pytest.mark.rule("SEC-95")
def test_a_mail_goes_through_the_relay_and_the_records_are_read(smtp_sink: SmtpSink) -> None:
    lines, is_good = check(to=MAILBOX)

    assert is_good, lines
    assert {text[:5].strip() for text in lines} == {"ok"}
    [mail] = smtp_sink.to(MAILBOX)
    assert mail.sender == f"bounces@{OUR}"
    assert mail.message["From"].addresses[0].addr_spec == f"invitations@{OUR}"
    assert mail.message["Message-ID"] in line(lines, "Message-ID")


@pytest.mark.rule("SEC-95", "SEC-96")
def test_the_report_names_protocol_and_cipher(
    smtp_sink: SmtpSink, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, certificate, key = certificates.ensure_certificates(tmp_path)
    smtp_sink.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    smtp_sink.tls.load_cert_chain(certificate, key)
    settings.EMAIL_USE_TLS = True

    lines, is_good = check(to=MAILBOX)
    assert not is_good
    assert "certificate verify failed" in line(lines, "TLS").lower()
    assert smtp_sink.messages == []

    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    lines, is_good = check(to=MAILBOX)
    assert is_good, lines
    assert "TLSv1.3" in line(lines, "TLS")
    assert len(smtp_sink.messages) == 1


@pytest.mark.rule("SEC-96")
def test_a_relay_whose_starttls_was_stripped_receives_nothing(
    smtp_sink: SmtpSink, settings: Settings, enqueue: Enqueue
) -> None:
    settings.EMAIL_USE_TLS = True
    mail = enqueue()

    assert delivery.deliver_mail(mail.pk) is MailState.PENDING
    lines, is_good = check(to=MAILBOX)

    assert smtp_sink.messages == []
    assert not is_good
    assert line(lines, "TLS").startswith("FAIL")


@pytest.mark.rule("SEC-95")
def test_a_refusal_of_the_relay_fails_the_check(smtp_sink: SmtpSink) -> None:
    smtp_sink.refuse(MAILBOX, "550 5.7.1 Relaying denied")

    lines, is_good = check(to=MAILBOX)

    assert not is_good
    assert "550 5.7.1 Relaying denied" in line(lines, "Relay")


@pytest.mark.rule("SEC-95")
@pytest.mark.parametrize(
    ("name", "texts", "subject", "level"),
    [
        (OUR, [], "SPF record", "FAIL"),
        (OUR, ["v=spf1 -all", "v=spf1 ~all"], "SPF record", "FAIL"),
        (OUR, ["v=spf1 +all"], "SPF record", "FAIL"),
        (OUR, ["v=spf1 mx ?all"], "SPF record", "warn"),
        (OUR, ["v=spf1 redirect=_spf.mailer.example"], "SPF record", "ok"),
        (f"_dmarc.{OUR}", [], "DMARC record", "FAIL"),
        (f"_dmarc.{OUR}", ["v=DMARC1; p=none"], "DMARC record", "warn"),
        (f"_dmarc.{OUR}", ["v=DMARC1; p=reject", "v=DMARC1; p=none"], "DMARC record", "FAIL"),
    ],
)
def test_records_are_judged(
    names: NameServer, name: str, texts: list[str], subject: str, level: str
) -> None:
    names.texts[name] = texts

    lines, is_good = check()

    assert line(lines, subject).split(" ")[0].strip() == level
    assert is_good == (level != "FAIL")


@pytest.mark.rule("SEC-95")
def test_the_policy_of_the_domain_above_holds_for_one_below(
    names: NameServer, settings: Settings
) -> None:
    settings.PORTAL_MAIL_FROM = f"guests@news.{OUR}"

    lines, is_good = check()

    assert is_good, lines


@pytest.mark.rule("SEC-95")
def test_a_foreign_envelope_is_not_aligned(settings: Settings) -> None:
    settings.PORTAL_MAIL_RETURN_PATH = "us@mailer.example"

    lines, _is_good = check()

    assert line(lines, "Alignment").startswith("FAIL")


def test_name_servers_without_an_answer_are_named(names: NameServer) -> None:
    names.is_failing = True

    lines, is_good = check()

    assert not is_good
    assert "gave no answer" in line(lines, "SPF record")


def received(folder: Path, *headers: str, domain: str = OUR) -> Path:
    """A mail of ours as a mailbox stored it."""
    own = f"Message-ID: <0d4c1c2e-90aa-4a5b-8f43-3ad3a4a4c001@{domain}>"
    signature = f"DKIM-Signature: v=1; a=rsa-sha256; d={OUR}; s=one; h=from; bh=x; b=y"
    text = "\r\n".join([*headers, signature, own, f"From: invitations@{OUR}", "", "Hello."])
    file = folder / "mail.eml"
    file.write_bytes(text.encode())
    return file


@pytest.mark.rule("SEC-95")
def test_a_received_mail_tells_spf_dkim_and_dmarc(tmp_path: Path) -> None:
    lines, is_good = check(received=received(tmp_path, f"Authentication-Results: {RESULTS}"))

    assert is_good, lines
    for subject in ("SPF", "DKIM", "DMARC", "DKIM key"):
        assert line(lines, subject).startswith("ok")


@pytest.mark.rule("SEC-95")
@pytest.mark.parametrize(
    ("old", "new", "subject"),
    [
        ("spf=pass", "spf=softfail", "SPF"),
        ("bounces@portal.example", "bounces@mailer.example", "SPF"),
        ("dkim=pass", "dkim=fail", "DKIM"),
        ("header.d=portal.example", "header.d=mailer.example", "DKIM"),
        ("dmarc=pass", "dmarc=none", "DMARC"),
    ],
)
def test_each_verdict_that_does_not_hold_for_us_fails(
    tmp_path: Path, old: str, new: str, subject: str
) -> None:
    results = RESULTS.replace(old, new)

    lines, is_good = check(received=received(tmp_path, f"Authentication-Results: {results}"))

    assert not is_good
    assert line(lines, subject).startswith("FAIL")


@pytest.mark.rule("SEC-95")
def test_only_the_topmost_verdict_counts(tmp_path: Path) -> None:
    bad = "Authentication-Results: mx.mailbox.test; spf=fail smtp.mailfrom=portal.example"
    forged = f"Authentication-Results: {RESULTS}"

    _lines, is_good = check(received=received(tmp_path, bad, forged))

    assert not is_good


def test_another_mail_or_none_is_refused(tmp_path: Path, names: NameServer) -> None:
    good = f"Authentication-Results: {RESULTS}"

    assert not check(received=received(tmp_path, good, domain="elsewhere.example"))[1]
    assert not check(received=tmp_path / "nothing.eml")[1]
    assert not check(received=received(tmp_path))[1]
    names.texts.pop(f"one._domainkey.{OUR}")
    assert not check(received=received(tmp_path, good))[1]
    with pytest.raises(CommandError):
        call_command("mailcheck", to="no address")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a.example", "A.example.", True),
        ("mail.a.example", "a.example", True),
        ("a.example", "mail.a.example", True),
        ("ba.example", "a.example", False),
        ("a.example", "b.example", False),
    ],
)
def test_alignment_is_relaxed(one: str, other: str, expected: bool) -> None:
    assert is_aligned(one, other) is expected
