"""Check the password of a sign-in, and replace it (SIN-2, SEC-75, T19 D2)."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from guests.models import User
from guests.passwords.actions import change_password
from identityproviders.discovery.decide import Method
from identityproviders.models import PersonalAccount, SignInStep, SignInTransaction
from identityproviders.sign_in import log, rate_limits, verified_identity
from identityproviders.sign_in.actions import (
    BY_PASSWORD,
    SignInOver,
    account_of_sign_in,
    prove_sign_in,
)
from identityproviders.sign_in.log import INTERNAL
from portal.errors import InvalidInput, TooSoon

WRONG_PASSWORD = 50126
PasswordHolder = User | PersonalAccount
LONGEST = 128
"""Nothing longer is hashed (SEC-75)."""


class WrongPassword(InvalidInput):
    """The password is not right, or the account is unknown; the error does not say which."""

    def __init__(self) -> None:
        """Say the same in every case."""
        super().__init__(
            "password",
            _("That password isn’t right for this account. Check it and try again."),
            code=WRONG_PASSWORD,
        )


@sensitive_variables("password")
def prove_by_password(txn: SignInTransaction, password: str) -> None:
    """Compare, and note the proof: of the member here, of the account at the home tenant, or of
    the personal account.

    Unknown accounts cost the same time and count the same (SEC-75). A disabled account is found
    all the same and refused afterwards (SIN-3).

    Raises: WrongPassword, TooSoon (SEC-75), SignInOver.
    """
    if txn.step != SignInStep.METHOD or txn.method not in BY_PASSWORD:
        raise SignInOver
    holder = txn.personal_account if txn.method == Method.PERSONAL else account_of_sign_in(txn)
    try:
        paid = rate_limits.pay_password(account_key(txn, holder))
    except TooSoon as refusal:
        log.note_sign_in_failed(txn, refusal.code)
        raise
    if not _is_right(holder, password):
        log.note_sign_in_failed(txn, WRONG_PASSWORD)
        raise WrongPassword
    rate_limits.refund_try(paid)
    assert holder is not None  # noqa: S101 - an unknown account matches no password
    _prove(txn, holder)


def account_key(txn: SignInTransaction, holder: PasswordHolder | None) -> str:
    """What tries are counted under: the account's own name, else the address as typed."""
    if isinstance(holder, PersonalAccount):
        return holder.address_key
    return holder.user_principal_name.lower() if holder else txn.account_address or txn.address_key


@sensitive_variables("new_password")
def replace_password(txn: SignInTransaction, new_password: str) -> None:
    """The forced change at the first sign-in, after the old password was proven (SIN-2).

    Raises: InvalidInput at `new_password`, SignInOver.
    """
    account = account_of_sign_in(txn)
    proven_at = txn.proven_at if txn.step == SignInStep.CONSENT else None
    if proven_at is None or account is None or not account.must_change_password:
        raise SignInOver
    # A password proven before a reset chooses no new one (USR-24, SES-6).
    ended_at = account.sign_in_sessions_valid_from
    if ended_at is not None and proven_at < ended_at:
        raise SignInOver
    if _is_right(account, new_password):
        raise InvalidInput("new_password", _("Choose a password that you have not used here yet."))
    change_password(account, new_password=new_password)


@sensitive_variables("password")
def _is_right(holder: PasswordHolder | None, password: str) -> bool:
    hashable = password if len(password) <= LONGEST else ""
    if holder is None:
        make_password(hashable)
        return False
    return holder.check_password(hashable)


def _prove(txn: SignInTransaction, holder: PasswordHolder) -> None:
    if isinstance(holder, PersonalAccount):
        verified_identity.accept_authentication(
            txn, verified_identity.identity_of_personal_account(holder)
        )
    elif txn.method == INTERNAL:
        prove_sign_in(
            txn,
            issuer=holder.tenant.initial_domain,
            provider_key="",
            subject=str(holder.pk),
        )
    else:
        verified_identity.accept_authentication(txn, verified_identity.identity_of_member(holder))
