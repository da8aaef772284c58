"""Send one message by SMTP and classify the answer (REL-7 to REL-9, SEC-96)."""

from __future__ import annotations

import enum
import re
import smtplib
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from portal.outbox.sending import relay_connection

MAXIMUM_REPLY_CHARACTERS = 200


class Verdict(enum.Enum):
    """What the relay's answer means."""

    SENT = "sent"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    RELAY_TROUBLE = "relay"


@dataclass(frozen=True)
class RelayAnswer:
    """The verdict with the relay's own words, cleaned and cut."""

    verdict: Verdict
    code: int | None = None
    text: str = ""
    after_final_dot: bool = False


def send_message(message: EmailMessage, timeout: timedelta) -> RelayAnswer:
    """Hand `message` to the relay.

    The whole conversation, from the connection on, ends after `timeout`, also against a relay that
    drips bytes (REL-4). Exceptions of the conversation become an answer; anything else is a defect
    and passes.
    """
    backend = get_connection(fail_silently=False)
    if not isinstance(backend, EmailBackend):
        backend.send_messages([message])
        return RelayAnswer(Verdict.SENT, 250, "")
    data = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's message has it
    try:
        with relay_connection.open_relay(backend, timeout) as relay:
            return _hand_over(relay, message.to[0], data)
    except (OSError, smtplib.SMTPException) as error:
        return _trouble(error)


def _hand_over(relay: smtplib.SMTP, recipient: str, data: bytes) -> RelayAnswer:
    code, reply = relay.mail(settings.PORTAL_MAIL_RETURN_PATH)
    if code != 250:
        return _answer(Verdict.RELAY_TROUBLE, code, reply)
    code, reply = relay.rcpt(recipient)
    if code not in {250, 251}:
        return _answer(_severity(code), code, reply)
    try:
        code, reply = relay.data(data)
    except smtplib.SMTPDataError as error:
        return _answer(_severity(error.smtp_code), error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        text = _clean(str(error))
        return RelayAnswer(Verdict.TEMPORARY, None, text, after_final_dot=True)
    if code != 250:
        return _answer(_severity(code), code, reply)
    return _answer(Verdict.SENT, code, reply)


def _severity(code: int) -> Verdict:
    return Verdict.PERMANENT if 500 <= code < 600 else Verdict.TEMPORARY


def _answer(verdict: Verdict, code: int, reply: bytes | str) -> RelayAnswer:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return RelayAnswer(verdict, code, _clean(text))


def _trouble(error: Exception) -> RelayAnswer:
    code = getattr(error, "smtp_code", None)
    return RelayAnswer(Verdict.RELAY_TROUBLE, code, _clean(f"{type(error).__name__}: {error}"))


def _clean(text: str) -> str:
    """Printable ASCII without addresses, 200 characters at most (REL-8, SEC-101)."""
    plain = re.sub(r"[^\x20-\x7e]+", " ", text)
    without_addresses = re.sub(r"[^\s<>@]+@", "***@", plain)
    return without_addresses.strip()[:MAXIMUM_REPLY_CHARACTERS]
