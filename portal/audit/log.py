"""Write audit and sign-in events in the transaction of the change they describe.

`record(ACTIVITY, ...)` takes an activity of table T23; `record_sign_in(...)` a step of T24.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from portal.audit.models import AuditEvent, Result, SignInEvent
from portal.errors import NotAllowed
from portal.principals import Principal, System
from portal.tenants import bulk_inserts
from portal.tenants.models import Tenant


@dataclass(frozen=True)
class RequestOrigin:
    """Where the current operation came from; set by the tenant middleware for each request."""

    correlation_id: str = ""
    client_address: str = ""
    user_agent: str = ""


ORIGIN: ContextVar[RequestOrigin] = ContextVar("request_origin", default=RequestOrigin())  # noqa: B039


@dataclass(frozen=True)
class Activity:
    """A row of table T23. Whatever room names it, the filters of the log offer it."""

    name: str
    service: str
    category: str
    operation: str

    def __post_init__(self) -> None:
        """Become known to `known_activities`."""
        _known.add(self)


_known: set[Activity] = set()


def known_activities() -> Sequence[Activity]:
    """Every activity that a room writes, by name."""
    return sorted(_known, key=lambda activity: (activity.name, activity.service))


CORE, INVITED, METHODS = "Core Directory", "Invited Users", "Authentication Methods"
USERS, ROLES, DIRECTORY = "UserManagement", "RoleManagement", "DirectoryManagement"
GROUPS = "GroupManagement"

ADD_USER = Activity("Add user", CORE, USERS, "Add")
UPDATE_USER = Activity("Update user", CORE, USERS, "Update")
SET_MANAGER = Activity("Set user manager", CORE, USERS, "Update")
DISABLE_ACCOUNT = Activity("Disable account", CORE, USERS, "Update")
ENABLE_ACCOUNT = Activity("Enable account", CORE, USERS, "Update")
DELETE_USER = Activity("Delete user", CORE, USERS, "Delete")
HARD_DELETE_USER = Activity("Hard Delete user", CORE, USERS, "Delete")
RESTORE_USER = Activity("Restore user", CORE, USERS, "Update")
RESET_PASSWORD = Activity("Reset password", CORE, USERS, "Update")
CHANGE_PASSWORD = Activity("Change user password", CORE, USERS, "Update")
CREATE_PERSONAL_ACCOUNT = Activity("Create personal account", CORE, USERS, "Add")
REVOKE_SESSIONS = Activity("Update StsRefreshTokenValidFrom Timestamp", CORE, USERS, "Update")
ADD_ROLE = Activity("Add member to role", CORE, ROLES, "Assign")
REMOVE_ROLE = Activity("Remove member from role", CORE, ROLES, "Unassign")
ADD_GROUP = Activity("Add group", CORE, GROUPS, "Add")
UPDATE_GROUP = Activity("Update group", CORE, GROUPS, "Update")
DELETE_GROUP = Activity("Delete group", CORE, GROUPS, "Delete")
ADD_MEMBER = Activity("Add member to group", CORE, GROUPS, "Assign")
REMOVE_MEMBER = Activity("Remove member from group", CORE, GROUPS, "Unassign")
ADD_OWNER = Activity("Add owner to group", CORE, GROUPS, "Assign")
REMOVE_OWNER = Activity("Remove owner from group", CORE, GROUPS, "Unassign")
SET_COMPANY_INFORMATION = Activity("Set Company Information", CORE, DIRECTORY, "Update")
ADD_DOMAIN = Activity("Add unverified domain", CORE, DIRECTORY, "Add")
VERIFY_DOMAIN = Activity("Verify domain", CORE, DIRECTORY, "Update")
REMOVE_DOMAIN = Activity("Remove verified domain", CORE, DIRECTORY, "Delete")
REMOVE_UNVERIFIED_DOMAIN = Activity("Remove unverified domain", CORE, DIRECTORY, "Delete")
INVITE = Activity("Invite external user", INVITED, USERS, "Add")
INVITE_RESET = Activity(
    "Invite external user with reset invitation status", INVITED, USERS, "Update"
)
INVITE_INTERNAL = Activity("Invite internal user to B2B collaboration", INVITED, USERS, "Update")
CONVERT_TO_INTERNAL = Activity("Convert external user to internal", INVITED, USERS, "Update")
REDEEM = Activity("Redeem external user invite", INVITED, USERS, "Update")
RESEND = Activity("Resend invitation", INVITED, USERS, "Update")
REVOKE_INVITATION = Activity("Revoke invitation", INVITED, USERS, "Update")
INVITATION_SENT = Activity("Invitation email sent", INVITED, USERS, "Update")
INVITATION_FAILED = Activity("Invitation email failed", INVITED, USERS, "Update")
UNSUBSCRIBED = Activity("Email unsubscribed", INVITED, USERS, "Update")
SUBSCRIBED = Activity("Email subscribed", INVITED, USERS, "Update")
NOT_SENT_UNSUBSCRIBED = Activity("Email not sent, user unsubscribed", INVITED, USERS, "Update")
IDENTITY_MISMATCH = Activity("invitation.identity_mismatch", INVITED, USERS, "Read")
METHODS_POLICY_UPDATE = Activity(
    "Authentication Methods Policy Update", METHODS, "ApplicationManagement", "Update"
)
METHODS_POLICY_RESET = Activity(
    "Authentication Methods Policy Reset", METHODS, "ApplicationManagement", "Update"
)
READ_AUDIT_LOGS = Activity("Read audit logs", CORE, DIRECTORY, "Read")
READ_SIGN_IN_LOGS = Activity("Read sign-in logs", CORE, DIRECTORY, "Read")
DOWNLOAD_AUDIT_LOGS = Activity("Download audit logs", CORE, DIRECTORY, "Read")
DOWNLOAD_SIGN_IN_LOGS = Activity("Download sign-in logs", CORE, DIRECTORY, "Read")
UPDATE_AUTHORIZATION_POLICY = Activity(
    "Update authorization policy", CORE, "AuthorizationPolicy", "Update"
)
B2C, RESOURCES = "B2C", "ResourceManagement"
CREATE_PROVIDER = Activity("Create identity provider", B2C, RESOURCES, "Add")
UPDATE_PROVIDER = Activity("Update identity provider", B2C, RESOURCES, "Update")
DELETE_PROVIDER = Activity("Delete identity provider", B2C, RESOURCES, "Delete")
OPERATOR_CHANGE = Activity("Operator change", CORE, DIRECTORY, "Update")
SUPPRESS_ADDRESS = Activity("Suppress email address", INVITED, USERS, "Add")
CLEAR_SUPPRESSION = Activity("Clear suppressed email address", INVITED, USERS, "Delete")
SEND_AGAIN = Activity("Send mail again", INVITED, USERS, "Update")
OPERATOR_MAIL = Activity("Operator mail action", CORE, DIRECTORY, "Update")


@dataclass(frozen=True)
class Change:
    """One modified property: name, value before, value after. Never a secret (AUD-4)."""

    name: str
    old: object = None
    new: object = None


@dataclass(frozen=True)
class Target:
    """The object an operation was about."""

    type: str
    id: str
    name: str

    @classmethod
    def of_user(cls, user: Principal) -> Target:
        """The target for a user or guest."""
        return cls("User", str(user.pk), str(user.user_principal_name))


@dataclass(frozen=True)
class Details:
    """What else a reader of the log wants to know."""

    changes: Sequence[Change] = ()
    additional: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""


NO_DETAILS = Details()
BROUGHT_NOTHING = "none"
"""The incoming token type of somebody who proves who they are (T24)."""


def record(
    activity: Activity,
    tenant: Tenant,
    *,
    by: Principal,
    target: Target | None = None,
    details: Details = NO_DETAILS,
    result: Result = Result.SUCCESS,
    actor_kind: str = "",
) -> AuditEvent:
    """Write one audit event (AUD-1); call it inside the transaction of the change.

    Takes `by=SYSTEM` for a worker, a command or an anonymous visitor.
    """
    origin = ORIGIN.get()
    event = AuditEvent(
        tenant=tenant,
        logged_by_service=activity.service,
        category=activity.category,
        activity=activity.name,
        operation_type=activity.operation,
        result=result,
        result_reason=details.reason[:500],
        actor_kind=actor_kind or ("system" if isinstance(by, System) else "user"),
        actor_id=by.pk,
        actor_name=str(by.user_principal_name)[:256],
        target_type=target.type if target else "",
        target_id=target.id if target else "",
        target_name=target.name[:320] if target else "",
        modified_properties=[
            {"name": c.name, "old": _plain(c.old), "new": _plain(c.new)} for c in details.changes
        ],
        additional_details={key: _plain(value) for key, value in details.additional.items()},
        correlation_id=origin.correlation_id,
        client_address=origin.client_address,
    )
    bulk_inserts.insert_row(event)
    return event


@contextmanager
def refusals(
    activity: Activity, tenant: Tenant, *, by: Principal, target: Target | None = None
) -> Iterator[None]:
    """Write a row of result Failure when the block is refused for lack of rights (AUD-1).

    A refusal that has its row already gets no second one. Open it outside the transaction of the
    change. Nothing is written into the log of a tenant that `by` does not belong to.
    """
    try:
        yield
    except NotAllowed as refusal:
        if by.tenant_id == tenant.pk and not refusal.is_logged:
            details = Details(reason=str(refusal))
            record(activity, tenant, by=by, target=target, details=details, result=Result.FAILURE)
            refusal.is_logged = True
        raise


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | list | dict):
        return value
    return str(value)


def record_sign_in(tenant: Tenant, *, user: Any, identifier: str, **fields: Any) -> SignInEvent:
    """Write one step of a sign-in (LOG-1).

    Takes `user=None` for an unknown address and any column of `SignInEvent` by name; the
    correlation id defaults to the request's. People sign in with a browser and bring no token.
    """
    origin = ORIGIN.get()
    external = user is not None and user.is_external
    values: dict[str, Any] = {
        "correlation_id": origin.correlation_id,
        "client_address": origin.client_address,
        "user_agent": origin.user_agent[:400],
        "cross_tenant_access_type": "b2bCollaboration" if external else "none",
        "client_app": "Browser",
        "incoming_token_type": BROUGHT_NOTHING,
        "resource_tenant_id": tenant.pk,
        "home_tenant_id": None if user is None or external else tenant.pk,
        **fields,
    }
    if user is not None:
        values |= {
            "user": user,
            "user_display_name": user.display_name,
            "user_principal_name": user.user_principal_name,
            "user_type": "external" if external else str(user.user_type).lower(),
        }
    values["correlation_id"] = str(values["correlation_id"])
    return SignInEvent.objects.create(  # type: ignore[no-any-return]
        id=uuid.uuid4(), tenant=tenant, sign_in_identifier=identifier[:320], **values
    )
