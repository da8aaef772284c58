"""Decide which users somebody may look at (COL-1, COL-2, T14).

Members and holders of a role see every user of their tenant. What a guest sees is the tenant's
choice. It holds for lists, pages and pickers, and also for look-ups by object id or name.
"""

from __future__ import annotations

import enum
import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guests.models import User
from guests.users.queries import list_users
from portal import permissions
from portal.errors import NotAllowed
from portal.permissions import Capability
from portal.tenants.models import GuestAccess


class HiddenByPolicy(NotAllowed):
    """A guest asked for what the tenant's guest user access does not show."""

    message = _("Your organization’s settings let guests see no more than their own profile here.")


class Reach(enum.Enum):
    """How much of a person somebody may see."""

    EVERYTHING = "everything"
    BASICS = "basics"
    """Name, mail, sign-in name, photo and user type (T14, limited access)."""
    NOTHING = "nothing"


def reach_of(reader: User, user_id: uuid.UUID) -> Reach:
    """How much `reader` may see of the user with this id, whether there is one or not."""
    if reader.pk == user_id or permissions.may(reader, Capability.USERS_LIST):
        return Reach.EVERYTHING
    if reader.tenant.guest_access == GuestAccess.RESTRICTED:
        return Reach.NOTHING
    return Reach.BASICS


def require_visible(reader: User, user_id: uuid.UUID, wanted: Reach = Reach.EVERYTHING) -> None:
    """Pass if `reader` may see as much of this user.

    Raises: HiddenByPolicy, the same for ids that do not exist.
    """
    found = reach_of(reader, user_id)
    if found is Reach.NOTHING or (found is Reach.BASICS and wanted is Reach.EVERYTHING):
        raise HiddenByPolicy


def listed_users(reader: User) -> QuerySet[User]:
    """The users that `reader` may find in lists and pickers: all, or only themselves."""
    found = list_users(reader.tenant)
    return found if permissions.may(reader, Capability.USERS_LIST) else found.filter(pk=reader.pk)
