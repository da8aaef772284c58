"""Who may do what, cell by cell (T17, T15, ROL-1, ROL-4, SEC-77)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest
from pytest_django import Settings

from portal import permissions
from portal.errors import NotAllowed
from portal.permissions import Capability, InvitePolicy, Role

GA, UA, GI = Role.GLOBAL_ADMINISTRATOR, Role.USER_ADMINISTRATOR, Role.GUEST_INVITER
IPA = Role.EXTERNAL_IDENTITY_PROVIDER_ADMINISTRATOR
SA, PRA = Role.SECURITY_ADMINISTRATOR, Role.PRIVILEGED_ROLE_ADMINISTRATOR
HA, GR = Role.HELPDESK_ADMINISTRATOR, Role.GLOBAL_READER
COLUMNS = (GA, UA, GI, IPA, SA, PRA, HA, GR, "member", "guest")


@dataclass(frozen=True)
class Somebody:
    roles: frozenset[str] = frozenset()
    is_guest: bool = False
    is_active: bool = True
    reads_like_members: bool = False
    kind: str = field(default="", compare=False)


def somebody(column: Role | str) -> Somebody:
    if isinstance(column, Role):
        return Somebody(frozenset({column.value}))
    return Somebody(is_guest=column == "guest")


# The columns of T17: GA UA GI IPA SA PRA HA GR member guest
T17 = {
    Capability.CONSOLE_OPEN: "x x x x x x x x x x",
    Capability.USERS_READ: "x x x x x x x x x x",
    Capability.USERS_LIST: "x x x x x x x x x .",
    Capability.PROFILE_EDIT: "x x x x x x x x x x",
    Capability.USERS_CREATE: "x x . . . . . . . .",
    Capability.USERS_EDIT: "x x . . . . . . . .",
    Capability.USERS_DELETE: "x x . . . . . . . .",
    Capability.USERS_RESET_PASSWORD: "x x . . . . x . . .",
    Capability.USERS_REVOKE_SESSIONS: "x x . . . . x . . .",
    Capability.GROUPS_READ: "x x x x x x x x x x",
    Capability.GROUPS_LIST: "x x x x x x x x x .",
    Capability.GROUPS_EDIT: "x x . . . . . . . .",
    Capability.INVITATIONS_INVITE: "x x x . . . . . . .",
    Capability.INVITATIONS_RESEND: "x x x . . . . . . .",
    Capability.INVITATIONS_INVITE_MEMBER: "x x . . . . . . . .",
    Capability.INVITATIONS_RESET: "x x . . . . x . . .",
    Capability.USERS_BULK_CREATE: "x x . . . . . . . .",
    Capability.USERS_DOWNLOAD: "x x x x x x x x x .",
    Capability.PROVIDERS_EDIT: "x . . x . . . . . .",
    Capability.PROVIDERS_READ: "x . . x x . . x . .",
    Capability.PASSCODE_POLICY_EDIT: "x . . . x . . . . .",
    Capability.PASSCODE_POLICY_READ: "x . . x x . . x . .",
    Capability.GUEST_ACCESS_READ: "x . . . . x . x . .",
    Capability.GUEST_ACCESS_EDIT: "x . . . . x . . . .",
    Capability.COLLABORATION_EDIT: "x . . . . . . . . .",
    Capability.CROSS_TENANT_EDIT: "x . . . x . . . . .",
    Capability.TENANT_EDIT: "x . . . . . . . . .",
    Capability.ROLES_ASSIGN: "x . . . . x . . . .",
    Capability.LOGS_READ: "x . . . x . . x . .",
    Capability.AUDIT_LOGS_OPEN: "x x . . x . . x . .",
    Capability.SIGN_IN_LOGS_OPEN: "x x x x x x x x x x",
    Capability.METHODS_READ: "x x . . x . x x . .",
    Capability.PASSCODES_CLEAR_LOCK: "x x . . x . x . . .",
    Capability.LOGS_EXPORT: "x . . . . . . x . .",
}


@pytest.mark.rule("T17", "ROL-1")
@pytest.mark.parametrize(
    ("capability", "column", "expected"),
    [
        (capability, column, mark == "x")
        for capability, marks in T17.items()
        for column, mark in zip(COLUMNS, marks.split(), strict=True)
    ],
)
def test_every_cell_of_the_table(
    capability: Capability, column: Role | str, expected: bool
) -> None:
    assert permissions.may(somebody(column), capability) is expected


@pytest.mark.rule("ROL-2")
def test_the_matrix_of_2021_leaves_passcode_federation_and_collaboration_to_global_administrators(
    settings: Settings,
) -> None:
    settings.PORTAL_ROLES_OF_2021 = True
    narrowed = {
        Capability.COLLABORATION_EDIT,
        Capability.EXTERNAL_LEAVE_EDIT,
        Capability.GUEST_ACCESS_EDIT,
        Capability.INVITE_SETTINGS_EDIT,
        Capability.PASSCODE_POLICY_EDIT,
        Capability.PROVIDERS_EDIT,
        Capability.SELF_SERVICE_EDIT,
    }
    for capability in narrowed:
        holders = [c for c in COLUMNS if permissions.may(somebody(c), capability)]
        assert (capability, holders) == (capability, [GA])
        assert permissions.role_names(capability) == ("Global Administrator",)
    for capability in T17.keys() - narrowed:
        row = permissions.CAPABILITIES[capability]
        assert permissions.row_of(capability) == row


@pytest.mark.rule("ROL-3")
def test_a_deployment_may_let_guest_inviters_change_the_invite_settings(
    settings: Settings,
) -> None:
    inviter = somebody(GI)
    assert not permissions.may(inviter, Capability.INVITE_SETTINGS_EDIT)
    settings.PORTAL_INVITERS_CHANGE_SETTINGS = True
    assert permissions.may(inviter, Capability.INVITE_SETTINGS_EDIT)
    assert permissions.may(inviter, Capability.COLLABORATION_READ)
    assert not permissions.may(inviter, Capability.COLLABORATION_EDIT)
    settings.PORTAL_ROLES_OF_2021 = True
    assert not permissions.may(inviter, Capability.INVITE_SETTINGS_EDIT)


@pytest.mark.rule("SEC-77")
def test_an_unlisted_capability_is_refused_to_everybody() -> None:
    unlisted = cast(Capability, "users.fly")

    assert not any(permissions.may(somebody(column), unlisted) for column in COLUMNS)
    assert permissions.role_names(unlisted) == ()


@pytest.mark.rule("SEC-77")
def test_every_capability_has_its_row() -> None:
    assert set(permissions.CAPABILITIES) == set(Capability)


@pytest.mark.rule("SEC-40")
def test_a_disabled_administrator_may_nothing() -> None:
    administrator = Somebody(frozenset({GA.value}), is_active=False)

    assert not any(permissions.may(administrator, c) for c in permissions.CAPABILITIES)


@pytest.mark.rule("ROL-1")
def test_rights_are_the_union_of_the_roles_and_unknown_names_grant_nothing() -> None:
    both = Somebody(frozenset({GI.value, SA.value, "Emperor"}))

    assert permissions.may(both, Capability.INVITATIONS_INVITE)
    assert permissions.may(both, Capability.PASSCODE_POLICY_EDIT)
    assert not permissions.may(both, Capability.USERS_CREATE)


@pytest.mark.rule("USR-12")
def test_a_refusal_names_the_roles_that_would_do() -> None:
    with pytest.raises(NotAllowed) as refused:
        permissions.require(somebody("member"), Capability.PASSCODE_POLICY_EDIT)

    assert refused.value.roles == ("Global Administrator", "Security Administrator")


# T15: GA UA GI IPA SA PRA HA GR member guest
T15 = {
    InvitePolicy.EVERYONE: "x x x x x x x x x x",
    InvitePolicy.MEMBERS: "x x x x x x x x x .",
    InvitePolicy.ROLES: "x x x . . . . . . .",
    InvitePolicy.NOBODY: ". . . . . . . . . .",
}


@pytest.mark.rule("T15", "ROL-4", "COL-3")
@pytest.mark.parametrize(
    ("policy", "column", "expected"),
    [
        (policy, column, mark == "x")
        for policy, marks in T15.items()
        for column, mark in zip(COLUMNS, marks.split(), strict=True)
    ],
)
def test_every_cell_of_the_invite_settings(
    policy: InvitePolicy, column: Role | str, expected: bool
) -> None:
    assert permissions.may_invite(somebody(column), policy) is expected
