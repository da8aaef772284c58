"""Purge ended sign-ins, codes and tries (OTP-12, REL-32). Devices stay: they mark sessions."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from identityproviders.models import (
    CountedTry,
    PasscodeLock,
    PasscodeRequest,
    RoundTrip,
    SeenAssertion,
    SignInTransaction,
    WrongPasscode,
)
from portal.tenants.row_failures import RowByRow

BATCH = 1000
KEPT = timedelta(hours=24)
"""Also the longest window of a limit (SEC-13)."""


def purge_sign_ins() -> int:
    """Delete codes, tries, passages and sign-ins older than a day, in batches; how many rows.

    An interrupted run loses nothing: the next one goes on.
    """
    past = Now() - KEPT
    return sum(
        RowByRow(f"purge of {rows.model._meta.model_name}").delete(rows, batch=BATCH)
        for rows in (
            PasscodeRequest.unscoped.filter(created_at__lt=past),
            WrongPasscode.unscoped.filter(at__lt=past),
            CountedTry.objects.filter(at__lt=past),
            RoundTrip.unscoped.filter(expires_at__lt=past),
            SeenAssertion.unscoped.filter(until__lt=Now()),
            SignInTransaction.unscoped.filter(expires_at__lt=past, passcode_requests=None),
            _idle_locks(),
        )
    )


def _idle_locks() -> QuerySet[PasscodeLock]:
    """Locks that are over, of addresses without a code or a wrong try left."""
    codes = PasscodeRequest.unscoped.values("address_key")
    tries = WrongPasscode.unscoped.values("address_key")
    locks: QuerySet[PasscodeLock] = PasscodeLock.unscoped.exclude(locked_until__gt=Now())
    return locks.exclude(address_key__in=codes).exclude(address_key__in=tries)
