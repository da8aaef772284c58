"""Invitations and what decides whether they may be made."""

from invitations.models.block import InvitationBlock
from invitations.models.collaboration import CollaborationPolicy, ListedDomain, OrganizationAccess
from invitations.models.invitation import Invitation, InvitationStatus
from invitations.models.policy import InvitationPolicy
from invitations.models.terms import TermsAcceptance, TermsDocument, TermsVersion
from invitations.models.user_flow import UserFlow

__all__ = [
    "CollaborationPolicy",
    "Invitation",
    "InvitationBlock",
    "InvitationPolicy",
    "InvitationStatus",
    "ListedDomain",
    "OrganizationAccess",
    "TermsAcceptance",
    "TermsDocument",
    "TermsVersion",
    "UserFlow",
]
