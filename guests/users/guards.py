"""Protect the own account and the last administrator from changes, and deleted users.

USR-25 and ROL-5 hold for deleting, disabling and resetting alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from guests.models import RoleAssignment, User
from portal.errors import Conflict, InvalidInput
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_tenant
from portal.values import regions


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


def require_known_regions(profile: Mapping[str, object]) -> None:
    """Pass if country, usage location and language of `profile` are known, or empty (T2).

    Raises: InvalidInput at the property.
    """
    country = str(profile.get("country") or "")
    if country and regions.find_country(country) != country:
        raise InvalidInput("country", regions.country_refusal(country))
    location = str(profile.get("usage_location") or "")
    if location and not regions.is_country_code(location):
        raise InvalidInput("usage_location", regions.country_code_refusal(location))
    language = str(profile.get("preferred_language") or "")
    if language and not regions.is_language_tag(language):
        raise InvalidInput("preferred_language", regions.language_refusal(language))


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
