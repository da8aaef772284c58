"""What a tenant accepts as proof of identity, and sign-ins under way."""

from identityproviders.models.device import PasscodeDevice
from identityproviders.models.passcode import PasscodeLock, PasscodeRequest, WrongPasscode
from identityproviders.models.personal import PersonalAccount
from identityproviders.models.policy import PasscodePolicy, RedemptionOrder
from identityproviders.models.provider import Federation, FederationDomain, SocialProvider
from identityproviders.models.sign_in import SignInStep, SignInTransaction
from identityproviders.models.tries import CountedTry

__all__ = [
    "CountedTry",
    "Federation",
    "FederationDomain",
    "PasscodeDevice",
    "PasscodeLock",
    "PasscodePolicy",
    "PasscodeRequest",
    "PersonalAccount",
    "RedemptionOrder",
    "SignInStep",
    "SignInTransaction",
    "SocialProvider",
    "WrongPasscode",
]
