"""Prove an account by its password (SIN-2, SEC-75, T19 D2)."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from guests.actions import passwords
from guests.models import User
from identityproviders import limits, sign_in_log
from identityproviders.actions import proofs, sign_in
from identityproviders.discovery import Method
from identityproviders.models import PersonalAccount, SignInStep, SignInTransaction
from identityproviders.sign_in_log import INTERNAL
from portal.errors import InvalidInput, TooSoon

WRONG_PASSWORD = 50126
Holder = User | PersonalAccount
LONGEST = 128
"""Nothing longer is hashed (SEC-75)."""


class WrongPassword(InvalidInput):
    """The password is not right, or the account unknown: nobody learns which."""

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
    if txn.step != SignInStep.METHOD or txn.method not in sign_in.BY_PASSWORD:
        raise sign_in.SignInOver
    holder = txn.personal_account if txn.method == Method.PERSONAL else sign_in.account_of(txn)
    try:
        paid = limits.pay_password(account_key(txn, holder))
    except TooSoon as refusal:
        sign_in_log.failed(txn, refusal.code)
        raise
    if not _is_right(holder, password):
        sign_in_log.failed(txn, WRONG_PASSWORD)
        raise WrongPassword
    limits.refund(paid)
    assert holder is not None  # noqa: S101 - nobody has no password
    _prove(txn, holder)


def account_key(txn: SignInTransaction, holder: Holder | None) -> str:
    """What tries are counted under: the account's own name, else the address as typed."""
    if isinstance(holder, PersonalAccount):
        return holder.address_key
    return holder.user_principal_name.lower() if holder else txn.account_address or txn.address_key


@sensitive_variables("new_password")
def replace_password(txn: SignInTransaction, new_password: str) -> None:
    """The forced change at the first sign-in, after the old password was proven (SIN-2).

    Raises: InvalidInput at `new_password`, SignInOver.
    """
    account = sign_in.account_of(txn)
    proven_at = txn.proven_at if txn.step == SignInStep.CONSENT else None
    if proven_at is None or account is None or not account.must_change_password:
        raise sign_in.SignInOver
    # A password proven before a reset chooses no new one (USR-24, SES-6).
    ended_at = account.sign_in_sessions_valid_from
    if ended_at is not None and proven_at < ended_at:
        raise sign_in.SignInOver
    if _is_right(account, new_password):
        raise InvalidInput("new_password", _("Choose a password that you have not used here yet."))
    passwords.change(account, new_password=new_password)


@sensitive_variables("password")
def _is_right(holder: Holder | None, password: str) -> bool:
    hashable = password if len(password) <= LONGEST else ""
    if holder is None:
        make_password(hashable)
        return False
    return holder.check_password(hashable)


def _prove(txn: SignInTransaction, holder: Holder) -> None:
    if isinstance(holder, PersonalAccount):
        proofs.authenticated(txn, proofs.of_personal(holder))
    elif txn.method == INTERNAL:
        sign_in.prove(
            txn,
            issuer=holder.tenant.initial_domain,
            provider_key="",
            subject=str(holder.pk),
        )
    else:
        proofs.authenticated(txn, proofs.of_member(holder))
