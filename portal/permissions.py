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


class Capability(enum.StrEnum):
    """What a user may be allowed to do: the rows of T17 by name."""

    CONSOLE_OPEN = "console.open"
    USERS_READ = "users.read"
    USERS_LIST = "users.list"
    PROFILE_EDIT = "profile.edit"
    USERS_READ_DELETED = "users.read_deleted"
    USERS_CREATE = "users.create"
    USERS_EDIT = "users.edit"
    USERS_DELETE = "users.delete"
    USERS_RESET_PASSWORD = "users.reset_password"  # noqa: S105  # nosec B105 - a capability
    USERS_REVOKE_SESSIONS = "users.revoke_sessions"
    USERS_DOWNLOAD = "users.download"
    USERS_BULK_CREATE = "users.bulk_create"
    GROUPS_READ = "groups.read"
    GROUPS_LIST = "groups.list"
    GROUPS_EDIT = "groups.edit"
    INVITATIONS_INVITE = "invitations.invite"
    INVITATIONS_INVITE_MEMBER = "invitations.invite_member"
    INVITATIONS_READ = "invitations.read"
    INVITATIONS_RESEND = "invitations.resend"
    INVITATIONS_REVOKE = "invitations.revoke"
    INVITATIONS_RESET = "invitations.reset"
    INVITATIONS_BULK_INVITE = "invitations.bulk_invite"
    PASSCODES_CLEAR_LOCK = "passcodes.clear_lock"
    METHODS_READ = "methods.read"
    PROVIDERS_READ = "providers.read"
    PROVIDERS_EDIT = "providers.edit"
    PASSCODE_POLICY_READ = "passcode_policy.read"
    PASSCODE_POLICY_EDIT = "passcode_policy.edit"
    GUEST_ACCESS_READ = "guest_access.read"
    GUEST_ACCESS_EDIT = "guest_access.edit"
    EXTERNAL_IDENTITIES_OPEN = "external_identities.open"
    COLLABORATION_READ = "collaboration.read"
    COLLABORATION_EDIT = "collaboration.edit"
    REDIRECT_TARGETS_EDIT = "redirect_targets.edit"
    INVITE_SETTINGS_EDIT = "invite_settings.edit"
    SELF_SERVICE_EDIT = "self_service.edit"
    EXTERNAL_LEAVE_EDIT = "external_leave.edit"
    USER_FLOWS_READ = "user_flows.read"
    USER_FLOWS_EDIT = "user_flows.edit"
    TERMS_READ = "terms.read"
    TERMS_EDIT = "terms.edit"
    CROSS_TENANT_READ = "cross_tenant.read"
    CROSS_TENANT_EDIT = "cross_tenant.edit"
    TENANT_READ = "tenant.read"
    TENANT_EDIT = "tenant.edit"
    MAIL_READ = "mail.read"
    MAIL_EDIT = "mail.edit"
    ROLES_READ = "roles.read"
    ROLES_ASSIGN = "roles.assign"
    LOGS_READ = "logs.read"
    AUDIT_LOGS_OPEN = "audit_logs.open"
    SIGN_IN_LOGS_OPEN = "sign_in_logs.open"
    LOGS_EXPORT = "logs.export"
    MY_APPS_OPEN = "my_apps.open"
    OWN_SESSIONS = "own.sessions"


@dataclass(frozen=True)
class CapabilityRow:
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
) -> CapabilityRow:
    return CapabilityRow(frozenset({GA, *roles}), members, guests, step_up, like_members)


CAPABILITIES: dict[Capability, CapabilityRow] = {
    Capability.CONSOLE_OPEN: _row(*EVERY_ROLE, members=True, guests=True),
    # Which users a guest may see is the tenant's choice (T14); see `guests.access.visibility`.
    Capability.USERS_READ: _row(*EVERY_ROLE, members=True, guests=True),
    Capability.USERS_LIST: _row(*EVERY_ROLE, members=True, like_members=True),
    Capability.PROFILE_EDIT: _row(*EVERY_ROLE, members=True, guests=True),
    Capability.USERS_READ_DELETED: _row(*EVERY_ROLE),
    Capability.USERS_CREATE: _row(UA),
    Capability.USERS_EDIT: _row(UA),
    Capability.USERS_DELETE: _row(UA),
    Capability.USERS_RESET_PASSWORD: _row(UA, HA),
    Capability.USERS_REVOKE_SESSIONS: _row(UA, HA),
    Capability.USERS_DOWNLOAD: _row(*EVERY_ROLE, members=True),
    Capability.USERS_BULK_CREATE: _row(UA),
    # Which groups a guest may look at is the tenant's choice (T14); see `guests.access.directory`.
    Capability.GROUPS_READ: _row(*EVERY_ROLE, members=True, guests=True),
    Capability.GROUPS_LIST: _row(*EVERY_ROLE, members=True, like_members=True),
    # An owner may change the members of their own group; see `guests.groups.actions`.
    Capability.GROUPS_EDIT: _row(UA),
    # Whether a member or a guest may invite is the tenant's choice (T15); see `may_invite`.
    Capability.INVITATIONS_INVITE: _row(UA, GI),
    Capability.INVITATIONS_INVITE_MEMBER: _row(UA),
    Capability.INVITATIONS_READ: _row(*EVERY_ROLE),
    Capability.INVITATIONS_RESEND: _row(UA, GI),
    Capability.INVITATIONS_REVOKE: _row(UA),
    Capability.INVITATIONS_RESET: _row(UA, HA),
    Capability.INVITATIONS_BULK_INVITE: _row(UA, GI),
    Capability.PASSCODES_CLEAR_LOCK: _row(UA, SA, HA),
    Capability.METHODS_READ: _row(UA, SA, HA, GR),
    Capability.PROVIDERS_READ: _row(IPA, SA, GR),
    Capability.PROVIDERS_EDIT: _row(IPA, step_up=True),
    Capability.PASSCODE_POLICY_READ: _row(IPA, SA, GR),
    Capability.PASSCODE_POLICY_EDIT: _row(SA, step_up=True),
    Capability.GUEST_ACCESS_READ: _row(PRA, GR),
    Capability.GUEST_ACCESS_EDIT: _row(PRA, step_up=True),
    Capability.EXTERNAL_IDENTITIES_OPEN: _row(UA, GI, IPA, SA, PRA, GR),
    Capability.COLLABORATION_READ: _row(UA, IPA, PRA, GR),
    Capability.COLLABORATION_EDIT: _row(step_up=True),
    Capability.REDIRECT_TARGETS_EDIT: _row(SA, step_up=True),
    Capability.INVITE_SETTINGS_EDIT: _row(step_up=True),
    Capability.SELF_SERVICE_EDIT: _row(UA),
    Capability.EXTERNAL_LEAVE_EDIT: _row(IPA),
    Capability.USER_FLOWS_READ: _row(UA, IPA, GR),
    Capability.USER_FLOWS_EDIT: _row(UA),
    Capability.TERMS_READ: _row(SA, GR),
    Capability.TERMS_EDIT: _row(SA, step_up=True),
    Capability.CROSS_TENANT_READ: _row(SA, GR),
    Capability.CROSS_TENANT_EDIT: _row(SA, step_up=True),
    Capability.TENANT_READ: _row(GR),
    Capability.TENANT_EDIT: _row(),
    # Which mails of the tenant arrived, and to which addresses none is sent any more.
    Capability.MAIL_READ: _row(UA, GR),
    Capability.MAIL_EDIT: _row(UA),
    Capability.ROLES_READ: _row(PRA, GR),
    Capability.ROLES_ASSIGN: _row(PRA, step_up=True),
    Capability.LOGS_READ: _row(SA, GR),
    # Without `logs.read` the audit log shows the reader's own actions, the sign-in log their own
    # sign-ins (T17); see `portal.audit.queries`.
    Capability.AUDIT_LOGS_OPEN: _row(SA, GR, UA),
    Capability.SIGN_IN_LOGS_OPEN: _row(*EVERY_ROLE, members=True, guests=True),
    Capability.LOGS_EXPORT: _row(GR, step_up=True),
    Capability.MY_APPS_OPEN: _row(*EVERY_ROLE, members=True, guests=True),
    Capability.OWN_SESSIONS: _row(*EVERY_ROLE, members=True, guests=True),
}


_GLOBAL_IN_2021 = frozenset(
    {
        Capability.COLLABORATION_EDIT,
        Capability.EXTERNAL_LEAVE_EDIT,
        Capability.GUEST_ACCESS_EDIT,
        Capability.INVITE_SETTINGS_EDIT,
        Capability.PASSCODE_POLICY_EDIT,
        Capability.PROVIDERS_EDIT,
        Capability.SELF_SERVICE_EDIT,
    }
)
"""What only Global Administrators changed in 2021: passcode, federation, collaboration (ROL-2)."""

_FOR_INVITERS = frozenset({Capability.COLLABORATION_READ, Capability.INVITE_SETTINGS_EDIT})
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


def row_of(capability: Capability) -> CapabilityRow | None:
    """The row of T17 as this deployment has it (ROL-2, ROL-3); None for an unknown capability."""
    row = CAPABILITIES.get(capability)
    if row is None:
        return None
    if settings.PORTAL_ROLES_OF_2021 and capability in _GLOBAL_IN_2021:
        return replace(row, roles=frozenset({GA}))
    if settings.PORTAL_INVITERS_CHANGE_SETTINGS and capability in _FOR_INVITERS:
        return replace(row, roles=row.roles | {GI})
    return row


def may(actor: Actor, capability: Capability) -> bool:
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
    if may(actor, Capability.INVITATIONS_INVITE) or policy is InvitePolicy.EVERYONE:
        return True
    return policy is InvitePolicy.MEMBERS and not actor.is_guest


def require(actor: Actor, capability: Capability) -> None:
    """Pass if `actor` holds `capability`.

    Raises: NotAllowed, naming the roles that would do.
    """
    if not may(actor, capability):
        raise NotAllowed(capability=capability, roles=role_names(capability))


def may_act_on(actor: Actor, capability: Capability, person: Actor) -> bool:
    """Whether `actor` holds `capability` and reaches every role that `person` holds (ROL-5)."""
    if not may(actor, capability):
        return False
    row = row_of(capability)
    granting = held_roles(actor) & row.roles if row else frozenset()
    if GA in granting:
        return True
    reached: frozenset[Role] = frozenset().union(*(_REACH.get(r, frozenset()) for r in granting))
    return held_roles(person) <= reached


def require_on(actor: Actor, capability: Capability, person: Actor) -> None:
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

    Those who assign roles hand out no more than they answer for: Global Administrator, which
    is everything, only among Global Administrators.
    """
    if not may(actor, Capability.ROLES_ASSIGN):
        return False
    return role is not GA or GA in held_roles(actor)


def require_grant(actor: Actor, role: Role) -> None:
    """Pass if `actor` may give or take `role`.

    Raises: NotAllowed, naming the roles that would do.
    """
    require(actor, Capability.ROLES_ASSIGN)
    if not may_grant(actor, role):
        raise NotAllowed(
            _("Only a Global Administrator gives or takes this role."),
            capability=Capability.ROLES_ASSIGN,
            roles=(str(GA.label),),
        )


def role_names(capability: Capability) -> tuple[str, ...]:
    """Names of the roles that grant `capability`, for *needs role ...* texts (USR-12)."""
    row = row_of(capability)
    ordered: Iterable[Role] = (role for role in Role if row and role in row.roles)
    return tuple(str(role.label) for role in ordered)
