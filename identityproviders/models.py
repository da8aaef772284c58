"""The models of the identityproviders app, from its packages."""

from identityproviders.accounts.models import PersonalAccount
from identityproviders.passcodes.device import PasscodeDevice
from identityproviders.passcodes.models import PasscodeLock, PasscodeRequest, WrongPasscode
from identityproviders.passcodes.policy.models import (
    OrganizationOrder,
    PasscodePolicy,
    PasscodeRule,
    RedemptionOrder,
)
from identityproviders.providers.models import (
    Federation,
    FederationDomain,
    OpenIDClient,
    OperatorProvider,
    OperatorProviderDomain,
    SocialProvider,
)
from identityproviders.round_trips.models import RoundTrip, SeenAssertion
from identityproviders.sign_in.models import CodePurpose, CountedTry, SignInStep, SignInTransaction

__all__ = [
    "CodePurpose",
    "CountedTry",
    "Federation",
    "FederationDomain",
    "OpenIDClient",
    "OperatorProvider",
    "OperatorProviderDomain",
    "OrganizationOrder",
    "PasscodeDevice",
    "PasscodeLock",
    "PasscodePolicy",
    "PasscodeRequest",
    "PasscodeRule",
    "PersonalAccount",
    "RedemptionOrder",
    "RoundTrip",
    "SeenAssertion",
    "SignInStep",
    "SignInTransaction",
    "SocialProvider",
    "WrongPasscode",
]
