"""Apply a delivery report: mark a sent mail as bounced, or add to its history (INV-23, BET-3)."""

from __future__ import annotations

import enum
from collections.abc import Callable

import structlog
from django.db import transaction
from django.db.models.functions import Now

from portal.outbox.bounces import suppressions
from portal.outbox.bounces.delivery_reports import DeliveryReport
from portal.outbox.mail_types import find_mail_type
from portal.outbox.models import DeliveryAttempt, MailState, OutgoingMail
from portal.tenants.row_failures import is_database_away

MAXIMUM_NOTES = 50
"""Of one mail: reports come from outside, and a flood of them must not fill the table."""

logger = structlog.get_logger(__name__)


class Noted(enum.Enum):
    """What became of a report."""

    BOUNCED = "bounced"
    NOTED = "noted"
    IGNORED = "ignored"
    """No mail of ours, a repetition, or a mail that did not leave."""


def attempt_report(name: object, read: Callable[[], object]) -> None:
    """Take in one message or event of many; what it raises stops none behind it (REL-10).

    It comes again neither way, so it is only logged. Raises: only what says that the database is
    away; then it is read again.
    """
    try:
        read()
    except Exception as error:
        if is_database_away(error):
            raise
        logger.exception("delivery_report_failed", report=str(name))


def note_delivery_report(report: DeliveryReport) -> Noted:
    """Store what a report says about one mail; saying it again changes nothing.

    A final failure makes a sent mail *bounced*, tells its kind, and after a hard one its address
    gets no more mail. It is always the mail's own recipient that is suppressed, never an address
    that the report names: knowing the id of a mail does not let a stranger stop other mails.
    """
    mail = OutgoingMail.unscoped.select_related("tenant").filter(pk=report.mail_id).first()
    if mail is None:
        return Noted.IGNORED
    outcome = _bounce(mail, report) if report.is_final else _remember(mail, report)
    logger.info("delivery_report", mail=str(mail.pk), action=report.action, outcome=outcome.value)
    return outcome


def _bounce(mail: OutgoingMail, report: DeliveryReport) -> Noted:
    reason = _reason(report)
    with transaction.atomic():
        moved = (
            OutgoingMail.objects.of(mail.tenant)
            .filter(pk=mail.pk, state=MailState.SENT)
            .update(state=MailState.BOUNCED, finished_at=Now(), reply_code=None, reply_text=reason)
        )
        if not moved:
            return Noted.IGNORED
        _add_to_history(mail, "bounced", reason)
        mail.refresh_from_db()
        find_mail_type(mail.kind).on_failed(mail)
        if report.is_hard:
            suppressions.suppress_address(mail, status=report.status, reason=reason)
    return Noted.BOUNCED


def _remember(mail: OutgoingMail, report: DeliveryReport) -> Noted:
    outcome, reason = report.action[:16], _reason(report)
    notes = DeliveryAttempt.objects.of(mail.tenant).filter(mail=mail)
    if notes.filter(outcome=outcome, reply_text=reason).exists() or notes.count() > MAXIMUM_NOTES:
        return Noted.IGNORED
    _add_to_history(mail, outcome, reason)
    return Noted.NOTED


def _reason(report: DeliveryReport) -> str:
    """The other server's words, with the status where they do not name it."""
    if report.status and report.status not in report.reason:
        return f"{report.status} {report.reason}".strip()[:200]
    return report.reason


def _add_to_history(mail: OutgoingMail, outcome: str, reason: str) -> None:
    DeliveryAttempt.objects.create(
        tenant=mail.tenant, mail=mail, worker="delivery report", outcome=outcome, reply_text=reason
    )
