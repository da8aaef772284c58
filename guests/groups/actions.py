"""Create, change and delete groups; add and remove members and owners (T23, USR-22)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import Group, GroupMembership, GroupOwnership, User
from portal import permissions
from portal.audit import log
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import Conflict, InvalidInput, NotAllowed
from portal.permissions import Capability
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_rows
from portal.values.text import (
    DISPLAY_NAME_LENGTH,
    clean_display_name,
    refuse_control_characters,
    refuse_control_characters_in_lines,
)

MAXIMUM_DESCRIPTION = 1024
MAXIMUM_GROUPS_AT_ONCE = 20
"""Groups that a form assigns to one person (T8, T9, T21)."""


class GroupGone(Conflict):
    """Somebody deleted the group first."""

    message = gettext_lazy("This group was deleted meanwhile.")


class GroupChanged(Conflict):
    """Somebody saved the group between reading and saving."""

    message = gettext_lazy(
        "Somebody changed this group meanwhile. Nothing was saved. Open it again to see its "
        "current properties."
    )


class PersonGone(Conflict):
    """A deleted user can be put nowhere (DIR-31)."""

    message = gettext_lazy("One of these users was deleted meanwhile. Nothing was changed.")


@dataclass(frozen=True)
class GroupPart:
    """What a person can be in a group: the table and the activities of it."""

    model: type[GroupMembership] | type[GroupOwnership]
    added: Activity
    removed: Activity


MEMBERS = GroupPart(GroupMembership, log.ADD_MEMBER, log.REMOVE_MEMBER)
OWNERS = GroupPart(GroupOwnership, log.ADD_OWNER, log.REMOVE_OWNER)


# Rights


def may_change(by: User, group: Group, part: GroupPart = MEMBERS) -> bool:
    """Whether `by` may put people into `group` and take them out.

    An owner may change the members of their own group, not its owners.
    """
    if by.tenant_id != group.tenant_id or not by.is_active:
        return False
    if permissions.may(by, Capability.GROUPS_EDIT):
        return True
    return part is MEMBERS and is_owner(by, group)


def is_owner(by: User, group: Group) -> bool:
    """Whether `by` is an owner of `group`."""
    return bool(GroupOwnership.objects.of(group.tenant).filter(group=group, user=by).exists())


def require_may_change(by: User, groups: Iterable[Group], activity: Activity) -> None:
    """Pass if `by` may change the members of all `groups`; a refusal is logged (AUD-1).

    Call it outside the transaction of the change. Raises: NotAllowed.
    """
    for group in groups:
        part = OWNERS if activity in {log.ADD_OWNER, log.REMOVE_OWNER} else MEMBERS
        if not may_change(by, group, part):
            _refuse(by, group.tenant, activity, _target(group))


def _require_edit(by: User, tenant: Tenant, activity: Activity, group: Group | None) -> None:
    if by.tenant_id != tenant.pk or not permissions.may(by, Capability.GROUPS_EDIT):
        _refuse(by, tenant, activity, _target(group) if group else None)


def _refuse(by: User, tenant: Tenant, activity: Activity, target: Target | None) -> NoReturn:
    with log.refusals(activity, tenant, by=by, target=target):
        raise NotAllowed(
            capability=Capability.GROUPS_EDIT, roles=permissions.role_names(Capability.GROUPS_EDIT)
        )


# Groups


def create_group(tenant: Tenant, *, by: User, display_name: str, description: str = "") -> Group:
    """A new, empty group. Raises: NotAllowed, InvalidInput at the field."""
    _require_edit(by, tenant, log.ADD_GROUP, None)
    name, text = _name(display_name), _description(description)
    with transaction.atomic():
        group: Group = Group.objects.create(tenant=tenant, display_name=name, description=text)
        changes = [Change("DisplayName", None, name), Change("Description", None, text)]
        _record(log.ADD_GROUP, group, by, changes)
    return group


def update_group(group: Group, *, by: User, display_name: str, description: str) -> None:
    """Another name or description, if the group still has those that were read.

    Raises: NotAllowed, InvalidInput at the field, GroupChanged.
    """
    _require_edit(by, group.tenant, log.UPDATE_GROUP, group)
    name, text = _name(display_name), _description(description)
    changes = [
        Change(label, old, new)
        for label, old, new in (
            ("DisplayName", group.display_name, name),
            ("Description", group.description, text),
        )
        if old != new
    ]
    if not changes:
        return
    with transaction.atomic():
        rows = Group.objects.of(group.tenant).filter(
            pk=group.pk, display_name=group.display_name, description=group.description
        )
        key = name.casefold()[:DISPLAY_NAME_LENGTH]
        if not rows.update(display_name=name, display_name_key=key, description=text):
            raise GroupChanged
        group.display_name, group.description = name, text
        _record(log.UPDATE_GROUP, group, by, changes)


def delete_group(group: Group, *, by: User) -> None:
    """Delete `group` for good; its members stay, guests lose it as a sponsor (DIR-27).

    Raises: NotAllowed, GroupGone.
    """
    _require_edit(by, group.tenant, log.DELETE_GROUP, group)
    with transaction.atomic():
        _lock(group)
        _record(log.DELETE_GROUP, group, by, [])
        Group.objects.of(group.tenant).filter(pk=group.pk).delete()


def _name(text: str) -> str:
    name = _checked("display_name", text, refuse_control_characters)
    if len(name) > DISPLAY_NAME_LENGTH:
        raise InvalidInput("display_name", _("The name can have 256 characters at most."))
    name = clean_display_name(name)
    if not name:
        raise InvalidInput("display_name", _("Enter the name of the group."))
    return name


def _description(text: str) -> str:
    lines = _checked("description", text.replace("\r\n", "\n"), refuse_control_characters_in_lines)
    if len(lines) > MAXIMUM_DESCRIPTION:
        raise InvalidInput("description", _("The description can have 1,024 characters at most."))
    return lines


def _checked(field: str, text: str, check: Callable[[str], None]) -> str:
    try:
        check(text)
    except ValidationError as error:
        raise InvalidInput(field, error.messages[0]) from error
    return text.strip()


# People in groups


def add_to_group(
    group: Group, users: Sequence[User], *, by: User, part: GroupPart = MEMBERS
) -> int:
    """Put `users` into `group`; how many of them are new (USR-22, USR-23).

    Raises: NotAllowed, GroupGone, PersonGone (DIR-31); then no one is added.
    """
    require_may_change(by, [group], part.added)
    with transaction.atomic():
        return put_into_groups(group, users, by=by, part=part)


def put_into_groups(
    group: Group, users: Sequence[User], *, by: User, part: GroupPart = MEMBERS
) -> int:
    """`add` inside the transaction of a larger change, whose rights were checked before it.

    Raises: GroupGone, PersonGone.
    """
    _lock(group)
    _require_present(group.tenant, users)
    rows = part.model.objects.of(group.tenant).filter(group=group)
    ids = [user.pk for user in users]
    there = set(rows.filter(user__in=ids).values_list("user", flat=True))
    new = [user for user in {user.pk: user for user in users}.values() if user.pk not in there]
    for user in new:
        part.model.objects.create(tenant=group.tenant, group=group, user=user)
        _record_person(part.added, group, user, by)
    return len(new)


def remove_from_group(
    group: Group, users: Sequence[User], *, by: User, part: GroupPart = MEMBERS
) -> int:
    """Take `users` out of `group`; how many of them were in it. Raises: NotAllowed, GroupGone."""
    require_may_change(by, [group], part.removed)
    with transaction.atomic():
        _lock(group)
        rows = part.model.objects.of(group.tenant).filter(group=group)
        ids = [user.pk for user in users]
        there = set(rows.filter(user__in=ids).values_list("user", flat=True))
        rows.filter(user__in=there).delete()
        for user in users:
            if user.pk in there:
                _record_person(part.removed, group, user, by)
    return len(there)


def join_groups(user: User, groups: Sequence[Group], *, by: User) -> None:
    """Put one person into several groups, inside the transaction that makes the person.

    Call `require_joinable` before the transaction. Raises: GroupGone, PersonGone.
    """
    for group in sorted(groups, key=lambda one: one.pk):
        put_into_groups(group, [user], by=by)


def require_joinable_groups(tenant: Tenant, groups: Sequence[Group], *, by: User) -> None:
    """Pass if `by` may put somebody into `groups` of `tenant`.

    Raises: InvalidInput at `groups` for too many or another tenant's, NotAllowed.
    """
    if len(groups) > MAXIMUM_GROUPS_AT_ONCE:
        raise InvalidInput("groups", _("Choose 20 groups at most."))
    if any(group.tenant_id != tenant.pk for group in groups):
        raise InvalidInput("groups", _("Choose groups of your own organization."))
    require_may_change(by, groups, log.ADD_MEMBER)


def _lock(group: Group) -> None:
    """Lock the row until the transaction ends. Raises: GroupGone."""
    rows = Group.objects.of(group.tenant).filter(pk=group.pk)
    if not lock_rows(rows):
        raise GroupGone


def _require_present(tenant: Tenant, users: Sequence[User]) -> None:
    """Lock the rows of `users` until the transaction ends. Raises: PersonGone."""
    ids = {user.pk for user in users}
    rows = User.objects.of(tenant).present().filter(pk__in=ids)
    if lock_rows(rows) != len(ids):
        raise PersonGone


# Audit


def _target(group: Group) -> Target:
    return Target("Group", str(group.pk), group.display_name)


def _record(activity: Activity, group: Group, by: User, changes: Sequence[Change]) -> None:
    log.record(
        activity, group.tenant, by=by, target=_target(group), details=Details(changes=changes)
    )


def _record_person(activity: Activity, group: Group, user: User, by: User) -> None:
    """The event is about the user, so that it stands in the user's own log (USR-21)."""
    is_added = activity in {log.ADD_MEMBER, log.ADD_OWNER}
    values = (("Group.ObjectID", group.pk), ("Group.DisplayName", group.display_name))
    changes = [
        Change(name, None if is_added else value, value if is_added else None)
        for name, value in values
    ]
    log.record(
        activity,
        group.tenant,
        by=by,
        target=Target.of_user(user),
        details=Details(changes=changes),
    )
