"""Monitoring | Mail delivery: queue, mails, suppressed addresses of the tenant (BET-3, INV-23)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from guests.models import User
from portal.audit.models import AuditEvent
from portal.outbox.models import MailState, OutgoingMail, Queue, SuppressedAddress
from portal.outbox.queries import delivery_figures
from portal.outbox.sending import sweeper
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory
from tests.support.page import read_page, words

MAILS, SUPPRESSED = reverse("outbox:mail_delivery"), reverse("outbox:suppressed")
Enqueue = Callable[..., OutgoingMail]


@pytest.fixture
def grace(tenant: Tenant) -> User:
    found: User = AdministratorFactory(tenant=tenant)
    return found


@pytest.fixture
def console(client: Client, grace: User) -> Client:
    client.force_login(grace)
    return client


def make(tenant: Tenant, state: MailState, **values: Any) -> OutgoingMail:
    now = timezone.now()
    ended = state not in {MailState.PENDING, MailState.SENDING, MailState.HELD}
    mail: OutgoingMail = OutgoingMail.objects.create(
        **{
            "tenant": tenant,
            "kind": "letter",
            "subject_id": uuid.uuid4(),
            "recipient": "ada@partner.test",
            "queue": Queue.MAIL,
            "state": state,
            "give_up_at": now,
            "finished_at": now if ended else None,
            **values,
        }
    )
    return mail


@pytest.mark.rule("BET-3", "REL-16")
def test_figures_count_the_own_tenants_mails_by_period(tenant: Tenant) -> None:
    now = timezone.now()
    old, ancient = now - timedelta(days=2), now - timedelta(days=31)
    for state in (MailState.SENT, MailState.SENT, MailState.FAILED, MailState.BOUNCED):
        make(tenant, state)
    make(tenant, MailState.SUPPRESSED, finished_at=old)
    make(tenant, MailState.BOUNCED, finished_at=ancient)
    make(tenant, MailState.PENDING, created_at=old)
    make(tenant, MailState.SENDING)
    make(tenant, MailState.HELD, created_at=ancient)
    make(TenantFactory(), MailState.SENT)
    sweeper.note_heartbeat("tests", ["mail"])

    found = delivery_figures(tenant, now + timedelta(seconds=1))

    assert (found.waiting, found.held, found.oldest) == (2, 1, old)
    assert (found.day.sent, found.day.failed, found.day.bounced) == (2, 1, 1)
    assert (found.month.sent, found.month.failed, found.month.bounced) == (2, 2, 1)
    assert (found.day.arrived_percent, found.month.arrived_percent) == ("50.0%", "40.0%")
    assert [is_alive for _label, is_alive in found.workers] == [False, True, False]


@pytest.mark.rule("BET-3", "REL-8")
def test_the_list_shows_each_mail_and_filters_by_state_and_recipient(
    console: Client, tenant: Tenant, letters: object
) -> None:
    make(tenant, MailState.BOUNCED, reply_text="550 5.1.1 No such user")
    make(tenant, MailState.SENT, recipient="eve@partner.test")
    make(TenantFactory(), MailState.SENT, recipient="foreign@partner.test")

    everything = words(console.get(MAILS))
    for text in ("ada@partner.test", "Bounced", "550 5.1.1 No such user", "eve@partner.test"):
        assert text in everything
    assert "foreign@partner.test" not in everything
    assert "no worker" in everything
    bounced = words(console.get(MAILS, {"state": "bounced"}))
    assert "ada@partner.test" in bounced
    assert "eve@partner.test" not in bounced
    named = words(console.get(MAILS, {"recipient": "eve", "recipient_is": "starts"}))
    assert "eve@partner.test" in named
    assert "ada@partner.test" not in named


@pytest.mark.rule("BET-3")
def test_a_long_list_comes_by_pages_with_a_fixed_number_of_queries(
    console: Client, tenant: Tenant
) -> None:
    def queries_of_a_page() -> int:
        with CaptureQueriesContext(connection) as captured:
            console.get(MAILS)
        return len(captured)

    make(tenant, MailState.SENT)
    queries_of_a_page()  # what the first page of a session asks besides
    before = queries_of_a_page()
    for number in range(60):
        make(tenant, MailState.SENT, recipient=f"guest{number}@partner.test")

    assert queries_of_a_page() == before
    assert "cursor=" in console.get(MAILS).content.decode()


@pytest.mark.rule("BET-3", "SEC-101")
def test_the_pane_tells_the_history_and_no_content(console: Client, tenant: Tenant) -> None:
    mail = make(tenant, MailState.BOUNCED, reply_text="550 5.1.1 No such user")
    SuppressedAddress.objects.create(tenant=tenant, address="ada@partner.test", reason="550 5.1.1")

    shown = words(console.get(reverse("outbox:mail", args=[mail.pk])))

    assert "Send again anyway" in shown
    assert "This address gets no mail." in shown
    assert str(mail.pk) in shown
    assert str(mail.subject_id) not in shown


@pytest.mark.rule("INV-23", "T17")
def test_send_again_from_the_pane(console: Client, tenant: Tenant, letters: object) -> None:
    mail = make(tenant, MailState.BOUNCED)
    url = reverse("outbox:mail", args=[mail.pk])

    assert "is queued again" in words(console.post(url, follow=True))

    mail.refresh_from_db()
    assert mail.state == MailState.PENDING
    assert "Nothing changed" in words(console.post(url, follow=True))


@pytest.mark.rule("INV-23", "AUD-1")
def test_an_address_is_cleared_from_its_list(console: Client, tenant: Tenant) -> None:
    row = SuppressedAddress.objects.create(tenant=tenant, address="ada@partner.test")
    SuppressedAddress.objects.create(tenant=TenantFactory(), address="foreign@partner.test")
    listed = words(console.get(SUPPRESSED))
    assert "ada@partner.test" in listed
    assert "foreign@partner.test" not in listed

    answer = console.post(reverse("outbox:clear_suppression", args=[row.pk]), follow=True)

    assert "ada@partner.test gets mail again" in words(answer)
    assert "No address is suppressed" in words(answer)
    assert AuditEvent.objects.of(tenant).filter(activity="Clear suppressed email address").exists()


@pytest.mark.rule("T17", "USR-12")
def test_a_reader_sees_everything_and_changes_nothing(client: Client, tenant: Tenant) -> None:
    client.force_login(MemberFactory(tenant=tenant, roles=[Role.GLOBAL_READER]))
    row = SuppressedAddress.objects.create(tenant=tenant, address="ada@partner.test")
    mail = make(tenant, MailState.BOUNCED)

    page = client.get(SUPPRESSED)
    assert "Global Administrator, User Administrator" in words(page)
    assert any(button.is_disabled for button in read_page(page).find("main").find_all("button"))
    assert "Send again" not in words(client.get(reverse("outbox:mail", args=[mail.pk])))
    assert client.post(reverse("outbox:clear_suppression", args=[row.pk])).status_code == 403
    assert client.post(reverse("outbox:mail", args=[mail.pk])).status_code == 403
    assert SuppressedAddress.objects.of(tenant).exists()
