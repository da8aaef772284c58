"""Who may do what: table T17 as one table in code.

Pages, menus, actions and tests ask `may(actor, capability)`; nothing else decides. A capability
that is not listed is refused (SEC-77). `step_up` marks the rows of SEC-74.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.errors import NotAllowed


class Role(enum.Enum):
    """Directory roles of T17."""

    GLOBAL_ADMINISTRATOR = "GlobalAdministrator"
    USER_ADMINISTRATOR = "UserAdministrator"
    GUEST_INVITER = "GuestInviter"
    EXTERNAL_IDENTITY_PROVIDER_ADMINISTRATOR = "ExternalIdentityProviderAdministrator"
    SECURITY_ADMINISTRATOR = "SecurityAdministrator"
    PRIVILEGED_ROLE_ADMINISTRATOR = "PrivilegedRoleAdministrator"
    HELPDESK_ADMINISTRATOR = "HelpdeskAdministrator"
    GLOBAL_READER = "GlobalReader"

    @property
    def label(self) -> Promise:
        """The role's name as people know it."""
        return ROLE_LABELS[self]


ROLE_LABELS: dict[Role, Promise] = {
    Role.GLOBAL_ADMINISTRATOR: _("Global Administrator"),
    Role.USER_ADMINISTRATOR: _("User Administrator"),
    Role.GUEST_INVITER: _("Guest Inviter"),
    Role.EXTERNAL_IDENTITY_PROVIDER_ADMINISTRATOR: _("External Identity Provider Administrator"),
    Role.SECURITY_ADMINISTRATOR: _("Security Administrator"),
    Role.PRIVILEGED_ROLE_ADMINISTRATOR: _("Privileged Role Administrator"),
    Role.HELPDESK_ADMINISTRATOR: _("Helpdesk Administrator"),
    Role.GLOBAL_READER: _("Global Reader"),
}

GA, UA, GI = Role.GLOBAL_ADMINISTRATOR, Role.USER_ADMINISTRATOR, Role.GUEST_INVITER
IPA = Role.EXTERNAL_IDENTITY_PROVIDER_ADMINISTRATOR
SA, PRA = Role.SECURITY_ADMINISTRATOR, Role.PRIVILEGED_ROLE_ADMINISTRATOR
HA, GR = Role.HELPDESK_ADMINISTRATOR, Role.GLOBAL_READER
EVERY_ROLE = frozenset(Role)


class Actor(Protocol):
    """What a permission question needs to know of a signed-in user."""

    @property
    def roles(self) -> frozenset[str]: ...
    @property
    def is_guest(self) -> bool: ...
    @property
    def is_active(self) -> bool: ...
    @property
    def reads_like_members(self) -> bool: ...


@dataclass(frozen=True)
class Capability:
    """A row of T17: the roles that may, and whether plain members or guests may too.

    `like_members` means that guests may where the tenant lets them read what members read (T14).
    """

    roles: frozenset[Role]
    members: bool = False
    guests: bool = False
    step_up: bool = False
    like_members: bool = False


def _row(
    *roles: Role,
    members: bool = False,
    guests: bool = False,
    step_up: bool = False,
    like_members: bool = False,
) -> Capability:
    return Capability(frozenset({GA, *roles}), members, guests, step_up, like_members)


CAPABILITIES: dict[str, Capability] = {
    "console.open": _row(*EVERY_ROLE, members=True, guests=True),
    # Whom a guest may look at is the tenant's choice (T14); see `guests.access.visibility`.
    "users.read": _row(*EVERY_ROLE, members=True, guests=True),
    "users.list": _row(*EVERY_ROLE, members=True, like_members=True),
    "profile.edit": _row(*EVERY_ROLE, members=True, guests=True),
    "users.read_deleted": _row(*EVERY_ROLE),
    "users.create": _row(UA),
    "users.edit": _row(UA),
    "users.delete": _row(UA),
    "users.reset_password": _row(UA, HA),
    "users.revoke_sessions": _row(UA, HA),
    "users.download": _row(*EVERY_ROLE, members=True),
    "users.bulk_create": _row(UA),
    # Which groups a guest may look at is the tenant's choice (T14); see `guests.access.directory`.
    "groups.read": _row(*EVERY_ROLE, members=True, guests=True),
    "groups.list": _row(*EVERY_ROLE, members=True, like_members=True),
    # An owner may change the members of their own group; see `guests.groups.actions`.
    "groups.edit": _row(UA),
    # Whether a member or a guest may invite is the tenant's choice (T15); see `may_invite`.
    "invitations.invite": _row(UA, GI),
    "invitations.invite_member": _row(UA),
    "invitations.read": _row(*EVERY_ROLE),
    "invitations.resend": _row(UA, GI),
    "invitations.revoke": _row(UA),
    "invitations.reset": _row(UA, HA),
    "invitations.inviting.bulk_invite": _row(UA, GI),
    "passcodes.clear_lock": _row(UA, SA, HA),
    "methods.read": _row(UA, SA, HA, GR),
    "providers.read": _row(IPA, SA, GR),
    "providers.edit": _row(IPA, step_up=True),
    "passcode_policy.read": _row(IPA, SA, GR),
    "passcode_policy.edit": _row(SA, step_up=True),
    "guest_access.read": _row(PRA, GR),
    "guest_access.edit": _row(PRA, step_up=True),
    "external_identities.open": _row(UA, GI, IPA, SA, PRA, GR),
    "collaboration.read": _row(UA, IPA, PRA, GR),
    "collaboration.edit": _row(step_up=True),
    "redirect_targets.edit": _row(SA, step_up=True),
    "invite_settings.edit": _row(step_up=True),
    "self_service.edit": _row(UA),
    "external_leave.edit": _row(IPA),
    "user_flows.read": _row(UA, IPA, GR),
    "user_flows.edit": _row(UA),
    "terms.read": _row(SA, GR),
    "terms.edit": _row(SA, step_up=True),
    "cross_tenant.read": _row(SA, GR),
    "cross_tenant.edit": _row(SA, step_up=True),
    "tenant.read": _row(GR),
    "tenant.edit": _row(),
    # Which mails of the tenant arrived, and to which addresses none is sent any more.
    "mail.read": _row(UA, GR),
    "mail.edit": _row(UA),
    "roles.read": _row(PRA, GR),
    "roles.assign": _row(PRA, step_up=True),
    "logs.read": _row(SA, GR),
    # Without `logs.read` the audit log shows the reader's own actions, the sign-in log their own
    # sign-ins (T17); see `portal.audit.queries`.
    "audit_logs.open": _row(SA, GR, UA),
    "sign_in_logs.open": _row(*EVERY_ROLE, members=True, guests=True),
    "logs.export": _row(GR, step_up=True),
    "my_apps.open": _row(*EVERY_ROLE, members=True, guests=True),
    "own.sessions": _row(*EVERY_ROLE, members=True, guests=True),
}


_GLOBAL_IN_2021 = frozenset(
    {
        "collaboration.edit",
        "external_leave.edit",
        "guest_access.edit",
        "invite_settings.edit",
        "passcode_policy.edit",
        "providers.edit",
        "self_service.edit",
    }
)
"""What only Global Administrators changed in 2021: passcode, federation, collaboration (ROL-2)."""

_FOR_INVITERS = frozenset({"collaboration.read", "invite_settings.edit"})
"""What Guest Inviters get where the deployment lets them change the invite settings (ROL-3)."""

_REACH: dict[Role, frozenset[Role]] = {
    UA: frozenset({GI, HA, UA}),
    HA: frozenset({GI}),
}
"""Whose holders an administrator may delete, disable or reset (T17, ROL-5); a Guest Inviter
administers nothing. A Global Administrator reaches everybody."""


class InvitePolicy(enum.Enum):
    """Guest invite settings (T15), by their API names."""

    EVERYONE = "everyone"
    MEMBERS = "adminsGuestInvitersAndAllMembers"
    ROLES = "adminsAndGuestInviters"
    NOBODY = "none"


def held_roles(actor: Actor) -> frozenset[Role]:
    """The known roles of `actor`; names that are no role grant nothing."""
    known = {role.value: role for role in Role}
    return frozenset(known[name] for name in actor.roles if name in known)


def is_admin(actor: Actor) -> bool:
    """Whether `actor` holds any role of T17."""
    return bool(held_roles(actor))


def row_of(capability: str) -> Capability | None:
    """The row of T17 as this deployment has it (ROL-2, ROL-3); None for an unknown capability."""
    row = CAPABILITIES.get(capability)
    if row is None:
        return None
    if settings.PORTAL_ROLES_OF_2021 and capability in _GLOBAL_IN_2021:
        return replace(row, roles=frozenset({GA}))
    if settings.PORTAL_INVITERS_CHANGE_SETTINGS and capability in _FOR_INVITERS:
        return replace(row, roles=row.roles | {GI})
    return row


def may(actor: Actor, capability: str) -> bool:
    """Whether `actor` holds `capability` (T17). Unknown capabilities are refused (SEC-77)."""
    row = row_of(capability)
    if row is None or not actor.is_active:
        return False
    if held_roles(actor) & row.roles:
        return True
    if not actor.is_guest:
        return row.members
    return row.guests or (row.like_members and actor.reads_like_members)


def may_invite(actor: Actor, policy: InvitePolicy) -> bool:
    """Whether `actor` may invite under the tenant's invite setting (T15, ROL-4)."""
    if policy is InvitePolicy.NOBODY or not actor.is_active:
        return False
    if may(actor, "invitations.invite") or policy is InvitePolicy.EVERYONE:
        return True
    return policy is InvitePolicy.MEMBERS and not actor.is_guest


def require(actor: Actor, capability: str) -> None:
    """Pass if `actor` holds `capability`.

    Raises: NotAllowed, naming the roles that would do.
    """
    if not may(actor, capability):
        raise NotAllowed(capability=capability, roles=role_names(capability))


def may_act_on(actor: Actor, capability: str, person: Actor) -> bool:
    """Whether `actor` holds `capability` and reaches every role that `person` holds (ROL-5)."""
    if not may(actor, capability):
        return False
    row = row_of(capability)
    granting = held_roles(actor) & row.roles if row else frozenset()
    if GA in granting:
        return True
    reached: frozenset[Role] = frozenset().union(*(_REACH.get(r, frozenset()) for r in granting))
    return held_roles(person) <= reached


def require_on(actor: Actor, capability: str, person: Actor) -> None:
    """Pass if `actor` may do this to `person` (T17, ROL-5).

    Raises: NotAllowed, naming the roles that would do.
    """
    require(actor, capability)
    if not may_act_on(actor, capability, person):
        raise NotAllowed(
            _("This account holds an administrator role that is beyond yours."),
            capability=capability,
            roles=(str(GA.label),),
        )


def may_grant(actor: Actor, role: Role) -> bool:
    """Whether `actor` may give `role` to somebody, or take it away (SEC-83).

    Whoever assigns roles hands out no more than they answer for: Global Administrator, which
    is everything, only among Global Administrators.
    """
    if not may(actor, "roles.assign"):
        return False
    return role is not GA or GA in held_roles(actor)


def require_grant(actor: Actor, role: Role) -> None:
    """Pass if `actor` may give or take `role`.

    Raises: NotAllowed, naming the roles that would do.
    """
    require(actor, "roles.assign")
    if not may_grant(actor, role):
        raise NotAllowed(
            _("Only a Global Administrator gives or takes this role."),
            capability="roles.assign",
            roles=(str(GA.label),),
        )


def role_names(capability: str) -> tuple[str, ...]:
    """Names of the roles that grant `capability`, for *needs role ...* texts (USR-12)."""
    row = row_of(capability)
    ordered: Iterable[Role] = (role for role in Role if row and role in row.roles)
    return tuple(str(role.label) for role in ordered)
