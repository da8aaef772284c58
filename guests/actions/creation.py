"""Create an internal user in the console (CRE-1 to CRE-3, T8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from guests import upn
from guests.actions import groups as membership
from guests.actions import passwords
from guests.actions import roles as directory_roles
from guests.actions.guests import PROFILE_FIELDS, is_taken
from guests.actions.members import create_member
from guests.models import Group, User, UserType
from portal import permissions
from portal.addresses import BadAddress, parse
from portal.errors import InvalidInput
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.texts import clean_display_name

SETTABLE = PROFILE_FIELDS | {"mail_nickname", "account_enabled"}


@sensitive_variables("password")
def create_user(
    tenant: Tenant,
    *,
    by: User,
    name: str,
    domain: str,
    display_name: str,
    password: str = "",
    user_type: UserType = UserType.MEMBER,
    groups: Sequence[Group] = (),
    roles: Sequence[Role] = (),
    profile: Mapping[str, object] = {},
) -> tuple[User, str]:
    """Insert a user who signs in here; gives the user and the password to hand over once.

    Without a password one is generated; either must be changed at the first sign-in (CRE-3).
    A guest made here has a password and no invitation (CRE-2).

    Raises: NotAllowed (T17), InvalidInput at the field.
    """
    permissions.require(by, "users.create")
    membership.require_joinable(tenant, groups, by=by)
    directory_roles.require_assignable(tenant, roles, by=by)
    if unknown := set(profile) - SETTABLE:
        raise TypeError(f"not settable on a new user: {sorted(unknown)}")
    shown_name = clean_display_name(display_name)
    if not shown_name:
        raise InvalidInput("display_name", _("Enter the name that others see."))
    principal_name = user_principal_name(tenant, name, domain)
    if is_taken(principal_name):
        raise taken(principal_name)
    password = password or passwords.initial_password()
    require_acceptable(password, User(user_principal_name=principal_name, display_name=shown_name))
    try:
        with transaction.atomic():
            user = create_member(
                tenant,
                user_principal_name=principal_name,
                display_name=shown_name,
                password=password,
                user_type=user_type,
                roles=roles,
                must_change_password=True,
                profile=profile,
                by=by,
            )
            membership.join(user, groups, by=by)
    except IntegrityError as error:
        raise taken(principal_name) from error
    return user, password


def user_principal_name(tenant: Tenant, name: str, domain: str) -> str:
    """`name` at one of the tenant's verified domains (DIR-12, DIR-14).

    Raises: InvalidInput at `name` or `domain`.
    """
    if domain not in tenant.verified_domains:
        raise InvalidInput("domain", _("Choose a verified domain of your organization."))
    try:
        parse(f"{name}@{domain}")
        is_right = upn.is_member_name(name)
    except BadAddress:
        is_right = False
    if not is_right:
        raise InvalidInput(
            "name",
            _("Use up to 64 letters, digits and ' . - _ ! ^ ~, with no period at either end."),
        )
    return f"{name}@{domain}"


@sensitive_variables("password")
def require_acceptable(password: str, user: User) -> None:
    """Pass if the policy takes the password (T8, SEC-75). Raises: InvalidInput at `password`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput("password", " ".join(error.messages)) from error


def taken(principal_name: str) -> InvalidInput:
    """The refusal of a sign-in name that somebody has (T2)."""
    return InvalidInput(
        "name", _("Somebody has the sign-in name %(name)s already.") % {"name": principal_name}
    )
