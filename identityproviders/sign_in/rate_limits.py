"""How often somebody may type at the sign-in pages (SEC-75, SEC-109, RED-4).

A try is paid by a committed row before anything is compared, so parallel tries see each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from identityproviders.models import CountedTry
from identityproviders.passcodes.one_time_codes import client_network
from portal.errors import TooSoon
from portal.security.rate_limits import RateLimit

MINUTE = timedelta(minutes=1)
IDS_LOCKED = 50053

_WAIT_A_MINUTE = _("Too many tries came from your network. Wait a minute, then try again.")


def _tries_at_account(paid: CountedTry) -> QuerySet[CountedTry]:
    return CountedTry.objects.filter(kind=paid.kind, key=paid.key)


def _tries_of_client(paid: CountedTry) -> QuerySet[CountedTry]:
    return CountedTry.objects.filter(kind=paid.kind, client_network=paid.client_network)


PASSWORDS_OF_ACCOUNT = RateLimit[CountedTry](
    "passwords of an account",
    most=lambda: settings.PORTAL_PASSWORD_FAILURES,
    window=timedelta(minutes=5),
    rows=_tries_at_account,
    moment="at",
    message=_("Too many tries in a short time. Wait a few minutes, then try again."),
    code=IDS_LOCKED,
    allows_most=True,
)
PASSWORDS_OF_CLIENT = RateLimit[CountedTry](
    "passwords of a client",
    most=lambda: settings.PORTAL_PASSWORD_TRIES_PER_CLIENT,
    window=MINUTE,
    rows=_tries_of_client,
    moment="at",
    message=_WAIT_A_MINUTE,
    code=IDS_LOCKED,
    allows_most=True,
)
ADDRESSES_OF_CLIENT = RateLimit[CountedTry](
    "addresses of a client",
    most=lambda: settings.PORTAL_SIGN_INS_PER_CLIENT,
    window=MINUTE,
    rows=_tries_of_client,
    moment="at",
    message=_WAIT_A_MINUTE,
    code=IDS_LOCKED,
    allows_most=True,
)
LOOKUPS_OF_CLIENT = RateLimit[CountedTry](
    "organizations that a client asks for",
    most=lambda: settings.PORTAL_LOOKUPS_PER_CLIENT,
    window=MINUTE,
    rows=_tries_of_client,
    moment="at",
    message=_WAIT_A_MINUTE,
    code=IDS_LOCKED,
    allows_most=True,
)


def pay_password(account_key: str) -> CountedTry:
    """Pay one try at a password; `refund_try` it when the password was right (SEC-75).

    Takes the canonical name typed or found: the same for known and unknown accounts.

    Raises: TooSoon; such a refusal is not counted, so no account is locked for ever.
    """
    with _paid(CountedTry.Kind.PASSWORD, account_key) as paid:
        PASSWORDS_OF_ACCOUNT.require(paid)
        PASSWORDS_OF_CLIENT.require(paid)
    return paid


def refund_try(paid: CountedTry) -> None:
    """Take a try off the counters: it was right, or never compared."""
    CountedTry.objects.filter(pk=paid.pk).delete()


def pay_address() -> None:
    """Pay one address typed at a sign-in page (SEC-109).

    Raises: TooSoon.
    """
    with _paid(CountedTry.Kind.ADDRESS) as paid:
        ADDRESSES_OF_CLIENT.require(paid)


def pay_lookup() -> None:
    """Pay one organization that was asked for by name (RED-4).

    Raises: TooSoon.
    """
    with _paid(CountedTry.Kind.ORGANIZATION) as paid:
        LOOKUPS_OF_CLIENT.require(paid)


@contextmanager
def _paid(kind: CountedTry.Kind, key: str = "") -> Iterator[CountedTry]:
    """Write the row of a try; take it back when a limit refuses the try."""
    paid = CountedTry.objects.create(
        kind=kind, key=key[:320], client_network=client_network(), at=Now()
    )
    try:
        yield paid
    except TooSoon:
        refund_try(paid)
        raise
