"""Codes leave at once although thousands of bulk mails wait (FI-3, REL-13)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from guests.models import User
from portal.outbox.models import MailState, OutgoingMail, Queue
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.support import load
from tests.support.broker import Broker
from tests.support.smtp_sink import SmtpSink
from tests.support.waiting import wait_until
from tests.support.worker_process import OutboxProcess, PortalProcess, Run, WorkerProcess

pytestmark = [pytest.mark.torture, pytest.mark.django_db(transaction=True)]

MAILS = int(os.environ.get("TORTURE_MAILS", "800"))
CODES = int(os.environ.get("TORTURE_CODES", "15"))
"""`make torture` takes the 10,000 mails and 60 codes of FI-3."""


@pytest.fixture
def serve(run: Run[PortalProcess], broker: Broker, smtp_sink: SmtpSink) -> Callable[[str], None]:
    """Start what sends mails in a mode, and wait until it serves passcodes."""

    def start(mode: str) -> None:
        if mode == "outbox":
            broker.stop()
            run(OutboxProcess(smtp_sink))
        else:
            for queue in ("passcode", "bulk"):
                run(WorkerProcess(queue, broker=broker, sink=smtp_sink, concurrency=2))
        wait_until(lambda: sweeper.is_served(Queue.PASSCODE) and sweeper.is_served(Queue.BULK))

    return start


@pytest.mark.rule("FI-3", "REL-13", "REL-27")
@pytest.mark.parametrize("mode", ["workers", "outbox"])
def test_codes_do_not_wait_for_bulk_mails(
    mode: str,
    tenant: Tenant,
    administrator: User,
    smtp_sink: SmtpSink,
    serve: Callable[[str], None],
) -> None:
    load.queue_bulk_mails(administrator, MAILS)
    serve(mode)
    before, started = len(smtp_sink.messages), time.monotonic()

    latencies = load.ask_for_codes(tenant, smtp_sink, CODES)

    rate = (len(smtp_sink.messages) - before) / (time.monotonic() - started)
    waiting = OutgoingMail.unscoped.filter(state=MailState.PENDING, queue=Queue.BULK).count()
    print(f"FI-3 {mode}: {latencies}; {rate:.0f} mails/s; {waiting} of {MAILS} still waiting")
    assert latencies.percentile(95) <= 2
    assert latencies.percentile(99) <= 5
    assert latencies.seconds[-1] <= 10


@pytest.mark.rule("REL-3")
def test_more_sweeping_processes_are_not_slower(
    administrator: User, smtp_sink: SmtpSink, run: Run[PortalProcess]
) -> None:
    rates = {}
    for processes in (1, 2, 4):
        smtp_sink.clear()
        addresses = load.queue_bulk_mails(administrator, MAILS // 2)
        running = [run(OutboxProcess(smtp_sink)) for _ in range(processes)]
        load.wait_for_all(smtp_sink, addresses, seconds=300)
        assert {process.terminate() for process in running} == {0}
        times = sorted(mail.at for mail in smtp_sink.messages)
        # The first and the last tenth belong to starting and stopping.
        tenth = len(times) // 10
        rates[processes] = 0.8 * len(times) / (times[-tenth] - times[tenth])
        assert load.count_duplicates(smtp_sink) == 0
    print(f"sweeping processes, mails/s: {rates}")
    assert min(rates[2], rates[4]) >= 0.8 * rates[1]
