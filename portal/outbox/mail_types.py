"""What the outbox must know about each type of mail: builder, lifetime, retries (REL-4, REL-14).

Other apps register their types when the apps are ready; the outbox never imports them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.mail import EmailMessage
from django.utils.functional import Promise

from portal.hooks import Hook
from portal.outbox.models import OutgoingMail, Queue
from portal.outbox.sending.messages import Content


class NotWantedError(Exception):
    """The business row no longer wants this mail: revoked, blocked, expired (REL-11)."""


def _nothing(_mail: OutgoingMail) -> None:
    """Take no note of an outcome."""


@dataclass(frozen=True)
class MailType:
    """One type of mail.

    `build` makes the message from the row, the same each time, or raises NotWantedError;
    `on_sent` and `on_failed` run inside the transaction that stores the outcome.
    """

    name: str
    queue: Queue
    build: Callable[[OutgoingMail], EmailMessage]
    on_sent: Callable[[OutgoingMail], None] = _nothing
    on_failed: Callable[[OutgoingMail], None] = _nothing
    lease: timedelta = timedelta(seconds=120)
    send_timeout: timedelta = timedelta(seconds=60)
    lifetime: timedelta = timedelta(hours=24)
    retry_after: tuple[timedelta, ...] = ()
    """Fixed waits between tries, measured from the first; empty means exponential (REL-7)."""
    label: str | Promise = ""
    """What administrators and operators call it."""
    sample: Callable[[str], Content] | None = None
    """Takes a language, gives the mail as it would be written for somebody who does not exist."""


MAIL_TYPES: Hook[MailType] = Hook("mail types")


def get_label(name: str) -> str:
    """The label of a type of mail; its name where it has none or no app registered it."""
    mail_type = MAIL_TYPES.get(name)
    return str(mail_type.label or name) if mail_type else name


def find_mail_type(name: str) -> MailType:
    """The type of that name; for a name that no app registered, one whose builder refuses.

    So a mail of an app that is gone counts its tries and fails like any other (REL-10).
    """
    return MAIL_TYPES.get(name) or MailType(name, Queue.MAIL, _refuse_unknown)


def _refuse_unknown(mail: OutgoingMail) -> EmailMessage:
    raise LookupError(f"no app builds mails of type {mail.kind}")
