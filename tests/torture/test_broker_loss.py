"""A worker whose broker dies under its tasks works on, or ends and is started again (FI-4)."""

from __future__ import annotations

import pytest

from guests.models import User
from portal.outbox.models import MailState, OutgoingMail, Queue
from portal.outbox.sending import publishing
from tests.support import load
from tests.support.broker import Broker
from tests.support.smtp_sink import ANYONE, SmtpSink
from tests.support.waiting import wait_until
from tests.support.worker_process import PortalProcess, Run, WorkerProcess

pytestmark = [pytest.mark.torture, pytest.mark.django_db(transaction=True)]

KILLS = 5


@pytest.mark.rule("REL-15", "REL-6", "FI-4")
def test_a_broker_that_dies_under_tasks_loses_and_doubles_nothing(
    administrator: User, broker: Broker, smtp_sink: SmtpSink, run: Run[PortalProcess]
) -> None:
    smtp_sink.hang(ANYONE, seconds=0.2, times=None)
    process = run(WorkerProcess("bulk", broker=broker, sink=smtp_sink))
    wait_until(lambda: "ready" in process.log)
    addresses: set[str] = set()

    for _ in range(KILLS):
        before = smtp_sink.hanging
        addresses |= load.queue_bulk_mails(administrator, 10)
        publishing.paused_until = 0.0
        waiting = OutgoingMail.unscoped.filter(state=MailState.PENDING)
        for pk in waiting.values_list("pk", flat=True):
            publishing.publish(pk, Queue.BULK)
        smtp_sink.wait_until_hanging(before + 2)
        broker.stop()
        broker.start()
        if process.status is not None:
            assert process.status != 0, "a supervisor must see that it has to start it again"
            process = run(WorkerProcess("bulk", broker=broker, sink=smtp_sink))

    load.wait_for_all(smtp_sink, addresses, seconds=120)
    assert load.count_duplicates(smtp_sink) == 0
