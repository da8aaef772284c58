"""What the outbox must know of a kind of mail: how to build it, how long to try (REL-4, REL-14).

The rooms above register their kinds when the apps are ready; the outbox never imports them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.mail import EmailMessage
from django.utils.functional import Promise

from portal.outbox.models import OutgoingMail, Queue
from portal.outbox.sending.messages import Content


class NotWantedError(Exception):
    """The business row no longer wants this mail: revoked, blocked, expired (REL-11)."""


def _nothing(_mail: OutgoingMail) -> None:
    """Take no note of an outcome."""


@dataclass(frozen=True)
class MailType:
    """One kind of mail.

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


_KINDS: dict[str, MailType] = {}


def register_mail_type(kind: MailType) -> None:
    """Make `kind` known to the outbox; registering again replaces it."""
    _KINDS[kind.name] = kind


def known_mail_types() -> list[MailType]:
    """Every registered kind, by name."""
    return [_KINDS[name] for name in sorted(_KINDS)]


def label_of(name: str) -> str:
    """What people call a kind; its name where nobody registered it or it has no label."""
    kind = _KINDS.get(name)
    return str(kind.label or name) if kind else name


def mail_type_named(name: str) -> MailType:
    """The registered kind.

    Raises: KeyError for a kind nobody registered.
    """
    return _KINDS[name]
