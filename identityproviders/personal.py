"""Personal accounts by address and by who is bound to them (decision 5, resolver MSA)."""

from __future__ import annotations

import uuid

from guests.models import Issuer, User
from identityproviders.models import PersonalAccount


def by_address(address_key: str) -> PersonalAccount | None:
    """The account with this canonical address."""
    return PersonalAccount.objects.filter(address_key=address_key).first()


def bound_to(user: User) -> PersonalAccount | None:
    """The account that an accepted guest signs in with (T20-5)."""
    identity = user.identities.filter(issuer=Issuer.PERSONAL, provider_key="").first()
    if identity is None:
        return None
    try:
        return PersonalAccount.objects.filter(pk=uuid.UUID(identity.subject)).first()
    except ValueError:
        return None
