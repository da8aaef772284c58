"""Suppress addresses that bounced for good, and clear them again (INV-23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from portal import permissions
from portal.audit import log
from portal.audit.log import Details, Target
from portal.errors import NotFound
from portal.outbox.models import OutgoingMail, SuppressedAddress
from portal.permissions import Capability
from portal.principals import SYSTEM, Principal
from portal.tenants.models import Tenant
from portal.values.email_address import InvalidEmailAddress, canonical_address

if TYPE_CHECKING:
    from guests.models import User


def suppressed_addresses(mail: OutgoingMail) -> SuppressedAddress | None:
    """The suppression of a mail's recipient in its tenant, or None."""
    return _suppression(mail.tenant, _key_of(mail))


def suppression_of(tenant: Tenant, address: str) -> SuppressedAddress | None:
    """The suppression of an address in a tenant, or None."""
    return _suppression(tenant, _key(address))


def _suppression(tenant: Tenant, key: str) -> SuppressedAddress | None:
    rows = SuppressedAddress.objects.of(tenant).filter(address=key)
    found: SuppressedAddress | None = rows.first()
    return found


def suppress_address(mail: OutgoingMail, *, status: str, reason: str) -> None:
    """Send no more mail of this tenant to the recipient of `mail`.

    Call it inside the transaction that notes the bounce; an address that is suppressed stays so.
    """
    row, is_new = SuppressedAddress.objects.of(mail.tenant).get_or_create(
        address=_key_of(mail),
        defaults={"tenant": mail.tenant, "mail": mail, "status": status, "reason": reason},
    )
    if is_new:
        log.record(
            log.SUPPRESS_ADDRESS,
            mail.tenant,
            by=SYSTEM,
            target=_target(row),
            details=Details(reason=reason, additional={"MailId": mail.pk, "Status": status}),
        )


def clear_suppression(suppressed: SuppressedAddress, *, by: User) -> None:
    """Let mail go to the address again.

    Raises: NotAllowed; NotFound when somebody cleared it meanwhile.
    """
    target = _target(suppressed)
    with log.refusals(log.CLEAR_SUPPRESSION, suppressed.tenant, by=by, target=target):
        permissions.require(by, Capability.MAIL_EDIT)
    _clear(suppressed, by)


def clear_as_operator(suppressed: SuppressedAddress, *, by: Principal) -> None:
    """The same for an operator, in any tenant; Django admin admits only operators (SEC-82).

    Raises: NotFound.
    """
    _clear(suppressed, by, actor_kind="operator")


def _clear(suppressed: SuppressedAddress, by: Principal, *, actor_kind: str = "") -> None:
    with transaction.atomic():
        rows = SuppressedAddress.objects.of(suppressed.tenant).filter(pk=suppressed.pk)
        deleted, _rows = rows.delete()
        if not deleted:
            raise NotFound
        log.record(
            log.CLEAR_SUPPRESSION,
            suppressed.tenant,
            by=by,
            target=_target(suppressed),
            details=Details(reason=suppressed.reason),
            actor_kind=actor_kind,
        )


def _key(address: str) -> str:
    try:
        return canonical_address(address)
    except InvalidEmailAddress:
        return address.lower()


def _key_of(mail: OutgoingMail) -> str:
    """As `_key`, for the recipient of a mail."""
    try:
        return mail.recipient_address.canonical
    except InvalidEmailAddress:
        return mail.recipient.lower()


def _target(suppressed: SuppressedAddress) -> Target:
    return Target("SuppressedAddress", str(suppressed.pk), suppressed.address)
