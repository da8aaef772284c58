"""One mail through the relay, and what it tells about deliverability (SEC-95, SEC-96)."""

from __future__ import annotations

import smtplib
import ssl
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone

from portal.outbox import authentication, reports, transport
from portal.outbox.authentication import Level, Line
from portal.outbox.messages import Content, OutgoingMessage, own_domain
from portal.outbox.models import OutgoingMail
from portal.outbox.transport import Verdict
from portal.redirects import is_loopback

TIMEOUT = timedelta(seconds=60)


def sent(recipient: str) -> Iterator[Line]:
    """Send a test mail to `recipient`, and say how the conversation went."""
    yield from _relay()
    mail = OutgoingMail(id=uuid.uuid4(), recipient=recipient, created_at=timezone.now())
    answer = transport.send(OutgoingMessage(mail, _content(mail)), TIMEOUT)
    words = f"{answer.code or ''} {answer.text}".strip()
    if answer.verdict is Verdict.SENT:
        yield Line(Level.GOOD, "Relay", f"took the mail: {words}")
        yield Line(Level.GOOD, "Message-ID", f"<{mail.pk}@{own_domain()}>")
    else:
        yield Line(Level.BAD, "Relay", f"did not take the mail ({answer.verdict.value}): {words}")


def records() -> Iterator[Line]:
    """What the domains of From and envelope publish."""
    envelope = settings.PORTAL_MAIL_RETURN_PATH.rpartition("@")[2]
    yield from authentication.records(own_domain(), envelope or own_domain())


def received(path: Path) -> Iterator[Line]:
    """What the recipient's server wrote into the received mail."""
    try:
        content = path.read_bytes()
    except OSError as error:
        yield Line(Level.BAD, "Received message", f"can’t be read: {error.strerror}")
        return
    if reports.mail_id_in(content[:20_000].decode("ascii", "replace"), own_domain()) is None:
        yield Line(Level.BAD, "Received message", "is none of ours: another Message-ID")
        return
    yield from authentication.received(content, own_domain())


def _relay() -> Iterator[Line]:
    """Whether the relay's line is encrypted, and by what."""
    connection = get_connection(fail_silently=False)
    if not isinstance(connection, EmailBackend):
        yield Line(Level.WARNING, "Relay", "the settings send no mail by SMTP")
        return
    name = f"{connection.host}:{connection.port}"
    try:
        connection.open()
        line = connection.connection.sock if connection.connection is not None else None
        if isinstance(line, ssl.SSLSocket):
            cipher = line.cipher()
            text = f"{name}, {line.version()}, {cipher[0] if cipher else '?'}"
            yield Line(Level.GOOD, "TLS", text)
        elif is_loopback(str(connection.host)):
            yield Line(Level.GOOD, "TLS", f"{name} is this machine, none is needed")
        else:
            text = f"{name} is asked without TLS; use smtp+tls:// or smtp+ssl:// in EMAIL_URL"
            yield Line(Level.BAD, "TLS", text)
    except (OSError, smtplib.SMTPException) as error:
        yield Line(Level.BAD, "TLS", f"{name}: {type(error).__name__}: {error}"[:300])
    finally:
        transport.close(connection)


def _content(mail: OutgoingMail) -> Content:
    text = (
        f"This is a test of {settings.PORTAL_PRODUCT_NAME} at {settings.PORTAL_BASE_URL}.\n\n"
        "Save this message as it was received (.eml) and give it to\n"
        "    manage.py mailcheck --received FILE\n"
    )
    return Content(
        subject=f"{settings.PORTAL_PRODUCT_NAME} mail check",
        text=text,
        html=f"<pre>{text}</pre>",
        sender_name=settings.PORTAL_PRODUCT_NAME,
    )
