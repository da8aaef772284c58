"""Change the properties of a user (USR-18, DIR-18, T2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import Group, Sponsorship, User
from guests.sponsors.actions import (
    SPONSORS,
    add_sponsors,
    lock_users,
    remove_sponsors,
    require_valid_sponsors,
)
from guests.users import guards, search_terms
from guests.users.creation.actions import PROFILE_FIELDS
from portal import permissions
from portal.audit import log, rights
from portal.audit.log import Change, Details, Target
from portal.errors import ChangedMeanwhile, InvalidInput
from portal.permissions import Capability
from portal.tenants.row_locks import lock_tenant

SENSITIVE = frozenset(
    {"account_enabled", "user_principal_name", "user_type", "mail", "other_mails"}
)
"""Properties that decide how a person signs in; lower roles may not change them (ROL-5)."""
COLUMNS = PROFILE_FIELDS | SENSITIVE | {"display_name", "im_addresses", "mail_nickname"}
MAXIMUM_DEPTH = 200
"""A chain of managers longer than any organization's counts as a circle."""


CHANGED_MEANWHILE = gettext_lazy(
    "Somebody changed this user meanwhile. Nothing was saved. Open the properties again to "
    "see the current values."
)


OWN = frozenset({"mobile_phone", "preferred_language"})
"""What everybody may change of their own profile (T17), besides the photo."""


def may_edit_others(by: User) -> bool:
    """Whether `by` may edit more than the own profile (T17)."""
    return permissions.may(by, Capability.USERS_EDIT)


def require_may_edit(user: User, *, by: User, names: Iterable[str] = ()) -> None:
    """Pass if `by` may change these properties of `user`: any, or some of the own ones (T17).

    Raises: NotAllowed.
    """
    is_own = user.pk == by.pk and OWN.issuperset(names)
    permissions.require(by, Capability.PROFILE_EDIT if is_own else Capability.USERS_EDIT)


@dataclass(frozen=True)
class UserEdit:
    """A property with the value that was read and the one to store.

    `name` is a column of the user, or `sponsors` with lists of users and groups.
    """

    name: str
    old: Any
    new: Any


def edit_user(user: User, *, by: User, edits: Sequence[UserEdit]) -> None:
    """Store `edits` all together, if every property still has the value that was read.

    Takes checked values. Disabling ends every session (SES-6, SIN-3).

    Raises: NotAllowed (T17, ROL-5), OwnAccount and LastAdministrator (USR-25), InvalidInput,
    ChangedMeanwhile.
    """
    changed = {change.name: change for change in edits}
    if unknown := set(changed) - COLUMNS - {SPONSORS}:
        raise TypeError(f"not settable on a user: {sorted(unknown)}")
    if changed.keys() & SENSITIVE:
        rights.require_right_over(by, Capability.USERS_EDIT, user, log.UPDATE_USER)
    require_may_edit(user, by=by, names=changed)
    guards.require_known_regions({name: change.new for name, change in changed.items()})
    is_disabled = "account_enabled" in changed and not changed["account_enabled"].new
    if is_disabled:
        guards.require_other_account(by, user)
    columns = {name: change for name, change in changed.items() if name != SPONSORS}
    try:
        with transaction.atomic():
            if is_disabled:
                guards.require_another_administrator(user)
            if "manager" in columns:
                _require_no_circle(user, columns["manager"].new)
            if not _update(user, columns.values(), is_disabled=is_disabled):
                raise ChangedMeanwhile(CHANGED_MEANWHILE)
            if SPONSORS in changed:
                _replace_sponsors(user, changed[SPONSORS])
            user.refresh_from_db()
            search_terms.refresh_search_terms(user)
            _log(user, by, changed)
    except IntegrityError as error:
        raise InvalidInput(
            "name", _("Somebody has this sign-in name already. Choose another one.")
        ) from error


def _update(user: User, edits: Iterable[UserEdit], *, is_disabled: bool) -> bool:
    """One conditional UPDATE; it also holds the row for what follows in the transaction."""
    rows: QuerySet[User] = User.objects.of(user.tenant).present().filter(pk=user.pk)
    values: dict[str, Any] = {"deleted_at": F("deleted_at")}
    for change in edits:
        rows = rows.filter(**{change.name: change.old})
        values[change.name] = change.new
    if "display_name" in values:
        values["display_name_key"] = str(values["display_name"]).casefold()[:256]
    if is_disabled:
        values["sign_in_sessions_valid_from"] = timezone.now()
    return bool(rows.update(**values))


def _require_no_circle(user: User, manager: User | None) -> None:
    """Managers form no circle (T2), also when two people are changed at once.

    Raises: InvalidInput at `manager`.
    """
    lock_tenant(user.tenant)
    people = User.objects.of(user.tenant)
    above = manager.pk if manager else None
    for _step in range(MAXIMUM_DEPTH):
        if above is None:
            return
        if above == user.pk:
            break
        above = people.filter(pk=above).values_list("manager", flat=True).first()
    raise InvalidInput("manager", _("Nobody can be their own manager, not even by a detour."))


def _replace_sponsors(user: User, change: UserEdit) -> None:
    """Raises: InvalidInput for more than five (DIR-25), ChangedMeanwhile."""
    require_valid_sponsors(user.tenant, change.new, guest=user)
    lock_users(user.tenant, change.new)
    rows = Sponsorship.objects.of(user.tenant).filter(guest=user)
    stored = {row.sponsor_id or row.group_id for row in rows}
    if stored != {sponsor.pk for sponsor in change.old}:
        raise ChangedMeanwhile(CHANGED_MEANWHILE)
    wanted = {sponsor.pk for sponsor in change.new}
    remove_sponsors(user, [one for one in change.old if one.pk not in wanted])
    add_sponsors(user, [one for one in change.new if one.pk not in stored])


def _log(user: User, by: User, changed: dict[str, UserEdit]) -> None:
    """The activities of T23 for what was changed."""
    others = [change for name, change in changed.items() if name not in _OWN_ACTIVITY]
    if others:
        _record(log.UPDATE_USER, user, by, others)
    if "manager" in changed:
        _record(log.SET_MANAGER, user, by, [changed["manager"]])
    if "account_enabled" in changed:
        enabled = changed["account_enabled"]
        activity = log.ENABLE_ACCOUNT if enabled.new else log.DISABLE_ACCOUNT
        _record(activity, user, by, [enabled])


_OWN_ACTIVITY = frozenset({"manager", "account_enabled"})


def _record(activity: log.Activity, user: User, by: User, edits: Iterable[UserEdit]) -> None:
    changes = [Change(_api_name(e.name), _shown(e.old), _shown(e.new)) for e in edits]
    log.record(
        activity,
        user.tenant,
        by=by,
        target=Target.of_user(user),
        details=Details(changes=changes),
    )


def _api_name(name: str) -> str:
    """The property's name as the API has it (T2): `jobTitle`."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def _shown(value: Any) -> Any:
    if isinstance(value, User):
        return value.own_address.written if value.own_address else value.display_name
    if isinstance(value, Group):
        return value.display_name
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value
