"""Require rights and log refusals; protect the own account, the last administrator, higher roles.

USR-25 and ROL-5 hold for deleting, disabling and resetting alike.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from guests.models import RoleAssignment, User
from portal import permissions
from portal.audit import log
from portal.audit.log import Activity, Target
from portal.errors import Conflict
from portal.permissions import Capability, Role
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_rows


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


def require_logged_on(by: User, capability: Capability, user: User, activity: Activity) -> None:
    """Pass if `by` may do this to `user` (T17, ROL-5); a refusal is logged (AUD-1).

    Call it outside the transaction of the change. Raises: NotAllowed.
    """
    with log.refusals(activity, user.tenant, by=by, target=Target.of_user(user)):
        permissions.require_on(by, capability, user)


def require_logged(by: User, capability: Capability, activity: Activity) -> None:
    """Pass if `by` holds `capability` (T17); a refusal is logged (AUD-1).

    Call it outside the transaction of the change. Raises: NotAllowed.
    """
    with log.refusals(activity, by.tenant, by=by):
        permissions.require(by, capability)


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


def lock_tenant(tenant: Tenant) -> None:
    """Let one such change at a time go on in `tenant`, until the transaction ends.

    A query after it sees what the change before committed.
    """
    lock_rows(Tenant.objects.filter(pk=tenant.pk))


def _administrations(tenant: Tenant) -> QuerySet[RoleAssignment]:
    rows: QuerySet[RoleAssignment] = RoleAssignment.objects.of(tenant).filter(
        user=OuterRef("pk"), role=Role.GLOBAL_ADMINISTRATOR.value
    )
    return rows
