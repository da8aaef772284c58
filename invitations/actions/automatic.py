"""Accept guests of organisations that agreed on it, without the consent page (CTA-7)."""

from __future__ import annotations

from guests.models import Issuer, User
from identityproviders.models import SignInTransaction
from invitations import cross_tenant
from invitations.actions import redemption
from invitations.errors import NotPending


def redeem(txn: SignInTransaction) -> User | None:
    """The guest whom this proven sign-in made an accepted one, or None to ask them (CON-1).

    Only an account of a home tenant counts: host and home must both have ticked it for each
    other. Everything that consent would check is checked here too (RED-8, COL-13).

    Raises: RedemptionRefused and its like, as consenting would.
    """
    home = txn.home_tenant if txn.proven_issuer == Issuer.EXTERNAL_TENANT else None
    if home is None or not cross_tenant.redeems_automatically(txn.tenant, home):
        return None
    try:
        return redemption.redeem(txn, is_automatic=True)
    except NotPending:
        return None
