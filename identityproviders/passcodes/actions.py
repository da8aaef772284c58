"""Send a passcode and check what was typed, for guests and strangers alike (OTP-4 ff., SEC-14)."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass

import django_otp
from django.db import transaction

from guests.models import User
from identityproviders.models import PasscodeDevice, SignInTransaction
from identityproviders.passcodes import one_time_codes
from identityproviders.passcodes.one_time_codes import Standing
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
    """The outcome, the tries left with this code, and the seconds a lock lasts."""

    outcome: PasscodeOutcome
    tries_left: int = 0
    wait: int = 0


def send_passcode(txn: SignInTransaction) -> int:
    """Send a code for this sign-in; seconds to wait if the last one is too fresh, else 0 (OTP-6).

    Raises: Unavailable for every address alike (REL-16), SignInOver.
    """
    _require_passcode(txn)
    wait = one_time_codes.wait_before_next(txn)
    if wait:
        return wait
    if is_switched_off(txn):
        return 0
    device = _device_of(txn.user)
    if device is None:
        one_time_codes.request_code(txn)
    else:
        device.generate_challenge(txn)
    return 0


def enter_passcode(txn: SignInTransaction, digits: str) -> PasscodeAnswer:
    """Try the 8 `digits` on the newest code of this sign-in (SEC-8, SEC-9).

    A right code proves the mailbox: the transaction is at its consent step afterwards.

    Raises: TooSoon for a client that typed too many wrong ones (SEC-10), SignInOver.
    """
    _require_passcode(txn)
    one_time_codes.refuse_busy_client()
    if is_switched_off(txn):
        return PasscodeAnswer(PasscodeOutcome.SWITCHED_OFF)
    standing = one_time_codes.latest_request(txn)
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


def _device_of(user: User | None) -> PasscodeDevice | None:
    """The device of a guest, made at the first code; strangers cost the same look-up."""
    device = PasscodeDevice.objects.filter(user_id=user.pk if user else _NOBODY).first()
    if device is None and user is not None:
        device, _is_new = PasscodeDevice.objects.get_or_create(user=user)
    return device


def _is_accepted(txn: SignInTransaction, standing: Standing, digits: str) -> bool:
    """Verify through django-otp; a stranger's code takes the same steps and fails (SEC-14)."""
    device = PasscodeDevice.objects.filter(user_id=txn.user_id or _NOBODY).first()
    token = f"{standing.row.pk}|{digits}"
    if device is not None and txn.user is not None:
        return django_otp.verify_token(txn.user, device.persistent_id, token) is not None
    with transaction.atomic():
        PasscodeDevice.objects.filter(pk=0).first()  # as the library looks for the device
        is_right = PasscodeDevice(user_id=_NOBODY).verify_token(token)
    return is_right and txn.is_sign_up  # which a stranger's code never is


def _explain(txn: SignInTransaction, before: Standing) -> PasscodeAnswer:
    """Why the code was not taken, as far as decoys share the reason (SEC-15), and log it."""
    standing = one_time_codes.latest_request(txn) or before
    wait = one_time_codes.locked_for(txn.tenant, txn.proof_key)
    if wait:
        outcome, code = PasscodeOutcome.LOCKED, LOCKED
    elif standing.is_used_up:
        outcome, code = PasscodeOutcome.USED_UP, WRONG_CODE
    elif standing.is_expired:
        outcome, code = PasscodeOutcome.EXPIRED, EXPIRED_CODE
    else:
        outcome, code = PasscodeOutcome.WRONG, WRONG_CODE
    log.note_sign_in_failed(txn, code)
    return PasscodeAnswer(outcome, standing.tries_left, wait)
