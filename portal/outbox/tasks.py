"""Celery tasks that deliver mails by their ids (REL-12, SEC-113)."""

from __future__ import annotations

import uuid
from functools import partial

from celery import shared_task

from portal.outbox.sending import delivery


@shared_task(name="portal.outbox.tasks.send_mail")
def send_mail(*mail_ids: str) -> None:
    """Deliver invitations, notices or bulk mails by their ids."""
    for mail_id in map(uuid.UUID, mail_ids):
        delivery.attempt_delivery(mail_id, partial(delivery.deliver_mail, mail_id))


@shared_task(name="portal.outbox.tasks.send_passcode")
def send_passcode(mail_id: str) -> None:
    """Deliver a passcode mail by its id, on the queue of its own."""
    delivery.deliver_mail(uuid.UUID(mail_id))
