"""Which addresses want no more invitations of an organisation (INV-16)."""

from __future__ import annotations

from collections.abc import Iterable

from invitations.models import InvitationBlock
from portal.addresses import canonical
from portal.tenants.models import Tenant


def is_blocked(tenant: Tenant, address: str) -> bool:
    """Whether this address gets no invitation mail of `tenant` (SEC-33)."""
    return bool(InvitationBlock.objects.of(tenant).filter(address_key=canonical(address)).exists())


def blocked_among(tenant: Tenant, addresses: Iterable[str]) -> set[str]:
    """Those of the canonical addresses that get no invitation mail of `tenant`, in one query."""
    blocks = InvitationBlock.objects.of(tenant).filter(address_key__in=list(addresses))
    return set(blocks.values_list("address_key", flat=True))


def of_address(address_key: str) -> list[InvitationBlock]:
    """The blocks of one canonical address in all organizations, by the organization’s name."""
    rows = InvitationBlock.unscoped.filter(address_key=address_key)
    return list(rows.select_related("tenant").order_by("tenant__display_name", "tenant_id"))
