"""The models of the guests app, from its packages."""

from guests.bulk.models import BulkJob, BulkRow, JobStatus, RowOutcome
from guests.groups.models import Group, GroupMembership, GroupOwnership
from guests.identities.models import Identity, Issuer, SignInType
from guests.roles.models import RoleAssignment
from guests.sessions.models import LastSignIn
from guests.sponsors.models import Sponsor, Sponsorship
from guests.users.models import (
    CreationType,
    ExternalUserState,
    ListView,
    SearchTerm,
    User,
    UserType,
)

__all__ = [
    "BulkJob",
    "BulkRow",
    "CreationType",
    "ExternalUserState",
    "Group",
    "GroupMembership",
    "GroupOwnership",
    "Identity",
    "Issuer",
    "JobStatus",
    "LastSignIn",
    "ListView",
    "RoleAssignment",
    "RowOutcome",
    "SearchTerm",
    "SignInType",
    "Sponsor",
    "Sponsorship",
    "User",
    "UserType",
]
