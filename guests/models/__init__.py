"""Users and what belongs to them."""

from guests.models.bulk import BulkJob, BulkRow, JobStatus, RowOutcome
from guests.models.group import Group, GroupMembership, GroupOwnership
from guests.models.identity import Identity, Issuer, SignInType
from guests.models.list_view import ListView
from guests.models.role import RoleAssignment
from guests.models.sponsorship import Sponsor, Sponsorship
from guests.models.user import CreationType, ExternalUserState, SearchTerm, User, UserType

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
