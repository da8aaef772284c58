"""Real broker, real workers, real SMTP (REL-2, REL-3, REL-12, REL-15)."""

from __future__ import annotations

import base64
import json
import threading
import time

import pytest
from django.db import connections

from portal.outbox.actions import hold_mail, release_mail, retry_mail
from portal.outbox.models import MailState, OutgoingMail, Queue
from portal.outbox.sending import delivery, publishing, sweeper
from portal.tenants.models import Tenant
from tests.factories import MemberFactory
from tests.support.broker import Broker, StartWorker
from tests.support.letters import Enqueue
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def publishing_is_not_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "paused_until", 0.0)


@pytest.mark.rule("REL-12")
def test_a_queued_mail_leaves_through_broker_and_worker(
    enqueue: Enqueue, worker: StartWorker, smtp_sink: SmtpSink
) -> None:
    worker("mail")

    enqueue("ada@partner.test")

    assert len(smtp_sink.wait_for(1, to="ada@partner.test")) == 1


@pytest.mark.rule("REL-2", "SEC-113")
def test_the_broker_holds_the_id_and_nothing_else_of_the_mail(
    enqueue: Enqueue, broker: Broker
) -> None:
    mail = enqueue("ada@partner.test")

    with broker.client() as client:
        messages = client.lrange("mail", 0, -1)
    assert len(messages) == 1
    body = base64.b64decode(json.loads(messages[0])["body"])
    assert str(mail.pk).encode() in body
    assert b"ada@partner.test" not in body
    assert b"ada@partner.test" not in messages[0]


@pytest.mark.rule("REL-2", "REL-15")
def test_with_the_broker_down_nothing_fails_and_nothing_is_lost(
    enqueue: Enqueue, broker: Broker, smtp_sink: SmtpSink
) -> None:
    broker.stop()
    started = time.monotonic()

    mails = [enqueue(f"guest{n}@partner.test") for n in range(20)]

    # One publish pays the half second; the pause spares the others (REL-2).
    assert time.monotonic() - started < 5
    assert sweeper.sweep_queues([Queue.MAIL]) == 20
    assert len(smtp_sink.messages) == 20
    broker.start()
    assert sweeper.sweep_queues([Queue.MAIL]) == 0
    assert {m.state for m in OutgoingMail.unscoped.filter(pk__in=[m.pk for m in mails])} == {
        MailState.SENT
    }


@pytest.mark.rule("REL-3")
def test_several_sweepers_send_each_mail_once(
    enqueue: Enqueue, smtp_sink: SmtpSink, broker: Broker
) -> None:
    broker.stop()
    for number in range(60):
        enqueue(f"guest{number}@partner.test")
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        sweeper.sweep_queues([Queue.MAIL])
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    recipients = [m.recipients[0] for m in smtp_sink.messages]
    assert sorted(recipients) == sorted({f"guest{n}@partner.test" for n in range(60)})


@pytest.mark.rule("REL-16")
def test_a_queue_is_served_while_a_worker_beats() -> None:
    assert not sweeper.is_served(Queue.PASSCODE)

    sweeper.note_heartbeat("worker@test", [Queue.PASSCODE])

    assert sweeper.is_served(Queue.PASSCODE)
    assert not sweeper.is_served(Queue.MAIL)


@pytest.mark.rule("REL-8", "SEC-103")
def test_operators_hold_release_and_retry_with_an_audit_row(
    enqueue: Enqueue, tenant: Tenant, smtp_sink: SmtpSink, broker: Broker
) -> None:
    operator = MemberFactory(tenant=tenant)
    mail = enqueue()

    hold_mail(mail, by=operator)
    assert delivery.deliver_mail(mail.pk) is None
    release_mail(mail, by=operator)
    smtp_sink.refuse("ada@partner.test", "550 5.1.1 no", times=1)
    assert delivery.deliver_mail(mail.pk) is MailState.FAILED
    mail.refresh_from_db()
    retry_mail(mail, by=operator)

    assert delivery.deliver_mail(mail.pk) is MailState.SENT
