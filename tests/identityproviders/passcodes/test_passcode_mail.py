"""The mail with the code, and that the code is nowhere else."""

from __future__ import annotations

import base64
import io
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from unicodedata import normalize

import pytest
import redis
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from guests.models import User
from identityproviders.models import PasscodeRequest
from identityproviders.passcodes import one_time_codes
from portal.outbox.mail_types import MAIL_TYPES
from portal.outbox.models import MailState, OutgoingMail, SuppressedAddress, WorkerHeartbeat
from portal.outbox.sending import delivery
from portal.outbox.sending.sweeper import note_heartbeat
from portal.tenants.models import Tenant
from tests.factories import PasscodeGuestFactory, TenantFactory
from tests.support.broker import Broker, StartWorker
from tests.support.letters import assert_only_dark_rules
from tests.support.page import read_page
from tests.support.smtp_sink import ReceivedMail, SmtpSink
from tests.support.visitor import NOBODY, PRIYA, Visitor, age, wrong


def deliver(visitor: Visitor) -> MailState | None:
    mail = OutgoingMail.unscoped.get(subject_id=visitor.request.pk)
    return delivery.deliver_mail(mail.pk)


@pytest.fixture
def sent(visitor: Visitor, priya: User, contoso: Tenant, smtp_sink: SmtpSink) -> ReceivedMail:
    """The mail of one request."""
    contoso.privacy_statement_url = "https://contoso.com/privacy"
    contoso.save()
    visitor.type_address(PRIYA)
    visitor.send_code()
    assert deliver(visitor) is MailState.SENT
    return smtp_sink.messages[0]


@pytest.mark.rule("OTP-14", "SEC-94", "SEC-97")
def test_headers_and_sender(sent: ReceivedMail, visitor: Visitor) -> None:
    message = sent.message
    mail = OutgoingMail.unscoped.get(subject_id=visitor.request.pk)
    assert sent.recipients == (PRIYA,)
    assert message["Subject"] == "Your Contoso account verification code"
    assert list(message.keys()) == [
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "MIME-Version",
        "Content-Type",
    ]
    assert message["From"].addresses[0].display_name == "Contoso"
    assert message["Message-ID"].startswith(f"<{mail.pk}@")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    for absent in ("Reply-To", "List-Unsubscribe", "Bcc", "Cc"):
        assert message[absent] is None


@pytest.mark.rule("OTP-14", "SEC-5")
def test_both_parts_say_the_same(sent: ReceivedMail, visitor: Visitor) -> None:
    code = one_time_codes.derive_passcode(visitor.request)
    assert f"    {code}" in sent.text.splitlines(), "alone on its line"
    for part in (sent.text, read_page(sent.html).text):
        words = " ".join(normalize("NFKC", part).split())
        assert code in words
        assert f"To open the apps of Contoso as {PRIYA}, type this code" in words
        assert "The code works once, for 30 minutes: until" in words
        assert "Did you not ask for a code? Then ignore this e-mail." in words
        assert "Foyer sent this e-mail for Contoso (contoso.com)." in words
    assert "https://contoso.com/privacy" in sent.text


@pytest.mark.rule("OTP-14", "EML-7")
def test_nothing_is_remote_and_no_link_signs_in(sent: ReceivedMail, settings: Settings) -> None:
    assert read_page(sent.html).addresses == ["https://contoso.com/privacy"]
    assert_only_dark_rules(sent.html)
    assert "url(" not in sent.html
    assert settings.PORTAL_BASE_URL not in sent.html + sent.text


@pytest.mark.rule("SEC-3")
def test_the_code_is_in_neither_subject_nor_preview(sent: ReceivedMail, visitor: Visitor) -> None:
    code = one_time_codes.derive_passcode(visitor.request)
    assert code not in str(sent.message["Subject"])
    preview = sent.html.partition("</div>")[0]
    assert "Use it within 30 minutes to sign in to Contoso." in preview
    assert code not in preview


@pytest.mark.rule("OTP-14")
def test_a_postal_line_is_printed_where_the_operator_set_one(
    visitor: Visitor, priya: User, smtp_sink: SmtpSink, settings: Settings
) -> None:
    settings.PORTAL_POSTAL_LINE = "Foyer Ltd, 1 Main Street, Springfield"
    visitor.type_address(PRIYA)
    visitor.send_code()
    deliver(visitor)
    mail = smtp_sink.messages[0]
    assert "Foyer Ltd, 1 Main Street" in mail.text
    assert "Foyer Ltd, 1 Main Street" in mail.html


@pytest.mark.rule("REL-5", "SEC-2", "SEC-5")
def test_a_retried_mail_carries_the_same_code_and_does_not_live_longer(
    visitor: Visitor, priya: User, smtp_sink: SmtpSink
) -> None:
    smtp_sink.refuse(PRIYA, "451 4.3.0 Try later", times=1)
    visitor.type_address(PRIYA)
    visitor.send_code()
    assert deliver(visitor) is MailState.PENDING
    first_end = visitor.request.expires_at
    OutgoingMail.unscoped.update(due_at=visitor.request.created_at)
    assert deliver(visitor) is MailState.SENT
    assert visitor.request.expires_at == first_end
    assert one_time_codes.derive_passcode(visitor.request) in smtp_sink.messages[0].text


@pytest.mark.rule("REL-14", "REL-4", "REL-12")
def test_tries_and_end_of_a_passcode_mail() -> None:
    kind = MAIL_TYPES["passcode"]
    assert kind.lifetime == timedelta(minutes=15)
    assert (kind.lease, kind.send_timeout) == (timedelta(seconds=30), timedelta(seconds=15))
    assert [wait.total_seconds() for wait in kind.retry_after] == [5, 15, 45, 120, 300]
    assert kind.queue == "passcode"


@pytest.mark.rule("REL-14")
def test_a_stale_code_is_dropped(visitor: Visitor, priya: User, smtp_sink: SmtpSink) -> None:
    visitor.type_address(PRIYA)
    visitor.send_code()
    mail = OutgoingMail.unscoped.get()
    OutgoingMail.unscoped.update(give_up_at=mail.created_at)
    assert deliver(visitor) is MailState.EXPIRED
    age(timedelta(minutes=16))
    assert "expired" in visitor.get("/signin/code/enter/").content.decode()
    assert smtp_sink.messages == []


@pytest.mark.rule("SEC-14", "OTP-11", "OTP-10", "REL-11")
@pytest.mark.parametrize("why", ["stranger", "superseded", "deleted", "suppressed"])
def test_who_is_to_get_no_code_gets_none(
    visitor: Visitor, priya: User, contoso: Tenant, smtp_sink: SmtpSink, why: str
) -> None:
    visitor.type_address(NOBODY if why == "stranger" else PRIYA)
    visitor.send_code()
    if why == "superseded":
        one_time_codes.supersede_all(contoso)
    if why == "deleted":
        User.unscoped.filter(pk=priya.pk).update(deleted_at=visitor.request.created_at)
    if why == "suppressed":  # an earlier mail bounced
        SuppressedAddress.objects.create(tenant=contoso, address=PRIYA, reason="5.1.1")
    ended = MailState.SUPPRESSED if why == "suppressed" else MailState.CANCELLED
    assert deliver(visitor) is ended
    assert smtp_sink.messages == []
    assert visitor.request.expires_at is not None, "its time runs like everybody's"


@pytest.mark.rule("SEC-93", "SEC-31", "EML-19")
def test_a_hostile_tenant_name_stays_text(passcode_worker: None, smtp_sink: SmtpSink) -> None:
    tenant = TenantFactory(
        display_name="Evil\r\nBcc: all@corp.example <b>\u202e =?utf-8?q?=0d=0aBcc:_m?=",
        label="evil",
        domain="evil.example",
    )
    PasscodeGuestFactory(tenant=tenant, address=PRIYA)
    visitor = Visitor(tenant)
    visitor.type_address(PRIYA)
    visitor.send_code()
    assert deliver(visitor) is MailState.SENT
    mail = smtp_sink.messages[0]
    assert mail.recipients == (PRIYA,)
    assert mail.message["Bcc"] is None
    assert "<b>" not in mail.html.replace("&lt;b&gt;", "")


# The canary of SEC-3


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """Whatever any logger says, at every level; save the relay's own, which may see the mail."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(lambda record: not record.name.startswith("mail."))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def dump_of_every_table() -> str:
    """All rows of all tables as text, also of those without a model."""
    names = connection.introspection.table_names()
    rows: list[object] = []
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608
            rows.extend(cursor.fetchall())
    return repr(rows)


def dump_of_broker(broker: Broker) -> str:
    """Every value of every database, and what is inside where it is base64."""
    found = ""
    for number in (0, 1):
        client = redis.Redis(unix_socket_path=str(broker.socket), db=number)
        for key in client.scan_iter():
            found += f"{key!r} {_value_of(client, key)!r} "
        client.close()
    for encoded in re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", found):
        with suppress(ValueError):
            found += base64.b64decode(encoded).decode("utf-8", "replace")
    return found


def _value_of(client: redis.Redis, key: bytes) -> Any:
    match client.type(key):
        case b"list":
            return client.lrange(key, 0, -1)
        case b"set":
            return client.smembers(key)
        case b"hash":
            return client.hgetall(key)
        case b"zset":
            return client.zrange(key, 0, -1)
    return client.get(key)


@pytest.mark.rule("SEC-3", "SEC-101", "SEC-113")
@pytest.mark.django_db(transaction=True)
def test_the_code_is_in_no_table_broker_key_log_line_or_task_argument(
    contoso: Tenant,
    priya: User,
    broker: Broker,
    worker: StartWorker,
    smtp_sink: SmtpSink,
    everything_logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    note_heartbeat("tests", ["passcode"])
    visitor = Visitor(contoso)
    visitor.type_address(PRIYA)
    visitor.send_code()
    queued = dump_of_broker(broker)
    assert str(OutgoingMail.unscoped.get().pk) in queued, "the canary must see the message"
    worker("passcode")
    mail = smtp_sink.wait_for(1)[0]
    code = one_time_codes.derive_passcode(visitor.request)
    assert code in mail.text
    visitor.enter(wrong(code))
    visitor.enter(code)
    assert visitor.is_signed_in
    dump = dump_of_every_table()
    assert str(visitor.tenant.pk) in dump or visitor.tenant.pk.hex in dump
    for place in (queued, dump, dump_of_broker(broker), everything_logged.getvalue()):
        assert code not in place
    printed = "".join(capfd.readouterr()).splitlines()
    assert [line for line in printed if code in line and "DATA readline" not in line] == []
    buffer = io.StringIO()
    call_command("dumpdata", "identityproviders", "outbox", stdout=buffer)
    assert code not in buffer.getvalue()
    assert PasscodeRequest.unscoped.get().consumed_at is not None
    assert WorkerHeartbeat.objects.exists()


@pytest.mark.rule("SEC-14", "INV-23")
def test_the_pages_are_the_same_for_an_address_that_bounced(
    contoso: Tenant, priya: User, smtp_sink: SmtpSink, passcode_worker: None
) -> None:
    def walk() -> tuple[list[object], Visitor]:
        visitor = Visitor(contoso)
        visitor.type_address(PRIYA)
        answers = [visitor.send_code()]
        deliver(visitor)
        answers.append(visitor.get("/signin/code/enter/"))
        answers.append(visitor.enter(wrong(one_time_codes.derive_passcode(visitor.request))))
        return [(a.status_code, sorted(a.headers), _masked(a.content)) for a in answers], visitor

    usual, _visitor = walk()
    age(timedelta(hours=2))
    WorkerHeartbeat.objects.update(seen_at=timezone.now())
    SuppressedAddress.objects.create(tenant=contoso, address=PRIYA, reason="5.1.1")
    smtp_sink.clear()
    suppressed, visitor = walk()

    assert smtp_sink.messages == []
    assert OutgoingMail.unscoped.get(subject_id=visitor.request.pk).state == MailState.SUPPRESSED
    assert suppressed == usual


def _masked(content: bytes) -> str:
    """A page without its tokens and moments."""
    text = re.sub(r'(value|nonce|content)="[^"]{32,}"', r"\1", content.decode())
    return re.sub(r'(datetime|data-[a-z-]+)="[^"]*"', r"\1", text)
