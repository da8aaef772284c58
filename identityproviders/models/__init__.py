"""What a tenant accepts as proof of identity, and sign-ins under way."""

from identityproviders.models.passcode import (
    PasscodeDevice,
    PasscodeLock,
    PasscodeRequest,
    WrongPasscode,
)
from identityproviders.models.policy import PasscodePolicy, RedemptionOrder
from identityproviders.models.provider import Federation, FederationDomain, SocialProvider
from identityproviders.models.sign_in import SignInStep, SignInTransaction

__all__ = [
    "Federation",
    "FederationDomain",
    "PasscodeDevice",
    "PasscodeLock",
    "PasscodePolicy",
    "PasscodeRequest",
    "RedemptionOrder",
    "SignInStep",
    "SignInTransaction",
    "SocialProvider",
    "WrongPasscode",
]
