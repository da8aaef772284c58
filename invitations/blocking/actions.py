"""Block and unblock invitations of an organization, and find blocked addresses (INV-16, SEC-33)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from invitations.blocking.tokens import Blockable
from invitations.models import InvitationBlock
from portal.audit import log
from portal.audit.log import Activity, Target
from portal.principals import SYSTEM
from portal.tenants.models import Tenant
from portal.values.email_address import CanonicalAddress


def block_invitations(about: Blockable) -> bool:
    """Send this address no more invitations of this organization; whether that is new.

    Doing it again changes nothing. Queued mails are stopped when their turn comes (REL-11);
    passcode mail is not affected.
    """
    try:
        with transaction.atomic():
            InvitationBlock.objects.create(tenant=about.tenant, address_key=about.address_key)
            _record(log.UNSUBSCRIBED, about)
    except IntegrityError:
        return False
    return True


def unblock_invitations(about: Blockable) -> bool:
    """Let invitations of this organization through again; whether they were blocked."""
    with transaction.atomic():
        deleted, _by_model = (
            InvitationBlock.objects.of(about.tenant).filter(address_key=about.address_key).delete()
        )
        if deleted:
            _record(log.SUBSCRIBED, about)
    return bool(deleted)


def _record(activity: Activity, about: Blockable) -> None:
    """The address itself acted, without a sign-in."""
    log.record(
        activity,
        about.tenant,
        by=SYSTEM,
        target=Target("Address", "", about.address_key),
        actor_kind="recipient",
    )


def is_blocked(tenant: Tenant, address_key: CanonicalAddress) -> bool:
    """Whether this canonical address gets no invitation mail of `tenant` (SEC-33)."""
    return bool(InvitationBlock.objects.of(tenant).filter(address_key=address_key).exists())


def blocked_among(tenant: Tenant, addresses: Iterable[str]) -> set[str]:
    """Those of the canonical addresses that get no invitation mail of `tenant`, in one query."""
    blocks = InvitationBlock.objects.of(tenant).filter(address_key__in=list(addresses))
    return set(blocks.values_list("address_key", flat=True))


def blocked_by_address(address_key: CanonicalAddress) -> list[InvitationBlock]:
    """The blocks of one canonical address in all organizations, by the organization’s name."""
    rows = InvitationBlock.unscoped.filter(address_key=address_key)
    return list(rows.select_related("tenant").order_by("tenant__display_name", "tenant_id"))
