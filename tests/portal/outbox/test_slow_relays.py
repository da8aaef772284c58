"""A relay that drips or says nothing holds a worker for its total timeout (REL-4, REL-18)."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from portal.demo import certificates
from portal.outbox.sending import smtp
from portal.outbox.sending.smtp import RelayAnswer, Verdict
from tests.support.slow_relay import SlowRelay
from tests.support.smtp_sink import SmtpSink

StartRelay = Callable[..., SlowRelay]
TOTAL = timedelta(seconds=1)


@pytest.fixture
def start_relay(smtp_sink: SmtpSink, settings: Settings) -> Iterator[StartRelay]:
    """`start_relay("greeting", 0.1)` starts a slow relay and sends all mail to it."""
    running: list[SlowRelay] = []

    def start(stalls_at: str, drip_seconds: float | None = None) -> SlowRelay:
        running.append(SlowRelay(stalls_at, drip_seconds))
        settings.EMAIL_PORT = running[-1].port
        return running[-1]

    yield start
    for relay in running:
        relay.stop()


def send() -> tuple[RelayAnswer, float]:
    """What came of a mail, and how many seconds that took."""
    started = time.monotonic()
    message = EmailMessage("A letter", "Hello.", "us@portal.test", ["ada@partner.test"])
    return smtp.send_message(message, TOTAL), time.monotonic() - started


@pytest.mark.rule("REL-4", "REL-18")
@pytest.mark.parametrize("place", ["greeting", "ehlo", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("drip_seconds", [0.1, None])
def test_a_conversation_ends_at_the_total_timeout_wherever_it_stalls(
    start_relay: StartRelay, place: str, drip_seconds: float | None
) -> None:
    start_relay(place, drip_seconds)

    answer, seconds = send()

    assert answer.verdict in {Verdict.RELAY_TROUBLE, Verdict.TEMPORARY}
    assert seconds < 3


@pytest.mark.rule("REL-4", "REL-18")
@pytest.mark.parametrize("setting", ["EMAIL_USE_TLS", "EMAIL_USE_SSL"])
def test_a_relay_that_says_nothing_in_the_tls_handshake_is_left(
    start_relay: StartRelay, settings: Settings, setting: str
) -> None:
    setattr(settings, setting, True)
    start_relay("greeting" if setting == "EMAIL_USE_SSL" else "starttls")

    answer, seconds = send()

    assert answer.verdict is Verdict.RELAY_TROUBLE
    assert seconds < 3


@pytest.mark.rule("REL-5")
def test_a_relay_that_never_answers_quit_delays_nothing(start_relay: StartRelay) -> None:
    start_relay("quit", 0.1)

    answer, seconds = send()

    assert answer.verdict is Verdict.SENT
    assert seconds < 1


@pytest.mark.rule("SEC-96")
def test_implicit_tls_carries_a_mail(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, certificate, key = certificates.ensure_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    sink = SmtpSink(implicit_tls=context)
    sink.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS = True, False
    try:
        answer, _seconds = send()
    finally:
        sink.stop()

    assert answer.verdict is Verdict.SENT
    assert len(sink.messages) == 1
