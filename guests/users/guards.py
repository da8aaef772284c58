"""Protect the own account and the last administrator from changes, and deleted users.

USR-25 and ROL-5 hold for deleting, disabling and resetting alike.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from guests.models import RoleAssignment, User
from portal.errors import Conflict
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_tenant


class OwnAccount(Conflict):
    """An administrator would lock themselves out (USR-25)."""

    message = _("You can’t do this to your own account. Ask another administrator.")


class UserGone(Conflict):
    """A deleted user is neither changed nor given anything (DIR-31)."""

    message = _("This user was deleted meanwhile. Nothing was changed.")


class LastAdministrator(Conflict):
    """The tenant would lose its last administrator (USR-25)."""

    message = _(
        "This is the last enabled Global Administrator. Make somebody else one before you go on."
    )


def require_other_account(by: User, user: User) -> None:
    """Pass if `user` is somebody else. Raises: OwnAccount."""
    if by.pk == user.pk:
        raise OwnAccount


def is_global_administrator(user: User) -> bool:
    """Whether `user` holds the role that USR-25 keeps one of."""
    return Role.GLOBAL_ADMINISTRATOR.value in user.roles


def require_another_administrator(user: User) -> None:
    """Pass if the tenant keeps an enabled Global Administrator without `user` (USR-25).

    Call it inside the transaction of the change, before it. Two administrators who remove each
    other at the same moment stand in a queue here: the second one sees the first one's change.

    Raises: LastAdministrator.
    """
    if not is_global_administrator(user):
        return
    lock_tenant(user.tenant)
    others = (
        User.objects.of(user.tenant)
        .present()
        .filter(account_enabled=True)
        .exclude(pk=user.pk)
        .filter(Exists(_administrations(user.tenant)))
    )
    if not others.exists():
        raise LastAdministrator


def _administrations(tenant: Tenant) -> QuerySet[RoleAssignment]:
    rows: QuerySet[RoleAssignment] = RoleAssignment.objects.of(tenant).filter(
        user=OuterRef("pk"), role=Role.GLOBAL_ADMINISTRATOR.value
    )
    return rows
