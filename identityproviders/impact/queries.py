"""The guests that a change affects, a page at a time (BET-2, BET-25)."""

from __future__ import annotations

from dataclasses import dataclass

from guests.models import Issuer, User
from guests.users.queries import page_by_name
from identityproviders.discovery import guest_groups
from identityproviders.discovery.decide import Decision
from identityproviders.discovery.queries import address_of, parsed_address
from identityproviders.impact.effects import AffectedGuests, Consequences
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress


@dataclass(frozen=True)
class AffectedGuest:
    """One guest: the address that counts, how they sign in now, and how afterwards."""

    user: User
    address: EmailAddress | None
    before: Decision
    after: Decision


@dataclass(frozen=True)
class AffectedGuestsPage:
    """Some affected guests by name; `next_after` names the last one if more follow."""

    guests: tuple[AffectedGuest, ...]
    next_after: str


def affected_guests(
    tenant: Tenant, found: Consequences, wanted: AffectedGuests, *, after: str = ""
) -> AffectedGuestsPage:
    """One page of the guests that `found` counts as `wanted`, by name.

    Takes as `after` the `next_after` of the page before. The number of queries is fixed.
    """
    effects = {effect.group.key: effect for effect in found.affecting(wanted)}
    rows = guest_groups.list_guests(tenant, effects, named=found.named)
    page = page_by_name(tenant, rows, after)
    guests = []
    for user in page.users:
        effect = effects[guest_groups.key_of(user)]
        guests.append(AffectedGuest(user, _address(user), effect.before, effect.after))
    return AffectedGuestsPage(tuple(guests), page.next_after)


def _address(user: User) -> EmailAddress | None:
    """The bound mailbox of a guest who accepted with a code, else the invited address."""
    bound = None
    if user.is_accepted and user.identity_issuer == Issuer.PASSCODE:
        bound = parsed_address(guest_groups.bound_subject_of(user))
    return bound or address_of(user)
