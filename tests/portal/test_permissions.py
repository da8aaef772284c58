"""Who may do what, cell by cell (T17, T15, ROL-1, ROL-4, SEC-77)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from pytest_django import Settings

from portal import permissions
from portal.errors import NotAllowed
from portal.permissions import InvitePolicy, Role

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
    "console.open": "x x x x x x x x x x",
    "users.read": "x x x x x x x x x x",
    "users.list": "x x x x x x x x x .",
    "profile.edit": "x x x x x x x x x x",
    "users.create": "x x . . . . . . . .",
    "users.edit": "x x . . . . . . . .",
    "users.delete": "x x . . . . . . . .",
    "users.reset_password": "x x . . . . x . . .",
    "users.revoke_sessions": "x x . . . . x . . .",
    "groups.read": "x x x x x x x x x x",
    "groups.list": "x x x x x x x x x .",
    "groups.edit": "x x . . . . . . . .",
    "invitations.invite": "x x x . . . . . . .",
    "invitations.resend": "x x x . . . . . . .",
    "invitations.invite_member": "x x . . . . . . . .",
    "invitations.reset": "x x . . . . x . . .",
    "users.bulk_create": "x x . . . . . . . .",
    "users.download": "x x x x x x x x x .",
    "providers.edit": "x . . x . . . . . .",
    "providers.read": "x . . x x . . x . .",
    "passcode_policy.edit": "x . . . x . . . . .",
    "passcode_policy.read": "x . . x x . . x . .",
    "guest_access.read": "x . . . . x . x . .",
    "guest_access.edit": "x . . . . x . . . .",
    "collaboration.edit": "x . . . . . . . . .",
    "cross_tenant.edit": "x . . . x . . . . .",
    "tenant.edit": "x . . . . . . . . .",
    "roles.assign": "x . . . . x . . . .",
    "logs.read": "x . . . x . . x . .",
    "audit_logs.open": "x x . . x . . x . .",
    "sign_in_logs.open": "x x x x x x x x x x",
    "methods.read": "x x . . x . x x . .",
    "passcodes.clear_lock": "x x . . x . x . . .",
    "logs.export": "x . . . . . . x . .",
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
def test_every_cell_of_the_table(capability: str, column: Role | str, expected: bool) -> None:
    assert permissions.may(somebody(column), capability) is expected


@pytest.mark.rule("ROL-2")
def test_the_matrix_of_2021_leaves_passcode_federation_and_collaboration_to_global_administrators(
    settings: Settings,
) -> None:
    settings.PORTAL_ROLES_OF_2021 = True
    narrowed = {
        "collaboration.edit",
        "external_leave.edit",
        "guest_access.edit",
        "invite_settings.edit",
        "passcode_policy.edit",
        "providers.edit",
        "self_service.edit",
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
    assert not permissions.may(inviter, "invite_settings.edit")
    settings.PORTAL_INVITERS_CHANGE_SETTINGS = True
    assert permissions.may(inviter, "invite_settings.edit")
    assert permissions.may(inviter, "collaboration.read")
    assert not permissions.may(inviter, "collaboration.edit")
    settings.PORTAL_ROLES_OF_2021 = True
    assert not permissions.may(inviter, "invite_settings.edit")


@pytest.mark.rule("SEC-77")
def test_an_unlisted_capability_is_refused_to_everybody() -> None:
    assert not any(permissions.may(somebody(column), "users.fly") for column in COLUMNS)


@pytest.mark.rule("SEC-40")
def test_a_disabled_administrator_may_nothing() -> None:
    administrator = Somebody(frozenset({GA.value}), is_active=False)

    assert not any(permissions.may(administrator, c) for c in permissions.CAPABILITIES)


@pytest.mark.rule("ROL-1")
def test_rights_are_the_union_of_the_roles_and_unknown_names_grant_nothing() -> None:
    both = Somebody(frozenset({GI.value, SA.value, "Emperor"}))

    assert permissions.may(both, "invitations.invite")
    assert permissions.may(both, "passcode_policy.edit")
    assert not permissions.may(both, "users.create")


@pytest.mark.rule("USR-12")
def test_a_refusal_names_the_roles_that_would_do() -> None:
    with pytest.raises(NotAllowed) as refused:
        permissions.require(somebody("member"), "passcode_policy.edit")

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
