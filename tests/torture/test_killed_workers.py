"""kill -9 in the middle of a send, a dead broker, a refusing relay: nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from guests.models import User
from portal.audit.models import AuditEvent
from portal.outbox.models import MailState, OutgoingMail
from portal.tenants.models import Tenant
from tests.support.broker import Broker
from tests.support.inviting import invite_guest
from tests.support.smtp_sink import ANYONE, SmtpSink
from tests.support.waiting import wait_until
from tests.support.worker_process import WorkerProcess

pytestmark = [pytest.mark.torture, pytest.mark.django_db(transaction=True)]

StartProcess = Callable[..., WorkerProcess]


@pytest.fixture
def start_process(broker: Broker, smtp_sink: SmtpSink) -> Iterator[StartProcess]:
    """`start_process("mail")` starts a worker process; it dies with the test."""
    running: list[WorkerProcess] = []

    def start(*queues: str) -> WorkerProcess:
        running.append(WorkerProcess(*queues, broker=broker, sink=smtp_sink))
        return running[-1]

    yield start
    for process in running:
        process.kill()


def invite(administrator: User, count: int) -> list[str]:
    addresses = [f"guest{number}@partner.example" for number in range(count)]
    for address in addresses:
        invite_guest(
            administrator.tenant,
            by=administrator,
            address=address,
            redirect_url="https://contoso.com/",
        )
    return addresses


def let_leases_run_out() -> None:
    """Two minutes later, without waiting for them."""
    OutgoingMail.unscoped.filter(state=MailState.SENDING).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


def states() -> set[str]:
    return set(OutgoingMail.unscoped.values_list("state", flat=True))


@pytest.mark.rule("REL-17", "REL-6", "REL-5")
def test_a_worker_killed_in_the_middle_of_a_send_loses_nothing(
    administrator: User, smtp_sink: SmtpSink, start_process: StartProcess
) -> None:
    smtp_sink.hang(ANYONE, times=4)
    addresses = invite(administrator, 12)
    first = start_process("mail")
    smtp_sink.wait_until_hanging(4)

    first.kill()
    smtp_sink.release()
    assert MailState.SENDING in states()
    let_leases_run_out()
    start_process("mail")
    for address in addresses:
        smtp_sink.wait_for(1, to=address, timeout=60)

    by_id: dict[str, set[bytes]] = {}
    for mail in smtp_sink.messages:
        by_id.setdefault(mail.message["Message-ID"], set()).add(mail.content)
    assert len(by_id) == 12
    # A conversation that hung behind the final dot may be sent again, with the same content.
    assert len(smtp_sink.messages) <= 12 + 4
    assert all(len(contents) == 1 for contents in by_id.values())


@pytest.mark.rule("REL-15", "REL-2")
def test_invitations_leave_although_the_broker_is_down(
    administrator: User, broker: Broker, smtp_sink: SmtpSink, start_process: StartProcess
) -> None:
    start_process("mail")
    addresses = invite(administrator, 1)
    smtp_sink.wait_for(1, to=addresses[0], timeout=60)
    broker.stop()

    invite_guest(
        administrator.tenant,
        by=administrator,
        address="late@partner.example",
        redirect_url="https://contoso.com/",
    )

    # The sweeper of the living worker finds the row in the database (REL-3).
    smtp_sink.wait_for(1, to="late@partner.example", timeout=60)
    broker.start()
    assert len(smtp_sink.to("late@partner.example")) == 1


@pytest.mark.rule("REL-7", "REL-8")
def test_451_is_tried_again_and_550_fails_where_the_inviter_sees_it(
    administrator: User, tenant: Tenant, smtp_sink: SmtpSink, start_process: StartProcess
) -> None:
    smtp_sink.refuse("guest0@partner.example", "451 4.7.1 Greylisted", times=1)
    smtp_sink.refuse("guest1@partner.example", "550 5.1.1 No such user")
    addresses = invite(administrator, 3)
    start_process("mail")
    smtp_sink.wait_for(1, to=addresses[2], timeout=60)

    def settled() -> bool:
        rows = OutgoingMail.unscoped.exclude(recipient="guest2@partner.example")
        return not rows.filter(reply_code__isnull=True).exists()

    smtp_sink.wait_for(1, timeout=60)
    _wait(settled)
    OutgoingMail.unscoped.filter(state=MailState.PENDING).update(due_at=timezone.now())
    start_process("mail")

    smtp_sink.wait_for(1, to="guest0@partner.example", timeout=60)
    refused = OutgoingMail.unscoped.get(recipient="guest1@partner.example")
    assert (refused.state, refused.reply_code) == (MailState.FAILED, 550)
    failures = AuditEvent.objects.of(tenant).filter(activity="Invitation email failed")
    assert failures.count() == 1


def _wait(condition: Callable[[], bool]) -> None:
    """Until another process has stored what we look for."""
    wait_until(condition)
