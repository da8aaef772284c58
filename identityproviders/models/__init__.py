"""What a tenant accepts as proof of identity, and sign-ins under way."""

from identityproviders.models.device import PasscodeDevice
from identityproviders.models.operator_provider import (
    OperatorProvider,
    OperatorProviderDomain,
)
from identityproviders.models.passage import Passage, SeenAssertion
from identityproviders.models.passcode import PasscodeLock, PasscodeRequest, WrongPasscode
from identityproviders.models.passcode_rule import PasscodeRule
from identityproviders.models.personal import PersonalAccount
from identityproviders.models.policy import OrganizationOrder, PasscodePolicy, RedemptionOrder
from identityproviders.models.provider import (
    Federation,
    FederationDomain,
    OpenIDClient,
    SocialProvider,
)
from identityproviders.models.sign_in import CodePurpose, SignInStep, SignInTransaction
from identityproviders.models.tries import CountedTry

__all__ = [
    "CodePurpose",
    "CountedTry",
    "Federation",
    "FederationDomain",
    "OpenIDClient",
    "OperatorProvider",
    "OperatorProviderDomain",
    "OrganizationOrder",
    "Passage",
    "PasscodeDevice",
    "PasscodeLock",
    "PasscodePolicy",
    "PasscodeRequest",
    "PasscodeRule",
    "PersonalAccount",
    "RedemptionOrder",
    "SeenAssertion",
    "SignInStep",
    "SignInTransaction",
    "SocialProvider",
    "WrongPasscode",
]
