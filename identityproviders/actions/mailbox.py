"""Prove an address at no organization in particular: one code, then a page that needs it.

For choosing among one’s organizations (BET-16) and for the list of blocked ones (INV-20). The
transaction belongs to the operators’ own tenant, which nobody signs in to this way. The code
goes to the address as stored with a guest somewhere; strangers take the same way (SEC-14).
"""

from __future__ import annotations

from django.http import HttpRequest

from guests import lookups
from identityproviders.actions import sign_in
from identityproviders.actions.sign_in import SignInOver, move
from identityproviders.discovery import Entry, Method
from identityproviders.models import CodePurpose, SignInStep, SignInTransaction
from portal.addresses import Address
from portal.tenants.models import PLATFORM_TENANT_ID, Tenant


def start(request: HttpRequest, address: Address, *, continue_to: str) -> SignInTransaction:
    """Begin in this browser; after the code, `continue_to` opens, a path of this portal."""
    txn = sign_in.start(
        request,
        tenant=Tenant.objects.get(pk=PLATFORM_TENANT_ID),
        entry=Entry.COMMON,
        continue_to=continue_to,
        address=address,
        user=next(iter(lookups.guests_by_address(address.canonical)), None),
    )
    move(
        txn,
        {SignInStep.ADDRESS},
        SignInStep.METHOD,
        method=Method.PASSCODE.value,
        code_for=CodePurpose.INBOX,
        proof_key=address.canonical,
    )
    return txn


def proven_address(request: HttpRequest) -> str:
    """The canonical address that this browser proved.

    Raises: SignInOver.
    """
    txn = sign_in.current(request)
    if txn.code_for != CodePurpose.INBOX or txn.mailbox_proven_at is None:
        raise SignInOver
    return str(txn.proof_key)
