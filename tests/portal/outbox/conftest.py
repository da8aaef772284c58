"""A kind of mail of the tests' own, so that the outbox is tested without the rooms above."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from portal.outbox.actions import enqueue_mail
from portal.outbox.mail_types import MAIL_TYPES, MailType
from portal.outbox.models import OutgoingMail, Queue
from portal.tenants.models import Tenant
from portal.values.email_address import TransportAddress
from tests.factories import TenantFactory
from tests.support.letters import Enqueue, Letters


@pytest.fixture
def letters() -> Iterator[Letters]:
    """The kinds `letter` (queue mail) and `note` (queue passcode, fixed waits)."""
    asked = Letters()
    MAIL_TYPES.register(
        "letter",
        MailType(
            "letter",
            Queue.MAIL,
            asked.build,
            on_sent=lambda mail: asked.sent.append(mail.subject_id),
            on_failed=lambda mail: asked.failed.append(mail.subject_id),
        ),
    )
    MAIL_TYPES.register(
        "note",
        MailType(
            "note",
            Queue.PASSCODE,
            asked.build,
            lease=timedelta(seconds=30),
            send_timeout=timedelta(seconds=15),
            lifetime=timedelta(minutes=15),
            retry_after=tuple(timedelta(seconds=s) for s in (0, 5, 15, 45, 120, 300)),
        ),
    )
    yield asked
    for name in ("letter", "note"):
        MAIL_TYPES.unregister(name)


@pytest.fixture
def tenant(db: None) -> Tenant:
    return TenantFactory(display_name="Contoso")


@pytest.fixture
def enqueue(tenant: Tenant, letters: Letters) -> Enqueue:
    """`enqueue()` queues a letter in a transaction of its own."""

    def enqueue(recipient: str = "ada@partner.test", kind: str = "letter") -> OutgoingMail:
        with transaction.atomic():
            return enqueue_mail(
                kind, tenant=tenant, subject_id=uuid.uuid4(), recipient=TransportAddress(recipient)
            )

    return enqueue
