"""Give and take directory roles (ROL-1, USR-22, SEC-76, SEC-83)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import RoleAssignment, User
from guests.users import guards
from portal import permissions
from portal.audit import log
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import Conflict, InvalidInput, NotAllowed
from portal.permissions import Role
from portal.principals import System
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_rows, lock_tenant


def insert_role(user: User, role: Role, *, by: User | System) -> None:
    """Give `user` a role, once (T23 *Add member to role*)."""
    with transaction.atomic():
        _, is_new = RoleAssignment.unscoped.get_or_create(
            tenant=user.tenant, user=user, role=role.value
        )
        if is_new:
            log.record(
                log.ADD_ROLE,
                user.tenant,
                by=by,
                target=Target.of_user(user),
                details=Details(changes=[Change("Role.DisplayName", None, str(role.label))]),
            )


MAXIMUM_ROLES_AT_ONCE = 20
"""Roles that a form assigns to one person (T8, T9, T21)."""


class NotHeld(Conflict):
    """Somebody else took the role away first."""

    message = gettext_lazy("The user doesn’t have this role any more.")


class OwnRole(Conflict):
    """Users may not widen their own rights (SEC-83)."""

    message = gettext_lazy("You can’t give a role to yourself. Ask a Global Administrator.")


def assign_role(user: User, roles: Sequence[Role], *, by: User) -> None:
    """Give `user` each of `roles` that they do not hold yet (T23 *Add member to role*).

    Raises: NotAllowed (T17, SEC-83), OwnRole, UserGone (DIR-31); then nothing is given.
    """
    _require(by, user, roles, log.ADD_ROLE)
    if by.pk == user.pk and not guards.is_global_administrator(by):
        raise OwnRole
    with transaction.atomic():
        if not lock_rows(User.objects.of(user.tenant).present().filter(pk=user.pk)):
            raise guards.UserGone
        for role in dict.fromkeys(roles):
            insert_role(user, role, by=by)


def remove_role(user: User, role: Role, *, by: User) -> None:
    """Take `role` from `user` (T23 *Remove member from role*).

    The tenant keeps an enabled Global Administrator, also when two take the role from each
    other at the same moment (USR-25, SEC-76).
    Raises: NotAllowed (T17, SEC-83), LastAdministrator, NotHeld.
    """
    _require(by, user, [role], log.REMOVE_ROLE)
    with transaction.atomic():
        if role is Role.GLOBAL_ADMINISTRATOR:
            lock_tenant(user.tenant)
            now = User.objects.of(user.tenant).select_related("tenant").get(pk=user.pk)
            guards.require_another_administrator(now)
        mine = RoleAssignment.objects.of(user.tenant).filter(user=user, role=role.value)
        deleted, _by_model = mine.delete()
        if not deleted:
            raise NotHeld
        log.record(
            log.REMOVE_ROLE,
            user.tenant,
            by=by,
            target=Target.of_user(user),
            details=Details(changes=[Change("Role.DisplayName", str(role.label), None)]),
        )


def require_assignable(tenant: Tenant, roles: Sequence[Role], *, by: User) -> None:
    """Pass if `by` may give `roles` to a person who is being made.

    Raises: InvalidInput at `roles` for too many, NotAllowed.
    """
    if len(roles) > MAXIMUM_ROLES_AT_ONCE:
        raise InvalidInput("roles", _("Choose 20 roles at most."))
    _logged(by, tenant, roles, log.ADD_ROLE, None)


def _require(by: User, user: User, roles: Iterable[Role], activity: Activity) -> None:
    if by.tenant_id != user.tenant_id:
        raise NotAllowed
    _logged(by, user.tenant, roles, activity, Target.of_user(user))


def _logged(
    by: User, tenant: Tenant, roles: Iterable[Role], activity: Activity, target: Target | None
) -> None:
    """Raises: NotAllowed, with its audit row (AUD-1). Call it outside the transaction."""
    with log.refusals(activity, tenant, by=by, target=target):
        for role in roles:
            permissions.require_grant(by, role)
