"""Queue, cancel, hold, release, retry and send again (REL-1, REL-11)."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import permissions
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import Conflict
from portal.outbox.bounces import suppressions
from portal.outbox.mail_types import MAIL_TYPES, find_mail_type
from portal.outbox.models import NOT_ARRIVED, MailState, OutgoingMail, Queue
from portal.outbox.sending import publishing
from portal.permissions import Capability
from portal.principals import Principal
from portal.tenants import bulk_inserts
from portal.tenants.models import Tenant
from portal.values.email_address import TransportAddress

if TYPE_CHECKING:
    from guests.models import User


def enqueue_mail(
    kind_name: str,
    *,
    tenant: Tenant,
    subject_id: uuid.UUID,
    recipient: TransportAddress,
    language: str = "en-US",
    is_copy: bool = False,
    queue: Queue | None = None,
) -> OutgoingMail:
    """Write the outbox row and publish its id after commit (REL-1, REL-2).

    Call it inside the transaction of the business change. Takes the registered kind's name,
    the id of the row the mail is about and the one recipient (SEC-97), empty for a decoy.
    """
    kind = MAIL_TYPES[kind_name]
    mail = OutgoingMail(
        tenant=tenant,
        kind=kind.name,
        subject_id=subject_id,
        recipient=recipient,
        is_copy=is_copy,
        queue=queue or kind.queue,
        language=language,
        give_up_at=timezone.now() + kind.lifetime,
        correlation_id=log.ORIGIN.get().correlation_id,
    )
    bulk_inserts.insert_row(mail)
    transaction.on_commit(partial(publishing.publish_row, mail), robust=True)
    return mail


def cancel_mails(tenant: Tenant, subject_id: uuid.UUID) -> int:
    """Cancel the mails about `subject_id` that have not left; how many (REL-11)."""
    return int(
        OutgoingMail.objects.of(tenant)
        .filter(subject_id=subject_id, state__in=[MailState.PENDING, MailState.HELD])
        .update(state=MailState.CANCELLED, finished_at=timezone.now())
    )


def hold_mail(mail: OutgoingMail, *, by: Principal) -> None:
    """Keep a queued mail back until an operator releases it.

    Raises: Conflict when it is not queued any more.
    """
    _move(mail, {MailState.PENDING}, MailState.HELD, by=by)


def release_mail(mail: OutgoingMail, *, by: Principal) -> None:
    """Queue a held mail again, due now.

    Raises: Conflict when it is not on hold.
    """
    _move(mail, {MailState.HELD}, MailState.PENDING, by=by)


def retry_mail(mail: OutgoingMail, *, by: Principal) -> None:
    """Queue a mail that did not arrive, or waits, again, due now, with its full lifetime.

    A passcode that expired is canceled by its builder all the same (REL-14).
    Raises: Conflict when it was sent, canceled, held or is being sent.
    """
    _move(mail, {*NOT_ARRIVED, MailState.PENDING}, MailState.PENDING, by=by)


def send_again(mail: OutgoingMail, *, by: User) -> None:
    """Queue a mail of the own tenant that did not arrive, whatever its address did before.

    Clears the suppression of its address. A code is never sent again by somebody else.
    Raises: NotAllowed, Conflict.
    """
    target = Target("OutgoingMail", str(mail.pk), mail.kind)
    with log.refusals(log.SEND_AGAIN, mail.tenant, by=by, target=target):
        permissions.require(by, Capability.MAIL_EDIT)
    if mail.queue == Queue.PASSCODE:
        raise Conflict(_("A code is sent again only to whoever asks for one."))
    with transaction.atomic():
        suppressed = suppressions.suppressed_addresses(mail)
        if suppressed is not None:
            suppressions.clear_suppression(suppressed, by=by)
        _move(mail, set(NOT_ARRIVED), MailState.PENDING, by=by, as_operator=False)


def _move(
    mail: OutgoingMail,
    allowed: set[MailState],
    state: MailState,
    *,
    by: Principal,
    as_operator: bool = True,
) -> None:
    now = timezone.now()
    values: dict[str, object] = {"state": state, "due_at": now, "finished_at": None}
    if state is MailState.PENDING:
        values |= {"give_up_at": now + find_mail_type(mail.kind).lifetime, "poison_count": 0}
    with transaction.atomic():
        moved = (
            OutgoingMail.objects.of(mail.tenant)
            .filter(pk=mail.pk, state__in=allowed)
            .update(**values)
        )
        if not moved:
            raise Conflict("The mail changed state meanwhile. Reload the page.")
        log.record(
            log.OPERATOR_MAIL if as_operator else log.SEND_AGAIN,
            mail.tenant,
            by=by,
            target=Target("OutgoingMail", str(mail.pk), mail.kind),
            details=Details(changes=[Change("state", mail.state, state)]),
            actor_kind="operator" if as_operator else "",
        )
        mail.state = state
        if state is MailState.PENDING:
            transaction.on_commit(partial(publishing.publish_row, mail), robust=True)
