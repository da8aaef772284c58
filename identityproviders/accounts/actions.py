"""Create a personal account for a proven address, and reset its password (decision 5)."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from guests.models import User
from identityproviders.discovery.decide import Method
from identityproviders.models import CodePurpose, PersonalAccount, SignInStep, SignInTransaction
from identityproviders.sign_in import verified_identity
from identityproviders.sign_in.actions import SignInOver, move_sign_in
from identityproviders.sign_in.log import FORGOTTEN, note_sign_in_step
from portal.audit import log
from portal.audit.log import Details, Target
from portal.audit.models import SignInStatus
from portal.errors import Conflict, InvalidInput
from portal.principals import SYSTEM


class PersonalAccountExists(Conflict):
    """Somebody made the account in another window meanwhile."""

    message = _("There is an account with this address by now. Sign in with its password.")


@sensitive_variables("password")
def create_personal_account(
    txn: SignInTransaction, *, display_name: str, password: str
) -> PersonalAccount:
    """Make the account of D7 with the address that a code just proved, and sign in with it.

    Raises: InvalidInput at `new_password` (SEC-75), AlreadyThere, SignInOver without the proof.
    """
    user = _require_mailbox(txn, CodePurpose.CREATE)
    account = PersonalAccount(address_key=txn.proof_key, display_name=display_name)
    _require_good(password, account)
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
            log.record(
                log.CREATE_PERSONAL_ACCOUNT, txn.tenant, by=user or SYSTEM, target=_target(user)
            )
            verified_identity.accept_authentication(
                txn, verified_identity.identity_of_personal_account(account)
            )
    except IntegrityError as error:
        raise PersonalAccountExists from error
    return account


def forget_password(txn: SignInTransaction) -> None:
    """Begin to make the password anew: a code to the account's own address comes first.

    The answer does not say whether the account exists: without one, or without a guest it
    belongs to, the same pages follow and no mail leaves (SEC-75).

    Raises: SignInOver for a sign-in that is not about a personal account found by discovery.
    """
    if txn.method != Method.PERSONAL or txn.account_address:
        raise SignInOver
    account = txn.personal_account
    with transaction.atomic():
        move_sign_in(
            txn,
            {SignInStep.METHOD},
            SignInStep.METHOD,
            code_for=CodePurpose.RESET,
            mailbox_proven_at=None,
            proof_key=account.address_key if account else txn.address_key,
        )
        note_sign_in_step(txn, SignInStatus.INTERRUPTED, remark=FORGOTTEN)


@sensitive_variables("password")
def reset_password(txn: SignInTransaction, *, password: str) -> None:
    """Give the account a new password after the code, and sign in with it.

    Raises: InvalidInput at `new_password` (SEC-75), SignInOver without the proof.
    """
    user = _require_mailbox(txn, CodePurpose.RESET)
    account = txn.personal_account
    if account is None:
        raise SignInOver
    _require_good(password, account)
    account.set_password(password)
    with transaction.atomic():
        account.save(update_fields=["password", "password_changed_at"])
        details = Details(additional={"Account": "MicrosoftAccount"})
        log.record(
            log.RESET_PASSWORD, txn.tenant, by=user or SYSTEM, target=_target(user), details=details
        )
        verified_identity.accept_authentication(
            txn, verified_identity.identity_of_personal_account(account)
        )


def _target(user: User | None) -> Target | None:
    return Target.of_user(user) if user else None


def _require_mailbox(txn: SignInTransaction, purpose: CodePurpose) -> User | None:
    """The guest whose mailbox a code just proved for this purpose; None for one who signs up.

    Raises: SignInOver.
    """
    is_due = txn.step == SignInStep.METHOD and txn.code_for == purpose
    if not is_due or txn.mailbox_proven_at is None:
        raise SignInOver
    if txn.user is None and not txn.is_sign_up:
        raise SignInOver
    return txn.user


@sensitive_variables("password")
def _require_good(password: str, account: PersonalAccount) -> None:
    try:
        # It reads the attributes that settings name, which any kind of account may have.
        validate_password(password, cast(User, account))
    except ValidationError as error:
        raise InvalidInput("new_password", " ".join(error.messages)) from error
