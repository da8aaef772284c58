"""Make a member with a password, and give roles (CRE-2, ROL-1, T8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from guests.actions import search_terms
from guests.actions.passwords import INITIAL_LIFE
from guests.models import RoleAssignment, User, UserType
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.permissions import Role
from portal.tenants.models import Tenant


def create_member(
    tenant: Tenant,
    *,
    user_principal_name: str,
    display_name: str,
    password: str | None,
    user_type: UserType = UserType.MEMBER,
    roles: Iterable[Role] = (),
    must_change_password: bool = False,
    profile: Mapping[str, object] = {},
    by: User | None = None,
) -> User:
    """Insert an internal member, or an internal guest, with its roles and audit rows (T3, CRE-2).

    Takes `password=None` for an account without one; `profile` holds columns of T2. A password
    that must be changed works for 24 hours (SEC-75).

    Raises: IntegrityError when the principal name is taken.
    """
    user = User(
        tenant=tenant,
        user_principal_name=user_principal_name,
        display_name=display_name,
        user_type=user_type,
        must_change_password=must_change_password,
        **{"identity_issuer": tenant.initial_domain, "mail": user_principal_name} | dict(profile),
    )
    user.set_password(password)
    user.last_password_change_at = timezone.now() if password else None
    if must_change_password:
        user.password_expires_at = timezone.now() + INITIAL_LIFE
    with transaction.atomic():
        user.save(force_insert=True)
        search_terms.refresh(user)
        log.record(log.ADD_USER, tenant, by=by, target=Target.of_user(user))
        for role in roles:
            assign_role(user, role, by=by)
    return user


def assign_role(user: User, role: Role, *, by: User | None) -> None:
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
