"""What a delivery report changes, and what a suppressed address gets (INV-23, BET-3, SEC-14)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from portal.audit.models import AuditEvent
from portal.demo import certificates
from portal.errors import Conflict, NotAllowed, NotFound
from portal.outbox.actions import enqueue_mail, send_again
from portal.outbox.bounces import delivery_reports, suppressions
from portal.outbox.bounces.actions import Noted, note_delivery_report
from portal.outbox.models import DeliveryAttempt, MailState, OutgoingMail, SuppressedAddress
from portal.outbox.sending import delivery
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values.email_address import TransportAddress
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory
from tests.support.delivery_reports import OWN_DOMAIN, report
from tests.support.imap_server import ImapServer
from tests.support.letters import Letters
from tests.support.smtp_sink import SmtpSink

Enqueue = Callable[..., OutgoingMail]


@pytest.fixture
def sent(enqueue: Enqueue, smtp_sink: SmtpSink) -> OutgoingMail:
    mail = enqueue()
    assert delivery.deliver_mail(mail.pk) is MailState.SENT
    return mail


def take_in(content: bytes) -> list[Noted]:
    return [
        note_delivery_report(found)
        for found in delivery_reports.read_delivery_report(content, OWN_DOMAIN)
    ]


def history(mail: OutgoingMail) -> list[tuple[str, str]]:
    rows = DeliveryAttempt.objects.of(mail.tenant).filter(mail=mail)
    return list(rows.values_list("outcome", "reply_text"))


@pytest.mark.rule("INV-23", "BET-3")
def test_a_bounce_is_stored_once_with_its_reason(sent: OutgoingMail, letters: Letters) -> None:
    outcomes = [take_in(report(sent.pk)) for _ in range(3)]

    sent.refresh_from_db()
    assert outcomes == [[Noted.BOUNCED], [Noted.IGNORED], [Noted.IGNORED]]
    assert sent.state == MailState.BOUNCED
    assert sent.reply_text == "550 5.1.1 <***@partner.test> User unknown"
    assert [outcome for outcome, _text in history(sent)] == ["sent", "bounced"]
    assert letters.failed == [sent.subject_id]


@pytest.mark.rule("INV-23")
def test_a_delay_is_only_noted(sent: OutgoingMail, letters: Letters) -> None:
    late = report(sent.pk, action="delayed", status="4.4.1", diagnostic="smtp; 421 4.4.1 No answer")

    assert [take_in(late), take_in(late)] == [[Noted.NOTED], [Noted.IGNORED]]

    sent.refresh_from_db()
    assert (sent.state, letters.failed) == (MailState.SENT, [])
    assert history(sent)[1:] == [("delayed", "421 4.4.1 No answer")]
    assert not SuppressedAddress.objects.of(sent.tenant).exists()


def test_a_flood_of_reports_does_not_fill_the_table(sent: OutgoingMail) -> None:
    for number in range(70):
        take_in(report(sent.pk, action="delayed", diagnostic=f"smtp; 421 {number}"))

    assert len(history(sent)) == 51


@pytest.mark.parametrize("state", [s for s in MailState if s is not MailState.SENT])
def test_a_mail_that_did_not_leave_does_not_bounce(
    sent: OutgoingMail, state: MailState, letters: Letters
) -> None:
    OutgoingMail.unscoped.filter(pk=sent.pk).update(state=state)

    assert take_in(report(sent.pk)) == [Noted.IGNORED]
    assert letters.failed == []


@pytest.mark.rule("INV-23", "AUD-1")
def test_after_a_hard_bounce_the_address_gets_no_mail_of_this_tenant(
    sent: OutgoingMail, enqueue: Enqueue, letters: Letters, smtp_sink: SmtpSink
) -> None:
    take_in(report(sent.pk))
    smtp_sink.clear()

    later, other = enqueue("Ada@Partner.test"), enqueue("eve@partner.test")

    assert delivery.deliver_mail(later.pk) is MailState.SUPPRESSED
    assert delivery.deliver_mail(other.pk) is MailState.SENT
    assert [mail.recipients for mail in smtp_sink.messages] == [("eve@partner.test",)]
    later.refresh_from_db()
    assert later.reply_text == "suppressed: 550 5.1.1 <***@partner.test> User unknown"
    assert letters.failed == [sent.subject_id, later.subject_id]
    [event] = AuditEvent.objects.of(sent.tenant).filter(activity="Suppress email address")
    assert (event.target_name, event.actor_kind) == ("ada@partner.test", "system")


@pytest.mark.rule("INV-23", "DIR-1")
def test_another_tenant_still_sends_there(
    sent: OutgoingMail, letters: Letters, smtp_sink: SmtpSink
) -> None:
    take_in(report(sent.pk))
    theirs = enqueue_mail(
        "letter",
        tenant=TenantFactory(),
        subject_id=sent.subject_id,
        recipient=TransportAddress("ada@partner.test"),
    )

    assert delivery.deliver_mail(theirs.pk) is MailState.SENT


def test_a_policy_bounce_stops_no_later_mail(sent: OutgoingMail, enqueue: Enqueue) -> None:
    take_in(report(sent.pk, status="5.7.1", diagnostic="smtp; 550 5.7.1 Looks like spam"))

    sent.refresh_from_db()
    assert sent.state == MailState.BOUNCED
    assert delivery.deliver_mail(enqueue().pk) is MailState.SENT


@pytest.mark.rule("SEC-14")
def test_a_report_stops_no_mail_of_another_address(sent: OutgoingMail) -> None:
    take_in(report(sent.pk, recipient="victim@partner.test"))

    found = SuppressedAddress.objects.of(sent.tenant).values_list("address", flat=True)
    assert list(found) == ["ada@partner.test"]


@pytest.mark.rule("INV-23", "T17", "AUD-1")
def test_an_administrator_clears_the_address(
    sent: OutgoingMail, tenant: Tenant, enqueue: Enqueue
) -> None:
    take_in(report(sent.pk))
    [suppressed] = SuppressedAddress.objects.of(tenant)
    inviter = MemberFactory(tenant=tenant, roles=[Role.GUEST_INVITER])
    with pytest.raises(NotAllowed):
        suppressions.clear_suppression(suppressed, by=inviter)

    suppressions.clear_suppression(suppressed, by=AdministratorFactory(tenant=tenant))

    assert delivery.deliver_mail(enqueue().pk) is MailState.SENT
    with pytest.raises(NotFound):
        suppressions.clear_suppression(suppressed, by=AdministratorFactory(tenant=tenant))
    events = AuditEvent.objects.of(tenant).filter(activity="Clear suppressed email address")
    assert sorted(events.values_list("result", flat=True)) == ["failure", "success"]


@pytest.mark.rule("INV-23", "T17")
def test_send_again_clears_the_address_and_sends_the_same_message(
    sent: OutgoingMail, tenant: Tenant, smtp_sink: SmtpSink
) -> None:
    take_in(report(sent.pk))
    sent.refresh_from_db()

    send_again(sent, by=AdministratorFactory(tenant=tenant))

    assert delivery.deliver_mail(sent.pk) is MailState.SENT
    first, second = smtp_sink.to("ada@partner.test")
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert not SuppressedAddress.objects.of(tenant).exists()
    with pytest.raises(Conflict):
        send_again(sent, by=AdministratorFactory(tenant=tenant))
    event = AuditEvent.objects.of(tenant).get(activity="Send mail again")
    assert event.modified_properties == [{"name": "state", "old": "bounced", "new": "pending"}]


def test_nobody_else_sends_a_code_again(enqueue: Enqueue, tenant: Tenant) -> None:
    mail = enqueue(kind="note")
    OutgoingMail.unscoped.filter(pk=mail.pk).update(state=MailState.FAILED)

    with pytest.raises(Conflict):
        send_again(mail, by=AdministratorFactory(tenant=tenant))


# manage.py read_bounces


def read_bounces(folder: Path) -> str:
    out = StringIO()
    call_command("read_bounces", folder=folder, stdout=out)
    return out.getvalue()


@pytest.mark.rule("INV-23")
def test_a_folder_of_files_is_read_once(sent: OutgoingMail, tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(report(sent.pk))
    (tmp_path / "2.eml").write_bytes(b"Subject: Hello\r\n\r\nNo report.")

    assert read_bounces(tmp_path).startswith("2 messages read: 1 mails bounced")
    assert read_bounces(tmp_path).startswith("0 messages read")
    assert sorted(p.name for p in (tmp_path / "read").iterdir()) == ["1.eml", "2.eml"]


@pytest.mark.rule("INV-23")
def test_a_maildir_is_read_once(sent: OutgoingMail, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1795600000.M1P1.mx").write_bytes(report(sent.pk))

    assert read_bounces(tmp_path).startswith("1 messages read: 1 mails bounced")
    assert read_bounces(tmp_path).startswith("0 messages read")
    assert [p.name.rpartition(",")[2] for p in (tmp_path / "cur").iterdir()] == ["S"]


def test_without_a_mailbox_the_command_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="PORTAL_BOUNCES_HOST"):
        call_command("read_bounces")
    with pytest.raises(CommandError, match="no folder"):
        call_command("read_bounces", folder=tmp_path / "nothing")


@pytest.fixture
def mailbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Iterator[ImapServer]:
    """A mailbox by IMAP over TLS, which the settings name."""
    authority, certificate, key = certificates.ensure_certificates(tmp_path)
    server = ImapServer(certificate, key, "secret of the mailbox")
    settings.PORTAL_BOUNCES_HOST = "127.0.0.1"
    settings.PORTAL_BOUNCES_PORT = server.server_address[1]
    settings.PORTAL_BOUNCES_USER = "bounces"
    settings.PORTAL_BOUNCES_PASSWORD = "secret of the mailbox"
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.rule("INV-23")
def test_a_mailbox_is_read_once_over_tls(sent: OutgoingMail, mailbox: ImapServer) -> None:
    large = report(sent.pk) + b"x" * delivery_reports.MAXIMUM_BYTES
    mailbox.messages = {3: large, 4: report(sent.pk), 7: b"Subject: Hello\r\n\r\nNo report."}
    out = StringIO()

    call_command("read_bounces", stdout=out)
    call_command("read_bounces", stdout=out)

    first, second = out.getvalue().splitlines()
    assert first.startswith("2 messages read: 1 mails bounced")
    assert second.startswith("0 messages read")
    assert mailbox.seen == {3, 4, 7}


@pytest.mark.rule("INV-23", "SEC-96")
@pytest.mark.parametrize("fault", ["certificate", "password", "folder"])
def test_a_mailbox_that_cannot_be_read_fails_the_command_without_its_password(
    mailbox: ImapServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    if fault == "certificate":
        monkeypatch.delenv("SSL_CERT_FILE")
    elif fault == "password":
        mailbox.password = "another"
    else:
        settings.PORTAL_BOUNCES_FOLDER = "Reports"

    with pytest.raises(CommandError) as failure:
        call_command("read_bounces")

    assert "secret of the mailbox" not in str(failure.value)
