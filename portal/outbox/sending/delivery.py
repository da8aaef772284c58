"""Claim a mail, send it, store the result, and plan the next try (REL-4 to REL-11, REL-14)."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Now

from portal.outbox.bounces import suppressions
from portal.outbox.mail_types import MailType, NotWantedError, find_mail_type
from portal.outbox.models import NOT_ARRIVED, DeliveryAttempt, MailState, OutgoingMail
from portal.outbox.sending import smtp
from portal.outbox.sending.smtp import RelayAnswer, Verdict
from portal.tenants import row_locks
from portal.tenants.row_failures import is_database_away

LONGEST_WAIT = timedelta(hours=1)
AFTER_FINAL_DOT = timedelta(minutes=5)


def next_wait(
    tries: int,
    *,
    base: timedelta,
    fixed: tuple[timedelta, ...] = (),
    after_final_dot: bool = False,
    jitter: float | None = None,
) -> timedelta | None:
    """The wait before the next try, or None to give up.

    Takes the number of tries so far (1 or more), the base of the exponential schedule, or
    the `fixed` moments measured from the first try (REL-14), whether the connection broke
    behind the final dot (then the relay may have the message: at least five minutes), and
    a `jitter` between 0 and 1 (random by default; full jitter).
    """
    if fixed:
        if tries > len(fixed):
            return None
        before = fixed[tries - 2] if tries > 1 else timedelta()
        wait = fixed[tries - 1] - before
    else:
        ceiling = min(base * 2 ** min(tries - 1, 16), LONGEST_WAIT)
        wait = ceiling * (random.random() if jitter is None else jitter)  # noqa: S311
    return max(wait, AFTER_FINAL_DOT) if after_final_dot else wait


POISON_LIMIT = 5
RELAY_TROUBLE_WAIT = timedelta(seconds=30)
PASSCODE_TROUBLE_WAIT = timedelta(seconds=5)

logger = structlog.get_logger(__name__)


def worker_name() -> str:
    """This thread of this process of this machine, as leases name their owner."""
    return f"{socket.gethostname()[:24]}-{os.getpid()}-{threading.get_ident() % 10**8}"


def claim_mail(mail_id: uuid.UUID, owner: str) -> OutgoingMail | None:
    """Take the lease of a due mail by one conditional UPDATE on the database's clock (REL-4).

    Gives the row, or None when it is not due, not open, or somebody else's.
    """
    row = OutgoingMail.unscoped.filter(pk=mail_id).values_list("kind", flat=True).first()
    if row is None or not _lease(mail_id, row, owner):
        return None
    mail = OutgoingMail.unscoped.with_time_left().select_related("tenant").get(pk=mail_id)
    mail.claimed_at = time.monotonic()
    return mail


def claim_next_mail(queue: str, owner: str) -> OutgoingMail | None:
    """Take the lease of the mail of `queue` that has been due for longest, or give None (REL-3).

    Several workers pass by each other's rows instead of fighting for the same ones.
    """
    due = OutgoingMail.unscoped.due().on([queue]).with_time_left().order_by("due_at")
    with transaction.atomic():
        mail: OutgoingMail | None = row_locks.lock_unlocked_row(due.select_related("tenant"))
        if mail is None or not _lease(mail.pk, mail.kind, owner):
            return None
    mail.state, mail.lease_owner = MailState.SENDING, owner
    mail.claimed_at = time.monotonic()
    return mail


def _time_left(mail: OutgoingMail) -> timedelta:
    """How long the mail may still be tried, by the database and not by this machine (REL-21)."""
    left: timedelta = getattr(mail, "time_left")  # noqa: B009 - from `with_time_left`, unknown to mypy
    return left - timedelta(seconds=time.monotonic() - mail.claimed_at)


def _lease(mail_id: uuid.UUID, kind_name: str, owner: str) -> bool:
    lease = find_mail_type(kind_name).lease
    due = OutgoingMail.unscoped.filter(pk=mail_id).due()
    return bool(due.update(state=MailState.SENDING, lease_owner=owner, lease_until=Now() + lease))


def name_owner() -> str:
    """A new owner name, for one lease."""
    return f"{worker_name()}-{uuid.uuid4().hex[:8]}"


def deliver_mail(mail_id: uuid.UUID) -> MailState | None:
    """Send one mail if it is due; the state it is in afterwards, None if it was not ours.

    Running it ten times sends once (REL-5).
    """
    mail = claim_mail(mail_id, name_owner())
    return None if mail is None else deliver_claimed(mail)


def deliver_claimed(mail: OutgoingMail) -> MailState | None:
    """Send a mail whose lease the caller has; the state it is in afterwards, None if it lost it."""
    owner = mail.lease_owner
    kind = find_mail_type(mail.kind)
    if _time_left(mail) <= timedelta():
        return _finish(mail, kind, owner, MailState.EXPIRED, RelayAnswer(Verdict.TEMPORARY))
    try:
        suppressed, answer = _build_and_send(mail, kind)
    except NotWantedError as reason:
        return _finish(
            mail, kind, owner, MailState.CANCELLED, RelayAnswer(Verdict.PERMANENT, text=str(reason))
        )
    except Exception as error:
        if is_database_away(error):
            raise
        # A builder or an address can fail in unforeseen ways: it counts against this mail, and the
        # mails behind it go on (REL-10).
        logger.exception("outbox_mail_failed", mail=str(mail.pk), kind=mail.kind)
        return _poisoned(mail, kind, owner)
    if suppressed:
        return _finish(mail, kind, owner, MailState.SUPPRESSED, answer)
    return _conclude(mail, kind, owner, answer)


def attempt_delivery(mail_id: uuid.UUID, deliver: Callable[[], object]) -> None:
    """Call `deliver` for one mail of many.

    A failure that its row could not count stops no other mail: the lease keeps the row away until
    it is over (REL-3, REL-10). Raises: only what says that the database is away.
    """
    try:
        deliver()
    except Exception as error:
        if is_database_away(error):
            raise
        logger.exception("outbox_delivery_failed", mail=str(mail_id))


def _build_and_send(mail: OutgoingMail, kind: MailType) -> tuple[bool, RelayAnswer]:
    """Whether the address is suppressed, and what came of the message.

    The suppression is asked behind the builder, which starts the time of a code: a guest who waits
    for one sees no difference between an address that bounced and any other (SEC-14).
    """
    message = kind.build(mail)
    suppressed = suppressions.suppressed_addresses(mail)
    if suppressed is not None:
        text = f"suppressed: {suppressed.reason}"[: smtp.MAXIMUM_REPLY_CHARACTERS]
        return True, RelayAnswer(Verdict.PERMANENT, text=text)
    return False, smtp.send_message(message, kind.send_timeout)


def _conclude(
    mail: OutgoingMail, kind: MailType, owner: str, answer: RelayAnswer
) -> MailState | None:
    if answer.verdict is Verdict.SENT:
        return _finish(mail, kind, owner, MailState.SENT, answer)
    if answer.verdict is Verdict.PERMANENT:
        return _finish(mail, kind, owner, MailState.FAILED, answer)
    tries = mail.tries + 1
    if answer.verdict is Verdict.RELAY_TROUBLE:
        # The relay's or our own fault: no try is counted against the message (REL-9).
        wait: timedelta | None = (
            PASSCODE_TROUBLE_WAIT
            if kind.retry_after
            else min(settings.OUTBOX_BACKOFF_BASE, RELAY_TROUBLE_WAIT)
        )
        counted = 0
    else:
        wait = next_wait(
            tries,
            base=settings.OUTBOX_BACKOFF_BASE,
            fixed=kind.retry_after,
            after_final_dot=answer.after_final_dot,
        )
        counted = 1
    if wait is None or wait >= _time_left(mail):
        return _finish(mail, kind, owner, _given_up(kind), answer)
    return _postpone(mail, owner, wait, counted, answer)


def _given_up(kind: MailType) -> MailState:
    return MailState.EXPIRED if kind.retry_after else MailState.FAILED


def _postpone(
    mail: OutgoingMail, owner: str, wait: timedelta, counted: int, answer: RelayAnswer
) -> MailState | None:
    with transaction.atomic():
        ours = _ours(mail, owner).update(
            state=MailState.PENDING,
            due_at=Now() + wait,
            lease_until=None,
            tries=F("tries") + counted,
            reply_code=answer.code,
            reply_text=answer.text,
        )
        if not ours:
            return None
        _note(mail, owner, "deferred", answer)
    return MailState.PENDING


def _poisoned(mail: OutgoingMail, kind: MailType, owner: str) -> MailState | None:
    """Count an exception outside SMTP; five of them fail the mail (REL-10)."""
    answer = RelayAnswer(Verdict.PERMANENT, text="poison")
    if mail.poison_count + 1 >= POISON_LIMIT:
        return _finish(mail, kind, owner, MailState.FAILED, answer)
    with transaction.atomic():
        ours = _ours(mail, owner).update(
            state=MailState.PENDING,
            due_at=Now() + settings.OUTBOX_BACKOFF_BASE / 12,
            lease_until=None,
            poison_count=F("poison_count") + 1,
            reply_text="poison",
        )
        if not ours:
            return None
        _note(mail, owner, "poison", answer)
    return MailState.PENDING


def _finish(
    mail: OutgoingMail, kind: MailType, owner: str, state: MailState, answer: RelayAnswer
) -> MailState | None:
    """Store the final state; a worker that lost its lease stores nothing (REL-4).

    What the app of the mail makes of the outcome is stored with it. Where that fails, the outcome
    is stored all the same: a mail that has left must not leave again when its lease is over
    (REL-5, REL-10).
    """
    try:
        is_ours = _store_outcome(mail, kind, owner, state, answer)
    except Exception as error:
        if is_database_away(error):
            raise
        logger.exception("outbox_outcome_failed", mail=str(mail.pk), kind=mail.kind)
        is_ours = _store_outcome(mail, None, owner, state, answer)
    if not is_ours:
        logger.warning("outbox_lease_lost", mail=str(mail.pk), state=state)
        return None
    logger.info("outbox_finished", mail=str(mail.pk), kind=mail.kind, state=state.value)
    return state


@transaction.atomic
def _store_outcome(
    mail: OutgoingMail,
    kind: MailType | None,
    owner: str,
    state: MailState,
    answer: RelayAnswer,
) -> bool:
    """Store the final state and tell the app of `kind`, if any; whether the lease was ours."""
    ours = _ours(mail, owner).update(
        state=state,
        finished_at=Now(),
        lease_until=None,
        tries=F("tries") + int(state is MailState.SENT or answer.code is not None),
        reply_code=answer.code,
        reply_text=answer.text,
    )
    if not ours:
        return False
    _note(mail, owner, state.value, answer)
    mail.refresh_from_db()
    if kind is not None and state is MailState.SENT:
        kind.on_sent(mail)
    elif kind is not None and state in NOT_ARRIVED:
        kind.on_failed(mail)
    return True


def _ours(mail: OutgoingMail, owner: str) -> models.QuerySet[OutgoingMail]:
    rows: models.QuerySet[OutgoingMail] = OutgoingMail.objects.of(mail.tenant)
    return rows.filter(pk=mail.pk, state=MailState.SENDING, lease_owner=owner)


def _note(mail: OutgoingMail, owner: str, outcome: str, answer: RelayAnswer) -> None:
    DeliveryAttempt.objects.create(
        tenant=mail.tenant,
        mail=mail,
        worker=owner[:64],
        outcome=outcome,
        reply_code=answer.code,
        reply_text=answer.text,
    )
