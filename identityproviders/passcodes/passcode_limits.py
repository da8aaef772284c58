"""How often codes are sent and wrong codes are taken (SEC-10, SEC-13, OTP-9, OTP-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from identityproviders.passcodes.models import PasscodeRequest, WrongPasscode
from portal.security.rate_limits import RateLimit, spent_limits
from portal.tenants.models import Tenant

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class CodeReceiver:
    """The identity that codes go to, and the client network that asks for them."""

    tenant: Tenant
    address_key: str
    client_network: str = ""


def _sent_to(receiver: CodeReceiver) -> QuerySet[PasscodeRequest]:
    rows: QuerySet[PasscodeRequest] = PasscodeRequest.objects.of(receiver.tenant).filter(
        address_key=receiver.address_key
    )
    return rows


def _asked_by(receiver: CodeReceiver) -> QuerySet[PasscodeRequest]:
    rows: QuerySet[PasscodeRequest] = PasscodeRequest.unscoped.filter(
        client_network=receiver.client_network
    )
    return rows


def _wrong_for(receiver: CodeReceiver) -> QuerySet[WrongPasscode]:
    rows: QuerySet[WrongPasscode] = WrongPasscode.objects.of(receiver.tenant).filter(
        address_key=receiver.address_key
    )
    return rows


def _wrong_from(client_network: str) -> QuerySet[WrongPasscode]:
    rows: QuerySet[WrongPasscode] = WrongPasscode.unscoped.filter(client_network=client_network)
    return rows


REQUEST_LIMITS: tuple[RateLimit[CodeReceiver], ...] = (
    RateLimit(
        "cool-down",
        most=1,
        window=lambda: settings.PORTAL_PASSCODE_COOL_DOWN,
        rows=_sent_to,
        moment="created_at",
    ),
    RateLimit(
        "address and hour",
        most=lambda: settings.PORTAL_PASSCODES_PER_HOUR,
        window=HOUR,
        rows=_sent_to,
        moment="created_at",
    ),
    RateLimit(
        "address and day",
        most=lambda: settings.PORTAL_PASSCODES_PER_DAY,
        window=DAY,
        rows=_sent_to,
        moment="created_at",
    ),
    RateLimit(
        "client and hour",
        most=lambda: settings.PORTAL_PASSCODES_PER_CLIENT_HOUR,
        window=HOUR,
        rows=_asked_by,
        moment="created_at",
    ),
    RateLimit(
        "client and day",
        most=lambda: settings.PORTAL_PASSCODES_PER_CLIENT_DAY,
        window=DAY,
        rows=_asked_by,
        moment="created_at",
    ),
)
"""What limits codes (SEC-13): those made for an address, and those that a client asked for."""

WRONG_PER_HOUR = RateLimit[CodeReceiver](
    "wrong codes of an identity",
    most=lambda: settings.PORTAL_PASSCODE_WRONG_PER_HOUR,
    window=HOUR,
    rows=_wrong_for,
    moment="at",
)
WRONG_PER_CLIENT = RateLimit[str](
    "wrong codes of a client",
    most=lambda: settings.PORTAL_PASSCODE_WRONG_PER_CLIENT,
    window=timedelta(minutes=10),
    rows=_wrong_from,
    moment="at",
    message=_("Too many wrong codes came from your network. Wait a while, then try again."),
    code=50053,
    pause=timedelta(minutes=15),
)


@dataclass(frozen=True)
class CodeWait:
    """How long no code is made, and the limit that says so.

    Guests and decoys share the limits, so a wait tells nothing about an address (SEC-14).
    """

    seconds: int = 0
    limit: str = ""
    is_locked: bool = False
    """Whether too many wrong codes are the reason: then no code is taken either (OTP-9)."""


def wait_of_limits(receiver: CodeReceiver) -> CodeWait:
    """Tell how long the limits of SEC-13 forbid another code: as long as the longest of them.

    The wait is true: after it the same request succeeds, if no other came first (BET-5).
    """
    spent = spent_limits(REQUEST_LIMITS, receiver)
    if not spent:
        return CodeWait()
    seconds = max(limit.seconds_until(receiver) for limit in spent)
    return CodeWait(max(seconds, 1), limit=spent[0].name)
