"""Send one message by SMTP and classify the answer (REL-7 to REL-9, SEC-96)."""

from __future__ import annotations

import enum
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from portal.outbox.sending import relay_connection
from portal.outbox.sending.relay_connection import RelayTimeoutError

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
        return _answer(judge_reply(code, reply), code, reply)
    try:
        code, reply = relay.data(data)
    except smtplib.SMTPDataError as error:
        return _answer(
            judge_reply(error.smtp_code, error.smtp_error), error.smtp_code, error.smtp_error
        )
    except (OSError, smtplib.SMTPException) as error:
        text = _network_words(error)
        return RelayAnswer(Verdict.TEMPORARY, None, text, after_final_dot=True)
    if code != 250:
        return _answer(judge_reply(code, reply), code, reply)
    return _answer(Verdict.SENT, code, reply)


_ABOUT_US = re.compile(
    r"relay|authenti|quota|limit|exceed|too many|block ?list|black-?list|spamhaus|reputation"
    r"|suspend|disabled|sender|your (?:ip|account|domain|server)|client host|spf|dkim|dmarc|tls",
    re.IGNORECASE,
)
_ABOUT_CONTENT = re.compile(r"content|virus|malware|looks like spam", re.IGNORECASE)
_REFUSALS_OF_THE_SENDER = frozenset({521, 530, 534, 535, 538})


def judge_reply(code: int, reply: bytes | str) -> Verdict:
    """Whose fault a refusal is: the message's own, or the relay's and ours (REL-8, REL-9).

    A refusal of the sender is no fault of the message, and the next message would meet it too: a
    spent quota, which big providers call 5.2.0 at submission, or 5.7.x where the words are about
    our account, address or standing. Such mails wait, and no try is counted.
    """
    if not 500 <= code < 600:
        return Verdict.TEMPORARY
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    status = text.strip().partition(" ")[0]
    is_about_us = _ABOUT_US.search(text) is not None and _ABOUT_CONTENT.search(text) is None
    if code in _REFUSALS_OF_THE_SENDER or status == "5.2.0":
        return Verdict.RELAY_TROUBLE
    return Verdict.RELAY_TROUBLE if status.startswith("5.7.") and is_about_us else Verdict.PERMANENT


def _answer(verdict: Verdict, code: int, reply: bytes | str) -> RelayAnswer:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return RelayAnswer(verdict, code, _clean(text))


def _trouble(error: Exception) -> RelayAnswer:
    """What came of a conversation that broke: the relay's words where it said any, else ours."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(Verdict.RELAY_TROUBLE, error.smtp_code, error.smtp_error)
    return RelayAnswer(Verdict.RELAY_TROUBLE, None, _network_words(error))


def _network_words(error: Exception) -> str:
    """What an operator reads where the relay said nothing; never the name of an exception."""
    if isinstance(error, (TimeoutError, RelayTimeoutError)):
        return "The relay did not answer in time."
    if isinstance(error, ssl.SSLError):
        return _clean(f"No TLS with the relay: {error.reason or error}")
    if isinstance(error, ConnectionRefusedError):
        return "The relay refuses connections."
    if isinstance(error, socket.gaierror):
        return "The name of the relay is not known."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "The relay closed the connection."
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _clean(f"The relay can’t do what the settings ask for: {error}")
    return _clean(f"No connection to the relay: {getattr(error, 'strerror', None) or error}")


def _clean(text: str) -> str:
    """Printable ASCII without addresses, 200 characters at most (REL-8, SEC-101)."""
    plain = re.sub(r"[^\x20-\x7e]+", " ", text)
    without_addresses = re.sub(r"[^\s<>@]+@", "***@", plain)
    return without_addresses.strip()[:MAXIMUM_REPLY_CHARACTERS]
