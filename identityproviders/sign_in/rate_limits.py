"""Rate limits of the sign-in pages, counted in the database (SEC-75, SEC-109, RED-4).

A committed row counts a try before anything is compared, so that parallel tries see each other.
"""

from __future__ import annotations

import math
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from identityproviders.models import CountedTry
from identityproviders.passcodes.one_time_codes import client_network
from portal.errors import TooSoon

PASSWORD_WINDOW = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
IDS_LOCKED = 50053

_WAIT = _("Too many tries in a short time. Wait a few minutes, then try again.")
_WAIT_A_MINUTE = _("Too many tries came from your network. Wait a minute, then try again.")


def pay_password(account_key: str) -> CountedTry:
    """Pay one try at a password; `refund` it when the password was right (SEC-75).

    Takes the canonical name typed or found: the same for known and unknown accounts.

    Raises: TooSoon; such a refusal is not counted, so no lock lasts for ever.
    """
    kind = CountedTry.Kind.PASSWORD
    paid = _pay(kind, account_key)
    rows = CountedTry.objects.filter(kind=kind)
    by_account = rows.filter(key=account_key)
    by_client = rows.filter(client_network=paid.client_network)
    try:
        _require(by_account, PASSWORD_WINDOW, settings.PORTAL_PASSWORD_FAILURES, _WAIT)
        _require(by_client, MINUTE, settings.PORTAL_PASSWORD_TRIES_PER_CLIENT, _WAIT_A_MINUTE)
    except TooSoon:
        refund_try(paid)
        raise
    return paid


def refund_try(paid: CountedTry) -> None:
    """Take a try off the counters: it was right, or never compared."""
    CountedTry.objects.filter(pk=paid.pk).delete()


def pay_address() -> None:
    """Pay one address typed at a sign-in page (SEC-109).

    Raises: TooSoon.
    """
    _pay_by_client(CountedTry.Kind.ADDRESS, settings.PORTAL_SIGN_INS_PER_CLIENT)


def pay_lookup() -> None:
    """Pay one organization that was asked for by name (RED-4).

    Raises: TooSoon.
    """
    _pay_by_client(CountedTry.Kind.ORGANIZATION, settings.PORTAL_LOOKUPS_PER_CLIENT)


def _pay_by_client(kind: CountedTry.Kind, most: int) -> None:
    paid = _pay(kind, "")
    rows = CountedTry.objects.filter(kind=kind, client_network=paid.client_network)
    try:
        _require(rows, MINUTE, most, _WAIT_A_MINUTE)
    except TooSoon:
        refund_try(paid)
        raise


def _pay(kind: CountedTry.Kind, key: str) -> CountedTry:
    return CountedTry.objects.create(
        kind=kind, key=key[:320], client_network=client_network(), at=Now()
    )


def _require(
    rows: QuerySet[CountedTry], window: timedelta, most: int, message: str | Promise
) -> None:
    """Pass if `rows` holds at most `most` tries within `window`.

    Raises: TooSoon with the seconds until the oldest that matters has left the window.
    """
    times = list(
        rows.filter(at__gt=Now() - window)
        .order_by("-at")
        .annotate(now=Now())
        .values_list("at", "now")[: most + 1]
    )
    if len(times) <= most:
        return
    oldest, now = times[most - 1] if most else times[0]
    left = (oldest + window - now).total_seconds()
    raise TooSoon(message, retry_after=max(1, math.ceil(left)), code=IDS_LOCKED)
