"""The models of the invitations app, from its packages."""

from invitations.blocking.models import InvitationBlock
from invitations.collaboration.models import CollaborationPolicy, ListedDomain, OrganizationAccess
from invitations.inviting.models import Invitation, InvitationPolicy, InvitationStatus
from invitations.terms.models import TermsAcceptance, TermsDocument, TermsVersion
from invitations.user_flows.models import UserFlow

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
