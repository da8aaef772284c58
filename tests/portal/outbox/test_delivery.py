"""Claim, send, store what happened (REL-4 to REL-11, REL-14)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import DataError, transaction
from django.utils import timezone
from pytest_django import Settings

from portal.outbox.actions import enqueue_mail
from portal.outbox.mail_types import MAIL_TYPES, MailType
from portal.outbox.models import DeliveryAttempt, MailState, OutgoingMail, Queue
from portal.outbox.sending import delivery
from portal.outbox.sending.sweeper import sweep_queues
from portal.tenants.models import Tenant
from portal.values.email_address import TransportAddress
from tests.support.letters import Enqueue, Letters
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db


def make_due(mail: OutgoingMail) -> None:
    OutgoingMail.unscoped.filter(pk=mail.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def state_of(mail: OutgoingMail) -> str:
    mail.refresh_from_db()
    return mail.state


@pytest.mark.rule("REL-5")
def test_ten_runs_send_one_mail(enqueue: Enqueue, smtp_sink: SmtpSink) -> None:
    mail = enqueue()

    outcomes = [delivery.deliver_mail(mail.pk) for _ in range(10)]

    assert outcomes == [MailState.SENT] + [None] * 9
    assert [m.message["Message-ID"] for m in smtp_sink.messages] == [f"<{mail.pk}@portal.test>"]


@pytest.mark.rule("REL-10")
def test_an_address_that_smtp_cannot_write_counts_against_its_mail_alone(
    enqueue: Enqueue, smtp_sink: SmtpSink
) -> None:
    bad, good = enqueue("nils@bücher.test"), enqueue("ada@partner.test")

    sweep_queues(["mail"])

    assert state_of(bad) == MailState.PENDING
    assert bad.poison_count == 1
    assert state_of(good) == MailState.SENT
    for _again in range(4):
        make_due(bad)
        sweep_queues(["mail"])
    assert state_of(bad) == MailState.FAILED


@pytest.mark.rule("REL-3", "REL-5")
def test_a_mail_whose_outcome_cannot_be_noted_does_not_stop_the_sweep(
    tenant: Tenant, letters: Letters, enqueue: Enqueue, smtp_sink: SmtpSink
) -> None:
    def fail(_mail: OutgoingMail) -> None:
        raise ZeroDivisionError("a defect of the app that owns the mail")

    MAIL_TYPES.register("faulty", MailType("faulty", Queue.MAIL, letters.build, on_sent=fail))
    try:
        faulty = enqueue("first@partner.test", "faulty")
        good = enqueue("ada@partner.test")

        sweep_queues(["mail"])
    finally:
        MAIL_TYPES.unregister("faulty")

    assert state_of(good) == MailState.SENT
    assert state_of(faulty) == MailState.SENT, "it has left, and must not leave again"


@pytest.mark.rule("REL-10")
def test_a_mail_of_an_app_that_is_gone_counts_against_itself(
    enqueue: Enqueue, smtp_sink: SmtpSink
) -> None:
    orphan, good = enqueue("first@partner.test"), enqueue("ada@partner.test")
    OutgoingMail.unscoped.filter(pk=orphan.pk).update(kind="gone")

    sweep_queues(["mail"])

    assert (state_of(orphan), orphan.poison_count) == (MailState.PENDING, 1)
    assert state_of(good) == MailState.SENT


@pytest.mark.rule("REL-10")
def test_a_database_error_of_one_mail_counts_against_that_mail(
    enqueue: Enqueue, letters: Letters, smtp_sink: SmtpSink
) -> None:
    bad, good = enqueue("first@partner.test"), enqueue("ada@partner.test")

    def fail_for_one(mail: OutgoingMail) -> None:
        if mail.pk == bad.pk:
            raise DataError("a value that the database cannot take")

    letters.while_building = fail_for_one

    sweep_queues(["mail"])

    assert (state_of(bad), bad.poison_count) == (MailState.PENDING, 1)
    assert state_of(good) == MailState.SENT


@pytest.mark.rule("REL-3", "REL-13")
def test_passcodes_leave_before_everything_else_that_is_due(
    enqueue: Enqueue, smtp_sink: SmtpSink
) -> None:
    for number in range(3):
        enqueue(f"guest{number}@partner.test")
    enqueue("code@partner.test", "note")

    assert sweep_queues(["mail", "passcode"]) == 4

    assert smtp_sink.messages[0].recipients == ("code@partner.test",)


@pytest.mark.rule("SEC-97")
def test_a_message_has_the_stored_recipient_alone(enqueue: Enqueue, smtp_sink: SmtpSink) -> None:
    delivery.deliver_mail(enqueue("only@partner.test").pk)

    assert smtp_sink.messages[0].recipients == ("only@partner.test",)


@pytest.mark.rule("REL-1")
def test_nothing_is_queued_when_the_transaction_fails(tenant: Tenant, letters: Letters) -> None:
    def enqueue_and_fail() -> None:
        with transaction.atomic():
            enqueue_mail(
                "letter",
                tenant=tenant,
                subject_id=tenant.pk,
                recipient=TransportAddress("a@b.test"),
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enqueue_and_fail()

    assert not OutgoingMail.objects.of(tenant).exists()


@pytest.mark.rule("REL-7")
def test_a_temporary_refusal_waits_with_jitter_and_comes_back(
    enqueue: Enqueue, smtp_sink: SmtpSink
) -> None:
    smtp_sink.refuse_content("ada@partner.test", "451 4.3.0 Try later", times=1)
    mail = enqueue()

    assert delivery.deliver_mail(mail.pk) is MailState.PENDING
    mail.refresh_from_db()
    assert (mail.reply_code, mail.tries) == (451, 1)
    assert timezone.now() < mail.due_at <= timezone.now() + timedelta(seconds=60)
    assert delivery.deliver_mail(mail.pk) is None

    make_due(mail)
    assert delivery.deliver_mail(mail.pk) is MailState.SENT
    assert [a.outcome for a in mail.attempts.all()] == ["deferred", "sent"]


@pytest.mark.rule("REL-8")
@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_permanent_refusal_fails_with_the_relays_words(
    enqueue: Enqueue, letters: Letters, smtp_sink: SmtpSink, stage: str
) -> None:
    refuse = smtp_sink.refuse if stage == "rcpt" else smtp_sink.refuse_content
    refuse("ada@partner.test", "550 5.1.1 <ada@partner.test> unknown here")
    mail = enqueue()

    assert delivery.deliver_mail(mail.pk) is MailState.FAILED
    mail.refresh_from_db()
    assert mail.reply_code == 550
    assert "unknown here" in mail.reply_text
    assert "ada@" not in mail.reply_text
    assert letters.failed == [mail.subject_id]


@pytest.mark.rule("REL-9")
def test_a_relay_that_is_away_costs_no_try(
    enqueue: Enqueue, smtp_sink: SmtpSink, settings: Settings
) -> None:
    mail = enqueue()
    settings.EMAIL_PORT = 1  # nobody listens there

    assert delivery.deliver_mail(mail.pk) is MailState.PENDING
    mail.refresh_from_db()
    assert mail.tries == 0

    settings.EMAIL_PORT = smtp_sink.port
    make_due(mail)
    assert delivery.deliver_mail(mail.pk) is MailState.SENT


@pytest.mark.rule("REL-9")
@pytest.mark.parametrize(("kind", "seconds"), [("letter", 30), ("note", 5)])
def test_a_relay_that_is_away_is_asked_again_soon(
    enqueue: Enqueue, smtp_sink: SmtpSink, settings: Settings, kind: str, seconds: int
) -> None:
    mail = enqueue(kind=kind)
    settings.EMAIL_PORT = 1  # nobody listens there
    before = timezone.now()

    assert delivery.deliver_mail(mail.pk) is MailState.PENDING

    mail.refresh_from_db()
    wait = timedelta(seconds=seconds)
    assert before + wait - timedelta(seconds=1) <= mail.due_at <= timezone.now() + wait


@pytest.mark.rule("REL-7")
@pytest.mark.parametrize(
    ("tries", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (100, 60)]
)
def test_waits_double_from_a_minute_to_an_hour(tries: int, minutes: int) -> None:
    base = timedelta(seconds=60)

    longest = delivery.next_wait(tries, base=base, jitter=1)
    shortest = delivery.next_wait(tries, base=base, jitter=0)

    assert (shortest, longest) == (timedelta(), timedelta(minutes=minutes))


@pytest.mark.rule("REL-14")
@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 0), (2, 5), (3, 10), (4, 30), (5, 75), (6, 180), (7, None)]
)
def test_a_passcode_mail_is_tried_at_fixed_moments(tries: int, seconds: int | None) -> None:
    moments = tuple(timedelta(seconds=s) for s in (0, 5, 15, 45, 120, 300))

    wait = delivery.next_wait(tries, base=timedelta(minutes=1), fixed=moments)

    assert wait == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.rule("REL-10")
def test_a_poisonous_mail_waits_five_seconds_and_gives_its_lease_back(
    enqueue: Enqueue, letters: Letters
) -> None:
    mail = enqueue()
    letters.poisonous.add(mail.subject_id)
    before = timezone.now()

    assert delivery.deliver_mail(mail.pk) is MailState.PENDING

    mail.refresh_from_db()
    wait = timedelta(seconds=5)
    assert before + wait - timedelta(seconds=1) <= mail.due_at <= timezone.now() + wait
    assert (mail.lease_until, mail.reply_text, mail.poison_count) == (None, "poison", 1)
    assert [one.outcome for one in mail.attempts.all()] == ["poison"]


@pytest.mark.rule("REL-4", "REL-7")
def test_every_outcome_is_kept_with_its_moment_and_its_words(
    enqueue: Enqueue, smtp_sink: SmtpSink
) -> None:
    smtp_sink.refuse_content("ada@partner.test", "451 4.3.0 Try later", times=1)
    mail = enqueue()
    delivery.deliver_mail(mail.pk)
    mail.refresh_from_db()
    assert (mail.lease_until, mail.finished_at) == (None, None)
    assert "Try later" in mail.reply_text
    make_due(mail)
    before = timezone.now()

    assert delivery.deliver_mail(mail.pk) is MailState.SENT

    mail.refresh_from_db()
    assert (mail.lease_until, mail.tries) == (None, 2)
    assert mail.finished_at is not None
    assert before - timedelta(seconds=1) <= mail.finished_at <= timezone.now()
    deferred = mail.attempts.get(outcome="deferred")
    assert (deferred.reply_code, "Try later" in deferred.reply_text) == (451, True)
    assert deferred.worker.startswith(delivery.worker_name())


@pytest.mark.rule("REL-7")
def test_a_mail_is_tried_for_a_day(enqueue: Enqueue, smtp_sink: SmtpSink) -> None:
    before = timezone.now()
    mail = enqueue()
    day = timedelta(hours=24)
    assert before + day - timedelta(seconds=1) <= mail.give_up_at <= timezone.now() + day

    OutgoingMail.unscoped.filter(pk=mail.pk).update(give_up_at=timezone.now())

    assert delivery.deliver_mail(mail.pk) is MailState.EXPIRED
    assert smtp_sink.messages == []


@pytest.mark.rule("REL-6", "REL-7")
def test_after_silence_behind_the_final_dot_it_waits_five_minutes(
    enqueue: Enqueue, smtp_sink: SmtpSink
) -> None:
    smtp_sink.drop("ada@partner.test")
    mail = enqueue()

    delivery.deliver_mail(mail.pk)

    mail.refresh_from_db()
    assert mail.state == MailState.PENDING
    assert mail.due_at >= timezone.now() + timedelta(minutes=4, seconds=58)


@pytest.mark.rule("REL-10")
def test_poison_fails_after_five_and_the_next_mail_goes_on(
    enqueue: Enqueue, letters: Letters, smtp_sink: SmtpSink
) -> None:
    bad, good = enqueue(), enqueue("next@partner.test")
    letters.poisonous.add(bad.subject_id)

    for _ in range(4):
        make_due(bad)
        assert delivery.deliver_mail(bad.pk) is MailState.PENDING
    make_due(bad)
    assert delivery.deliver_mail(bad.pk) is MailState.FAILED
    delivery.deliver_mail(good.pk)

    assert (state_of(bad), bad.reply_text) == (MailState.FAILED, "poison")
    assert state_of(good) == MailState.SENT


@pytest.mark.rule("REL-11")
def test_a_mail_nobody_wants_any_more_is_cancelled(
    enqueue: Enqueue, letters: Letters, smtp_sink: SmtpSink
) -> None:
    mail = enqueue()
    letters.unwanted.add(mail.subject_id)

    assert delivery.deliver_mail(mail.pk) is MailState.CANCELLED
    assert smtp_sink.messages == []


@pytest.mark.rule("REL-14")
def test_a_passcode_mail_is_dropped_after_fifteen_minutes(
    enqueue: Enqueue, smtp_sink: SmtpSink
) -> None:
    mail = enqueue(kind="note")
    OutgoingMail.unscoped.filter(pk=mail.pk).update(give_up_at=timezone.now())

    assert delivery.deliver_mail(mail.pk) is MailState.EXPIRED
    assert smtp_sink.messages == []


def let_another_worker_take(mail: OutgoingMail) -> None:
    """Let the lease of the worker that has `mail` in hand run out, and another worker claim it."""
    OutgoingMail.unscoped.filter(pk=mail.pk).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )
    assert delivery.claim_mail(mail.pk, "quick worker") is not None


@pytest.mark.rule("REL-4")
@pytest.mark.parametrize("outcome", ["sent", "refused", "deferred", "cancelled", "poison"])
def test_a_worker_that_lost_its_lease_to_another_stores_no_outcome(
    enqueue: Enqueue, letters: Letters, smtp_sink: SmtpSink, outcome: str
) -> None:
    mail = enqueue()
    letters.while_building = let_another_worker_take
    if outcome == "refused":
        smtp_sink.refuse("ada@partner.test", "550 5.1.1 no")
    elif outcome == "deferred":
        smtp_sink.refuse_content("ada@partner.test", "451 4.3.0 Try later", times=1)
    elif outcome == "cancelled":
        letters.unwanted.add(mail.subject_id)
    elif outcome == "poison":
        letters.poisonous.add(mail.subject_id)

    assert delivery.deliver_mail(mail.pk) is None

    mail.refresh_from_db()
    assert (mail.state, mail.lease_owner) == (MailState.SENDING, "quick worker")
    assert (mail.tries, mail.poison_count, mail.finished_at) == (0, 0, None)
    assert letters.sent == letters.failed == []
    assert not mail.attempts.exists()


@pytest.mark.rule("REL-4")
def test_a_worker_that_lost_its_lease_leaves_a_finished_mail_alone(
    enqueue: Enqueue, letters: Letters, smtp_sink: SmtpSink
) -> None:
    mail = enqueue()
    outcomes: list[MailState | None] = []

    def let_another_worker_send(taken: OutgoingMail) -> None:
        letters.while_building = None
        OutgoingMail.unscoped.filter(pk=taken.pk).update(
            lease_until=timezone.now() - timedelta(seconds=1)
        )
        outcomes.append(delivery.deliver_mail(taken.pk))
        smtp_sink.refuse("ada@partner.test", "550 5.1.1 no")

    letters.while_building = let_another_worker_send
    outcomes.append(delivery.deliver_mail(mail.pk))

    assert outcomes == [MailState.SENT, None]
    assert state_of(mail) == MailState.SENT
    assert letters.failed == []


@pytest.mark.rule("REL-4", "REL-17")
def test_a_row_whose_lease_is_over_is_due_again(enqueue: Enqueue, tenant: Tenant) -> None:
    mail = enqueue()
    delivery.claim_mail(mail.pk, "killed worker")
    assert not OutgoingMail.unscoped.due().filter(pk=mail.pk).exists()

    OutgoingMail.unscoped.filter(pk=mail.pk).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )

    assert OutgoingMail.unscoped.due().filter(pk=mail.pk).exists()
    assert DeliveryAttempt.objects.of(tenant).count() == 0


@pytest.mark.rule("REL-21", "FI-8")
@pytest.mark.parametrize("minutes", [5, -5])
def test_the_clock_of_a_worker_does_not_decide_when_a_mail_is_given_up(
    enqueue: Enqueue, smtp_sink: SmtpSink, minutes: int
) -> None:
    sent, over = enqueue("ada@partner.test"), enqueue("late@partner.test")
    now = timezone.now()
    OutgoingMail.unscoped.filter(pk=sent.pk).update(give_up_at=now + timedelta(minutes=2))
    OutgoingMail.unscoped.filter(pk=over.pk).update(give_up_at=now - timedelta(minutes=2))

    with time_machine.travel(now + timedelta(minutes=minutes)):
        outcomes = [delivery.deliver_mail(mail.pk) for mail in (sent, over)]

    assert outcomes == [MailState.SENT, MailState.EXPIRED]
