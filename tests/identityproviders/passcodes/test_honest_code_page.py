"""The page of a code says no more than happened, to guests and strangers alike (BET-5, SEC-14)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from guests.models import User
from portal.outbox.models import MailState, OutgoingMail, WorkerHeartbeat
from portal.outbox.sending import delivery, sweeper
from tests.support.page import read_page
from tests.support.smtp_sink import SmtpSink
from tests.support.visitor import NOBODY, PRIYA, Visitor, age

pytestmark = pytest.mark.django_db

ENTER = reverse("identityproviders:enter_code")
SENDING = "We’re sending an 8-digit code to p***@wingtiptoys.com . It is valid"
LATE = "our mail takes longer than usual at the moment"


def lead(visitor: Visitor) -> str:
    """What the page says about the code."""
    return read_page(visitor.get(ENTER)).by_id("lead").text


def ask(visitor: Visitor, address: str) -> None:
    """Type the address and press *Send code*."""
    visitor.type_address(address)
    visitor.send_code()


def deliver(visitor: Visitor) -> None:
    """Let a worker try the mail of this browser once."""
    mail = OutgoingMail.unscoped.get(subject_id=visitor.request.pk)
    delivery.deliver_mail(mail.pk)


@pytest.mark.rule("BET-5", "OTP-5")
def test_page_says_that_the_code_is_being_sent(visitor: Visitor, priya: User) -> None:
    ask(visitor, PRIYA)

    assert "We’re sending an 8-digit code to p***@wingtiptoys.com" in lead(visitor)
    assert "We sent" not in read_page(visitor.get(ENTER)).text


@pytest.mark.rule("BET-5", "REL-16", "SEC-14")
@pytest.mark.parametrize("address", [PRIYA, NOBODY])
def test_page_says_that_a_mail_waits_which_no_worker_took(
    visitor: Visitor, priya: User, address: str
) -> None:
    ask(visitor, address)
    assert LATE not in lead(visitor)

    age(timedelta(seconds=21))

    assert LATE in lead(visitor)
    assert "We’re sending" not in lead(visitor)


@pytest.mark.rule("BET-5", "REL-9", "SEC-14")
@pytest.mark.parametrize("address", [PRIYA, NOBODY])
def test_page_says_that_the_relay_takes_nothing(
    visitor: Visitor, priya: User, address: str, smtp_sink: SmtpSink
) -> None:
    waiting = Visitor(visitor.tenant)
    ask(waiting, PRIYA)
    smtp_sink.refuse(PRIYA, "421 4.3.2 not now")
    deliver(waiting)
    age(timedelta(seconds=61))
    ask(visitor, address)

    assert OutgoingMail.unscoped.filter(state=MailState.PENDING).exclude(reply_text="").exists()
    assert LATE in lead(visitor)


@pytest.mark.rule("BET-5", "REL-9")
def test_page_is_as_usual_again_once_a_mail_left(
    visitor: Visitor, priya: User, smtp_sink: SmtpSink
) -> None:
    ask(visitor, PRIYA)
    mail = OutgoingMail.unscoped.get(subject_id=visitor.request.pk)
    OutgoingMail.unscoped.filter(pk=mail.pk).update(reply_text="451 later")
    assert LATE in lead(visitor)

    OutgoingMail.objects.create(
        tenant=mail.tenant,
        kind=mail.kind,
        subject_id=mail.tenant_id,
        queue=mail.queue,
        state=MailState.SENT,
        finished_at=timezone.now(),
        give_up_at=timezone.now(),
    )

    assert LATE not in lead(visitor)


@pytest.mark.rule("REL-16", "SEC-14")
@pytest.mark.parametrize("address", [PRIYA, NOBODY])
def test_outage_offers_to_try_again_and_names_the_code_that_works(
    visitor: Visitor, priya: User, address: str
) -> None:
    ask(visitor, address)
    age(timedelta(seconds=61))
    WorkerHeartbeat.objects.all().delete()

    answer = visitor.send_code()

    page = read_page(answer)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "We can’t send codes right now" in page.text
    assert "still works." in page.text
    assert page.find("link", "Enter code").get("href") == ENTER
    sweeper.note_heartbeat("tests", ["passcode"])
    [form] = [form for form in page.forms if "Try again" in form.names("button")]
    assert form.submit(visitor.client)["Location"] == ENTER
