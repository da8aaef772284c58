"""Whose fault a refusal of the relay is, and what administrators read of it (REL-8, REL-9)."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from portal.outbox.models import MailState
from portal.outbox.sending import delivery, smtp
from portal.outbox.sending.smtp import Verdict
from tests.support.letters import Enqueue
from tests.support.slow_relay import SlowRelay
from tests.support.smtp_sink import SmtpSink


@pytest.mark.rule("REL-8", "REL-9")
@pytest.mark.parametrize(
    ("code", "words", "verdict"),
    [
        (550, "5.1.1 No such user", Verdict.PERMANENT),
        (550, "No such user", Verdict.PERMANENT),
        (552, "5.2.2 Mailbox full", Verdict.PERMANENT),
        (554, "5.6.0 Message content rejected", Verdict.PERMANENT),
        (554, "5.7.1 Message contains a virus, sender informed", Verdict.PERMANENT),
        (550, "5.7.1 The recipient takes no mail from outside", Verdict.PERMANENT),
        (554, "5.2.0 STOREDRV.Submission.Exception:OutboundSpamException", Verdict.RELAY_TROUBLE),
        (550, "5.2.0 Submission quota exceeded", Verdict.RELAY_TROUBLE),
        (550, "5.7.1 Relaying denied", Verdict.RELAY_TROUBLE),
        (550, "5.7.501 Access denied, your account is suspended", Verdict.RELAY_TROUBLE),
        (554, "5.7.1 Client host blocked using Spamhaus", Verdict.RELAY_TROUBLE),
        (
            550,
            "5.7.60 You may not send as this sender",
            Verdict.RELAY_TROUBLE,
        ),
        (530, "5.7.0 Must issue a STARTTLS command first", Verdict.RELAY_TROUBLE),
        (535, "5.7.8 Bad credentials", Verdict.RELAY_TROUBLE),
        (451, "4.7.1 Greylisted", Verdict.TEMPORARY),
        (452, "4.2.2 Mailbox full", Verdict.TEMPORARY),
    ],
)
def test_refusals_are_sorted_by_whose_fault_they_are(
    code: int, words: str, verdict: Verdict
) -> None:
    assert smtp.judge_reply(code, words) is verdict


@pytest.mark.django_db
@pytest.mark.rule("REL-9")
@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_spent_quota_costs_the_mail_no_try(
    enqueue: Enqueue, smtp_sink: SmtpSink, stage: str
) -> None:
    refuse = smtp_sink.refuse if stage == "rcpt" else smtp_sink.refuse_content
    refuse("ada@partner.test", "550 5.2.0 Submission quota exceeded")
    mail = enqueue()

    assert delivery.deliver_mail(mail.pk) is MailState.PENDING

    mail.refresh_from_db()
    assert (mail.tries, mail.reply_text) == (0, "5.2.0 Submission quota exceeded")


@pytest.mark.django_db
@pytest.mark.rule("REL-9")
def test_a_relay_that_refuses_with_its_greeting_is_quoted_by_its_words(
    enqueue: Enqueue, smtp_sink: SmtpSink, settings: Settings
) -> None:
    relay = SlowRelay("never", greeting="421 4.3.2 Too busy, come back")
    settings.EMAIL_PORT = relay.port
    mail = enqueue()
    try:
        assert delivery.deliver_mail(mail.pk) is MailState.PENDING
    finally:
        relay.stop()

    mail.refresh_from_db()
    assert (mail.reply_code, mail.reply_text) == (421, "4.3.2 Too busy, come back")


@pytest.mark.django_db
@pytest.mark.rule("REL-9")
def test_a_relay_that_is_away_is_named_in_words(
    enqueue: Enqueue, smtp_sink: SmtpSink, settings: Settings
) -> None:
    settings.EMAIL_PORT = 1  # nobody listens there
    mail = enqueue()

    delivery.deliver_mail(mail.pk)

    mail.refresh_from_db()
    assert (mail.reply_code, mail.reply_text) == (None, "The relay refuses connections.")
