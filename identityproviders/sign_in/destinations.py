"""Say where a sign-in begins anew, and where it leads in the end (SES-3, CON-8)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from guests.models import User
from identityproviders.models import SignInTransaction

_STARTS_OF_PROOFS = {
    "/signin/organizations/": "identityproviders:signin_options",
    "/blocked-organizations/list/": "invitations:manage_blocks",
}
"""Where the address of a mailbox that is proven at no organization is typed, by the page that
opens after the code."""


def sign_in_entrance(txn: SignInTransaction) -> str:
    """The page where the sign-in begins anew with another address, with the same destination."""
    if txn.tenant.is_platform:
        return reverse(_STARTS_OF_PROOFS.get(str(txn.continue_to), "identityproviders:signin"))
    url = reverse("identityproviders:tenant_signin", args=[txn.tenant.primary_domain])
    is_own = txn.continue_to and not txn.invitation_id
    return f"{url}?{urlencode({'next': txn.continue_to})}" if is_own else url


def restart_url(txn: SignInTransaction) -> str:
    """The page where the same sign-in begins anew: the opened invitation, or the entrance."""
    return reverse("invitations:landing") if txn.invitation_id else sign_in_entrance(txn)


def sign_in_destination(txn: SignInTransaction, user: User) -> str:
    """Where `user` goes when signed in: the wanted page, My Apps or the console (SES-3, CON-8)."""
    if txn.continue_to:
        return str(txn.continue_to)
    if not user.signs_in_by_password:
        return reverse("applications:my_apps", args=[txn.tenant.primary_domain])
    return reverse("console:home")
