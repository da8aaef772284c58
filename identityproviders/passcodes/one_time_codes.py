"""Request, derive, verify and consume one-time passcodes, and lock after wrong ones (SEC-1 ff.).

The code is never stored: the worker that mails it and the request that verifies it derive it again
from the key ring and the nonce of its request (SEC-2). Every decision goes by the database's clock
(`Now()`, SEC-5), so that skewed clocks of web and workers change nothing; tests move the rows'
times instead of the clock.
"""

from __future__ import annotations

import hmac
import math
import re
import secrets
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from guests.models import User
from identityproviders.passcodes.models import PasscodeLock, PasscodeRequest, WrongPasscode
from identityproviders.passcodes.passcode_limits import (
    WRONG_PER_CLIENT,
    WRONG_PER_HOUR,
    CodeReceiver,
    CodeWait,
    wait_of_limits,
)
from identityproviders.passcodes.policy.models import PasscodePolicy
from identityproviders.sign_in.models import SignInTransaction
from portal import languages
from portal.audit import log
from portal.errors import TooSoon, Unavailable
from portal.outbox.actions import enqueue_mail
from portal.outbox.models import Queue
from portal.outbox.sending import sweeper
from portal.security import keys
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_rows
from portal.values.client_address import address_group
from portal.values.email_address import TransportAddress, stored_address

DIGITS = 8
PASSCODE_MINUTES = 30
MAIL_KIND = "passcode"
GIVE_UP = timedelta(minutes=15)
"""A mail that did not leave by then is dropped (REL-14)."""

_BETWEEN_DIGITS = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf"})
_CODE = re.compile(r"[0-9]{8}\Z")
logger = structlog.get_logger(__name__)


# The code


def derive_passcode(request: PasscodeRequest) -> str:
    """The 8 digits of `request` (SEC-1, SEC-2).

    Raises: portal.security.keys.UnknownKeyError when its key left the ring.
    """
    digest = keys.mac(
        keys.PASSCODE,
        request.key_id,
        b"otp-v1",
        request.tenant_id.bytes,
        request.pk.bytes,
        bytes(request.nonce),
    )
    return f"{int.from_bytes(digest[:16], 'big') % 10**DIGITS:0{DIGITS}d}"


def digits_of(text: str) -> str:
    """The digits somebody typed, without what groups them; empty if they are no code (SEC-16).

    Mail programs put other spaces, dashes and invisible characters between the halves than
    keyboards do.
    """
    bare = "".join(c for c in text if unicodedata.category(c) not in _BETWEEN_DIGITS)
    return bare if _CODE.match(bare) else ""


# Asking for one


class NoCodeNow(TooSoon):
    """A limit forbids another code; none was made, and earlier ones are as they were (BET-5)."""

    def __init__(self, wait: CodeWait) -> None:
        """Take the wait; the page tells it and what still works."""
        super().__init__(
            _("No code was sent now: others were sent shortly before."), retry_after=wait.seconds
        )
        self.wait = wait


def request_code(sign_in: SignInTransaction) -> PasscodeRequest:
    """Write the request and its mail for this sign-in; the worker does the rest (OTP-4, OTP-6).

    An older code of the same sign-in is dead afterwards (SEC-4). For an unknown address the same
    rows are written and no mail will leave (OTP-11); the limits are the same (OTP-10).

    Raises: NoCodeNow over a limit and while the identity is locked; Unavailable when no worker
    could send it. Both come for every address alike, and neither changes anything (REL-16).
    """
    if not sweeper.is_served(Queue.PASSCODE):
        raise Unavailable(_("We can’t send codes right now. Try again in a minute."))
    tenant = sign_in.tenant
    network = client_network()
    with transaction.atomic():
        _lock_identity(tenant, sign_in.proof_key)
        wait = wait_before_next(sign_in)
        if wait.seconds:
            logger.info("passcode_limited", sign_in=str(sign_in.pk), limit=wait.limit)
            raise NoCodeNow(wait)
        supersede_requests(sign_in)
        request: PasscodeRequest = PasscodeRequest.objects.create(
            tenant=tenant,
            sign_in=sign_in,
            user=sign_in.user,
            user_epoch=epoch_of(sign_in.user),
            address_key=sign_in.proof_key,
            client_network=network,
            nonce=secrets.token_bytes(32),
            key_id=keys.key_ring().active_id,
            lifetime_minutes=lifetime_minutes(tenant),
            created_at=Now(),
        )
        enqueue_mail(
            MAIL_KIND,
            tenant=tenant,
            subject_id=request.pk,
            recipient=_recipient(sign_in),
            language=_language(sign_in),
        )
    request.refresh_from_db(fields=["created_at"])
    return request


def wait_before_next(sign_in: SignInTransaction) -> CodeWait:
    """Tell how long this sign-in gets no other code: for a lock, or for a limit (BET-5)."""
    tenant, key = sign_in.tenant, str(sign_in.proof_key)
    seconds = seconds_locked(tenant, key)
    if seconds:
        return CodeWait(seconds, limit="lock", is_locked=True)
    return wait_of_limits(CodeReceiver(tenant, key, client_network()))


def adopt_request(sign_in: SignInTransaction, earlier: Sequence[str]) -> None:
    """Let a code that this browser got lately count for its new sign-in.

    Who opens the invitation twice has one code in the inbox, and it works (OTP-3). Takes the
    ids of the `earlier` sign-ins of the browser; their newest open code comes along if it is
    for the same organization, person, mailbox and purpose.
    """
    rows = PasscodeRequest.objects.of(sign_in.tenant).filter(
        Q(expires_at__gt=Now()) | Q(expires_at=None),
        sign_in__in=earlier,
        sign_in__code_for=sign_in.code_for,
        sign_in__sign_up_id=sign_in.sign_up_id,
        user=sign_in.user,
        address_key=sign_in.proof_key,
        consumed_at=None,
        superseded_at=None,
    )
    newest = rows.order_by("-created_at", "-pk").values_list("pk", flat=True).first()
    if newest is not None:
        rows.filter(pk=newest).update(sign_in=sign_in)


def supersede_requests(sign_in: SignInTransaction) -> None:
    """End the open code of one sign-in; those of other browsers live on (SEC-4)."""
    sign_in.passcode_requests.filter(consumed_at=None, superseded_at=None).update(
        superseded_at=Now()
    )


def supersede_all(tenant: Tenant) -> None:
    """End every open code of `tenant`, as when the method is switched off (SEC-6, SEC-19)."""
    PasscodeRequest.objects.of(tenant).filter(consumed_at=None, superseded_at=None).update(
        superseded_at=Now()
    )


def epoch_of(user: User | None) -> str:
    """How `user` stands; a block or a revocation of sessions begins a new epoch (SEC-6)."""
    if user is None:
        return ""
    return f"{user.sign_in_sessions_valid_from.isoformat()}|{user.account_enabled:d}"


def lifetime_minutes(tenant: Tenant) -> int:
    """How long codes of `tenant` live (SEC-5)."""
    chosen = PasscodePolicy.objects.filter(tenant=tenant).values_list("lifetime_minutes", flat=True)
    return chosen.first() or PASSCODE_MINUTES


def _recipient(sign_in: SignInTransaction) -> TransportAddress:
    """The stored address the code goes to, never the typed one (SEC-97); none for a stranger.

    Only a user flow that offers codes mails to an address that is not stored (OTP-1).
    """
    user, proof_key = sign_in.user, str(sign_in.proof_key)
    if user is None and not sign_in.is_sign_up:
        return TransportAddress("")
    is_invited = user is not None and user.invited_address_key == proof_key
    return stored_address(user.invited_address if user and is_invited else proof_key).ascii


def _language(sign_in: SignInTransaction) -> str:
    """The language of the mail: first that of the browser, then as for invitations (OTP-15)."""
    user, home = sign_in.user, sign_in.home_tenant
    return languages.first_supported(
        (
            languages.of_visitor(),
            user.preferred_language if user is not None else "",
            home.notification_language if home is not None else "",
            sign_in.tenant.notification_language,
            "en-US",
        )
    )


# The worker's half


def hand_over_passcode(request: PasscodeRequest) -> datetime:
    """When the code ends: its whole lifetime from the first call on, by the database (SEC-5)."""
    PasscodeRequest.objects.of(request.tenant).filter(pk=request.pk, expires_at=None).update(
        expires_at=Now() + timedelta(minutes=request.lifetime_minutes)
    )
    request.refresh_from_db(fields=["expires_at", "consumed_at", "superseded_at"])
    return cast(datetime, request.expires_at)


# Using it up


def consume_passcode(request_id: uuid.UUID, digits: str) -> bool:
    """Whether `digits` are the code and this call used it up (SEC-7, SEC-9).

    Every try is paid before it is compared, and nothing is compared while the identity is
    locked (SEC-10). Call it inside a transaction that commits whatever the outcome is.
    """
    found = PasscodeRequest.unscoped.select_related("tenant", "user", "sign_in")
    request = found.get(pk=request_id)
    tenant = request.tenant
    _lock_identity(tenant, request.address_key)
    if seconds_locked(tenant, request.address_key) or not _count_try(request):
        return False
    wrong = WrongPasscode.objects.create(
        tenant=tenant,
        address_key=request.address_key,
        client_network=client_network(),
        at=Now(),
    )
    is_right = hmac.compare_digest(derive_passcode(request), digits)
    is_real = request.user is not None or request.sign_in.is_sign_up
    is_current = request.user_epoch == epoch_of(request.user)
    if is_right and is_real and is_current and _open(request).update(consumed_at=Now()):
        wrong.delete()
        # The identity's own counter only; the client's stays (SEC-18).
        WrongPasscode.objects.of(tenant).filter(address_key=request.address_key).update(
            address_key=""
        )
        return True
    _lock_if_due(tenant, request.address_key)
    return False


def seconds_locked(tenant: Tenant, address_key: str) -> int:
    """Whole seconds until the identity takes codes again; 0 if it does now (OTP-9, SEC-10).

    Locked is it for 15 minutes, and as long as the last hour holds ten wrong tries.
    """
    now = Now()
    lock = PasscodeLock.objects.of(tenant).filter(address_key=address_key, locked_until__gt=now)
    ends = [
        until - then for until, then in lock.annotate(now=now).values_list("locked_until", "now")
    ]
    spent = WRONG_PER_HOUR.seconds_until(CodeReceiver(tenant, address_key))
    return max([spent, *(_whole_seconds(left) for left in ends)])


def wrong_in_an_hour(tenant: Tenant, address_key: str) -> int:
    """How many wrong tries of the last hour count against the identity (OTP-9)."""
    return WRONG_PER_HOUR.count(CodeReceiver(tenant, address_key))


def refuse_busy_client() -> None:
    """Stop a client address that typed too many wrong codes (SEC-10).

    Raises: TooSoon with the seconds until the next try.
    """
    WRONG_PER_CLIENT.require(client_network())


@dataclass(frozen=True)
class CodeStatus:
    """Where the newest code of a sign-in stands, by the database's clock."""

    row: PasscodeRequest
    now: datetime

    @property
    def age(self) -> timedelta:
        """How long ago the code was asked for."""
        return self.now - self.row.created_at

    @property
    def is_expired(self) -> bool:
        """Whether its time is over, or its mail never left (OTP-8, REL-14)."""
        return self.now >= (self.row.expires_at or self.row.created_at + GIVE_UP)

    @property
    def is_used_up(self) -> bool:
        """Whether five tries are spent (OTP-9)."""
        return self.tries_left <= 0

    @property
    def tries_left(self) -> int:
        """How many tries the code still has."""
        return int(settings.PORTAL_PASSCODE_TRIES - self.row.attempts)

    @property
    def is_over(self) -> bool:
        """Whether the code can work no more, whatever is typed."""
        return self.is_expired or self.is_used_up or self.row.superseded_at is not None


def latest_request(sign_in: SignInTransaction) -> CodeStatus | None:
    """The newest code of this sign-in, if one was asked for."""
    row = (
        PasscodeRequest.objects.of(sign_in.tenant)
        .filter(sign_in=sign_in)
        .order_by("-created_at", "-pk")
        .annotate(database_now=Now())
        .first()
    )
    return CodeStatus(row, row.database_now) if row is not None else None


def client_network() -> str:
    """Where the current request comes from, as limits count it (SEC-110)."""
    return address_group(log.ORIGIN.get().client_address)


def _open(request: PasscodeRequest) -> QuerySet[PasscodeRequest]:
    rows: QuerySet[PasscodeRequest] = PasscodeRequest.objects.of(request.tenant).filter(
        pk=request.pk, consumed_at=None, superseded_at=None, expires_at__gt=Now()
    )
    return rows


def _count_try(request: PasscodeRequest) -> bool:
    tries = settings.PORTAL_PASSCODE_TRIES
    return bool(_open(request).filter(attempts__lt=tries).update(attempts=F("attempts") + 1))


def _lock_identity(tenant: Tenant, address_key: str) -> None:
    """Make requests and tries of one identity queue up until the transaction ends."""
    rows = PasscodeLock.objects.of(tenant).filter(address_key=address_key)
    if not lock_rows(rows):
        PasscodeLock.unscoped.get_or_create(tenant=tenant, address_key=address_key)
        lock_rows(rows)


def _lock_if_due(tenant: Tenant, address_key: str) -> None:
    if WRONG_PER_HOUR.is_spent(CodeReceiver(tenant, address_key)):
        PasscodeLock.objects.of(tenant).filter(
            Q(locked_until=None) | Q(locked_until__lt=Now()), address_key=address_key
        ).update(locked_until=Now() + settings.PORTAL_PASSCODE_LOCK)


def _whole_seconds(left: timedelta) -> int:
    return max(0, math.ceil(left.total_seconds()))
