"""Read what inviting needs, once for one address or for many (COL-4, REL-22).

The form and the resend command ask for one address, a bulk job for the rows that share a
transaction. A caller that notices a change meanwhile builds a new context.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from guests.models import User
from guests.users import lookups
from guests.users.creation.actions import is_principal_name_taken, taken_principal_names
from guests.users.user_principal_name import first_guest_name
from invitations.blocking.actions import blocked_among
from invitations.collaboration.rules import CollaborationRules
from invitations.inviting import checks
from invitations.inviting.guest_quota import room_for_guests
from portal.permissions import InvitePolicy
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress


class InviteContext:
    """The rules of a tenant, and what is known of some addresses. Each is asked when needed."""

    def __init__(self, tenant: Tenant, addresses: Iterable[EmailAddress]) -> None:
        """Take the addresses that will be invited or get a copy."""
        self.tenant = tenant
        self._addresses = {address.canonical: address for address in addresses}

    @cached_property
    def policy(self) -> InvitePolicy:
        """Who may invite (T15)."""
        return checks.invite_policy(self.tenant)

    @cached_property
    def rules(self) -> CollaborationRules:
        """Which domains may be invited (COL-10 to COL-14)."""
        return checks.collaboration_rules(self.tenant)

    @cached_property
    def room(self) -> int | None:
        """How many more guests the tenant may have, None for any number (T18 row 8, T21).

        Ask inside the transaction that adds them all: it locks the tenant.
        """
        return room_for_guests(self.tenant)

    @cached_property
    def holders(self) -> dict[str, User]:
        """The users of the tenant by the addresses they have (RED-5)."""
        return lookups.users_by_address(self.tenant, self._addresses)

    @cached_property
    def home_accounts(self) -> dict[str, User]:
        """Members of other organizations by address (HRD-1)."""
        return lookups.members_by_address(self._addresses, outside=self.tenant)

    @cached_property
    def blocked(self) -> set[str]:
        """Those addresses that want no invitations of the tenant (INV-16)."""
        return blocked_among(self.tenant, self._addresses)

    def note(self, user: User) -> None:
        """Know of a guest who was made after the reading."""
        self.holders[user.invited_address_key] = user
        self._taken_names.add(user.user_principal_name.lower())
        if self.room is not None:
            self.room -= 1

    @cached_property
    def _taken_names(self) -> set[str]:
        names = [
            first_guest_name(address, self.tenant.initial_domain)
            for address in self._addresses.values()
        ]
        return taken_principal_names(names)

    def is_name_taken(self, user_principal_name: str, address: EmailAddress) -> bool:
        """Whether somebody has the principal name that a guest with this address would get."""
        if user_principal_name == first_guest_name(address, self.tenant.initial_domain):
            return user_principal_name.lower() in self._taken_names
        return is_principal_name_taken(user_principal_name)
