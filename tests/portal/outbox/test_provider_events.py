"""The mail provider's webhook through django-anymail (INV-23)."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import clear_url_caches, include, path
from pytest_django import Settings

from portal.outbox.bounces import provider_events
from portal.outbox.bounces.delivery_reports import DeliveryReport
from portal.outbox.models import DeliveryAttempt, MailState, OutgoingMail, SuppressedAddress
from portal.outbox.sending import delivery
from tests.support.smtp_sink import SmtpSink

pytest.importorskip("anymail")
Enqueue = Callable[..., OutgoingMail]
SECRET = "provider:0123456789abcdef"
URL = "/mail-events/brevo/tracking/"

urlpatterns: list[Any] = []


@pytest.fixture(autouse=True)
def opened(settings: Settings) -> Iterator[None]:
    """The address, as settings with a provider and a secret open it."""
    settings.PORTAL_MAIL_PROVIDER = "brevo"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    urlpatterns[:] = [path("mail-events/", include((provider_events.urls(), "mail_events")))]
    settings.ROOT_URLCONF = __name__
    clear_url_caches()
    yield
    clear_url_caches()


@pytest.fixture
def sent(enqueue: Enqueue, smtp_sink: SmtpSink) -> OutgoingMail:
    mail = enqueue()
    assert delivery.deliver_mail(mail.pk) is MailState.SENT
    return mail


def post(client: Client, event: dict[str, object], secret: str = SECRET) -> int:
    headers = {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    answer = client.post(
        URL, json.dumps(event), content_type="application/json", headers=headers if secret else {}
    )
    return answer.status_code


def event(mail: OutgoingMail, **fields: object) -> dict[str, object]:
    return {
        "email": mail.recipient,
        "ts_event": 1795600000,
        "event": "hard_bounce",
        "reason": "550 5.1.1 No such user",
        "message-id": f"<{mail.pk}@127.0.0.1>",
        **fields,
    }


@pytest.mark.rule("INV-23", "BET-3")
def test_a_bounce_of_the_provider_counts_like_any_other(client: Client, sent: OutgoingMail) -> None:
    assert post(client, event(sent)) == 200

    sent.refresh_from_db()
    assert (sent.state, sent.reply_text) == (MailState.BOUNCED, "550 5.1.1 No such user")
    assert SuppressedAddress.objects.of(sent.tenant).get().address == "ada@partner.test"


@pytest.mark.rule("INV-23")
def test_a_deferral_is_only_noted(client: Client, sent: OutgoingMail) -> None:
    assert post(client, event(sent, event="deferred", reason="421 4.3.0 Later")) == 200

    sent.refresh_from_db()
    assert sent.state == MailState.SENT
    assert DeliveryAttempt.objects.of(sent.tenant).filter(outcome="delayed").exists()


@pytest.mark.rule("INV-23")
@pytest.mark.parametrize("secret", ["", "provider:wrong"])
def test_without_the_secret_nothing_is_taken(
    client: Client, sent: OutgoingMail, secret: str
) -> None:
    assert post(client, event(sent), secret=secret) == 400

    sent.refresh_from_db()
    assert sent.state == MailState.SENT


def test_events_about_no_mail_of_ours_are_taken_and_left(
    client: Client, sent: OutgoingMail
) -> None:
    foreign = {**event(sent), "message-id": f"<{uuid.uuid4()}@127.0.0.1>"}
    elsewhere = {**event(sent), "message-id": f"<{sent.pk}@elsewhere.example>"}

    assert [post(client, e) for e in (foreign, elsewhere, event(sent, event="opened"))] == [200] * 3

    sent.refresh_from_db()
    assert sent.state == MailState.SENT


@pytest.mark.rule("INV-23")
def test_the_address_exists_only_with_a_provider_and_its_secret(settings: Settings) -> None:
    assert len(provider_events.urls()) == 1
    settings.ANYMAIL = {"WEBHOOK_SECRET": ""}
    assert provider_events.urls() == []
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    settings.PORTAL_MAIL_PROVIDER = ""
    assert provider_events.urls() == []
    settings.PORTAL_MAIL_PROVIDER = "pigeon"
    with pytest.raises(LookupError):
        provider_events.urls()


@pytest.mark.rule("INV-23")
@pytest.mark.parametrize(
    ("kind", "reject_reason", "words", "action", "is_hard"),
    [
        ("bounced", "invalid", None, "failed", True),
        ("bounced", "bounced", "550 5.1.1 Unknown", "failed", True),
        ("bounced", "bounced", "550 5.7.1 Policy", "failed", False),
        ("bounced", "bounced", "452 4.2.2 Full", "failed", False),
        ("bounced", "spam", "550 5.1.1 Looks like spam", "failed", False),
        ("bounced", "blocked", None, "failed", False),
        ("rejected", "timed_out", None, "failed", False),
        ("deferred", None, "421 4.0.0", "delayed", False),
        ("delivered", None, "250 ok", "delivered", False),
        ("complained", None, None, "complained", False),
    ],
)
def test_what_the_package_calls_it_and_what_it_means(
    kind: str, reject_reason: str | None, words: str | None, action: str, is_hard: bool
) -> None:
    from anymail.signals import AnymailTrackingEvent

    mail_id = uuid.uuid4()
    found = provider_events.report_of(
        AnymailTrackingEvent(
            event_type=kind,
            message_id=f"<{mail_id}@127.0.0.1>",
            reject_reason=reject_reason,
            mta_response=words,
            recipient="ada@partner.test",
        )
    )

    assert isinstance(found, DeliveryReport)
    assert (found.mail_id, found.action, found.is_hard) == (mail_id, action, is_hard)
