"""Set the sponsors of a guest: up to five users or groups of the tenant (DIR-25)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from guests.models import Group, Sponsor, Sponsorship, User
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_rows

SPONSORS = "sponsors"
MAXIMUM_SPONSORS = 5


def add_sponsors(guest: User, sponsors: Iterable[Sponsor]) -> None:
    """Let `sponsors` answer for `guest` too; call it in a transaction, after `require`."""
    for row in sponsorship_rows(guest, sponsors):
        row.save(force_insert=True)


def remove_sponsors(guest: User, sponsors: Iterable[Sponsor]) -> None:
    """Let `sponsors` answer for `guest` no longer."""
    gone = {sponsor.pk for sponsor in sponsors}
    mine = Sponsorship.objects.of(guest.tenant).filter(guest=guest)
    mine.filter(sponsor__in=gone).delete()
    mine.filter(group__in=gone).delete()


def sponsorship_rows(guest: User, sponsors: Iterable[Sponsor]) -> list[Sponsorship]:
    """The rows that let `sponsors` answer for `guest`, not written yet."""
    return [
        Sponsorship(
            tenant=guest.tenant,
            guest=guest,
            **{"group" if isinstance(sponsor, Group) else "sponsor": sponsor},
        )
        for sponsor in sponsors
    ]


def require_valid_sponsors(
    tenant: Tenant, sponsors: Sequence[Sponsor], *, guest: User | None = None
) -> None:
    """Pass if `sponsors` may answer for a guest of `tenant` (DIR-25).

    Call it inside the transaction: the groups cannot be deleted until it ends.
    Raises: InvalidInput at `sponsors`.
    """
    if len(sponsors) > MAXIMUM_SPONSORS:
        raise InvalidInput(SPONSORS, _("A guest can have five sponsors at most."))
    if any(sponsor.tenant_id != tenant.pk for sponsor in sponsors):
        raise InvalidInput(SPONSORS, _("Choose sponsors of your own organization."))
    if guest is not None and any(sponsor.pk == guest.pk for sponsor in sponsors):
        raise InvalidInput(SPONSORS, _("Nobody can be their own sponsor."))
    groups = {sponsor.pk for sponsor in sponsors if isinstance(sponsor, Group)}
    rows = Group.objects.of(tenant).filter(pk__in=groups)
    if groups and lock_rows(rows) != len(groups):
        raise InvalidInput(SPONSORS, _("One of these groups was deleted meanwhile."))


def lock_users(tenant: Tenant, sponsors: Iterable[Sponsor]) -> None:
    """Keep the users among `sponsors` undeleted until the transaction ends (DIR-27, DIR-31).

    Raises: InvalidInput at `sponsors`.
    """
    users = {sponsor.pk for sponsor in sponsors if isinstance(sponsor, User)}
    present = User.objects.of(tenant).present().filter(pk__in=users)
    if users and lock_rows(present) != len(users):
        raise InvalidInput(SPONSORS, _("One of these sponsors was deleted meanwhile."))
