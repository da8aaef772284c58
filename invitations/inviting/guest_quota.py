"""How many guests a tenant may have (T18 row 8, T21)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guests.models import User
from portal.errors import DomainError
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_rows


class QuotaSpent(DomainError):
    """The tenant has as many guests as it may have (T18 row 8)."""

    message = _(
        "Your organization has reached its number of guests. Delete guests who are not needed any "
        "more, then invite again."
    )


def room_for_guests(tenant: Tenant) -> int | None:
    """Give how many more guests the tenant may have; None for any number.

    Call it inside the transaction that adds the guest. Where there is a quota, the tenant is
    locked until that transaction ends, because two that count at the same time would both find
    the last place.
    """
    if tenant.guest_quota is None:
        return None
    lock_rows(Tenant.objects.filter(pk=tenant.pk))
    return max(0, tenant.guest_quota - int(User.objects.of(tenant).external().count()))


def require_room_for_guest(tenant: Tenant) -> None:
    """Pass if the tenant may have one more guest; call it as `room_for_guests`.

    Raises: QuotaSpent.
    """
    if room_for_guests(tenant) == 0:
        raise QuotaSpent
