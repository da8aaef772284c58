"""Send a passcode and check what was typed, for guests and strangers alike (OTP-4 ff., SEC-14)."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from identityproviders.models import PasscodeDevice, SignInTransaction
from identityproviders.passcodes import one_time_codes
from identityproviders.passcodes.one_time_codes import CodeStatus
from identityproviders.sign_in import log, method_choice, verified_identity
from identityproviders.sign_in.actions import SignInOver, asks_for_code

WRONG_CODE, EXPIRED_CODE, LOCKED = 70018, 70019, 50053
_NOBODY = uuid.UUID(int=0)


class PasscodeOutcome(enum.Enum):
    """What became of a code that was typed. The texts depend on nothing a stranger lacks."""

    RIGHT = enum.auto()
    WRONG = enum.auto()
    USED_UP = enum.auto()
    EXPIRED = enum.auto()
    LOCKED = enum.auto()
    SWITCHED_OFF = enum.auto()


@dataclass(frozen=True)
class PasscodeAnswer:
    """The outcome, how the code stands after the try, and whether the try was compared."""

    outcome: PasscodeOutcome
    standing: CodeStatus | None = None
    is_checked: bool = True

    @property
    def tries_left(self) -> int:
        """How many tries the code still has."""
        return self.standing.tries_left if self.standing else 0


def send_passcode(txn: SignInTransaction, *, earlier: Sequence[str] = ()) -> bool:
    """Send a code for this sign-in; give whether it takes the place of an earlier one.

    Takes the ids of the `earlier` sign-ins of the same browser, whose code may still be good.

    Raises: NoCodeNow over a limit, Unavailable without a worker, both for every address alike
    and without a change (BET-5, REL-16); SignInOver.
    """
    _require_passcode(txn)
    before = one_time_codes.latest_request(txn)
    if before is None and earlier:
        one_time_codes.adopt_request(txn, earlier)
        before = one_time_codes.latest_request(txn)
    if not is_switched_off(txn):
        _device_of(txn).generate_challenge(txn)
    return before is not None


def enter_passcode(
    txn: SignInTransaction, digits: str, *, before: CodeStatus | None = None
) -> PasscodeAnswer:
    """Try the 8 `digits` on the newest code of this sign-in (SEC-8, SEC-9).

    A right code proves the mailbox: the transaction is at its consent step afterwards. Takes how
    the newest code stands `before` the try, where that was read.

    Raises: TooSoon for a client that typed too many wrong ones (SEC-10), SignInOver.
    """
    _require_passcode(txn)
    one_time_codes.refuse_busy_client()
    if is_switched_off(txn):
        return PasscodeAnswer(PasscodeOutcome.SWITCHED_OFF)
    standing = before or one_time_codes.latest_request(txn)
    if standing is None:
        return PasscodeAnswer(PasscodeOutcome.EXPIRED)
    if _is_accepted(txn, standing, digits):
        verified_identity.note_mailbox_proven(txn)
        return PasscodeAnswer(PasscodeOutcome.RIGHT)
    return _explain(txn, standing)


def is_switched_off(txn: SignInTransaction) -> bool:
    """Whether the method is off by now: then code and method are decided anew (SEC-19).

    A code that only proves an address on the way to another method has no switch.
    """
    if txn.code_for or method_choice.is_still_by_passcode(txn):
        return False
    with transaction.atomic():
        one_time_codes.supersede_requests(txn)
        method_choice.decide_method_again(txn)
    return True


def _require_passcode(txn: SignInTransaction) -> None:
    if not asks_for_code(txn):
        raise SignInOver


def _device_of(txn: SignInTransaction) -> PasscodeDevice:
    """The django-otp device that sends and verifies codes of this sign-in (SEC-20).

    It has nothing to store until its guest is in, so a stranger has one too (SEC-14).
    """
    return PasscodeDevice(user_id=txn.user_id or _NOBODY)


def _is_accepted(txn: SignInTransaction, standing: CodeStatus, digits: str) -> bool:
    """Verify the code; a stranger's takes the same steps and fails (SEC-14)."""
    with transaction.atomic():
        is_right = _device_of(txn).verify_token(f"{standing.row.pk}|{digits}")
    return is_right and (txn.user is not None or txn.is_sign_up)


def _explain(txn: SignInTransaction, before: CodeStatus) -> PasscodeAnswer:
    """Why the code was not taken, as far as decoys share the reason (SEC-15), and log it."""
    standing = one_time_codes.latest_request(txn) or before
    if one_time_codes.seconds_locked(txn.tenant, txn.proof_key):
        outcome, code = PasscodeOutcome.LOCKED, LOCKED
    elif standing.is_used_up:
        outcome, code = PasscodeOutcome.USED_UP, WRONG_CODE
    elif standing.is_expired:
        outcome, code = PasscodeOutcome.EXPIRED, EXPIRED_CODE
    else:
        outcome, code = PasscodeOutcome.WRONG, WRONG_CODE
    log.note_sign_in_failed(txn, code)
    # A try that is compared is paid before (SEC-9).
    is_checked = standing.row.attempts > before.row.attempts
    return PasscodeAnswer(outcome, standing, is_checked)
