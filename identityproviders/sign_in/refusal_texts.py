"""What a refused person reads, one sentence a cause, and whether trying again helps (SIN-6)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from identityproviders.discovery.decide import Decision, Method
from identityproviders.models import SignInTransaction
from identityproviders.providers.verification_report import CANCELED, MISCONFIGURED
from identityproviders.sign_in import actions
from identityproviders.sign_in.log import INTERNAL
from identityproviders.sign_in.method_choice import ROWS_WITHOUT_CODES
from portal.values.email_address import parse_email_address, stored_address

NOT_SIGNED_IN_THERE, NOT_REACHED = 50012, 90006
NOT_BELIEVED = (20001, 20012, 50008, 50027, 5000819)
"""Answers of outside providers that prove nothing (T25); the log has the reason."""
REPEATABLE = frozenset({NOT_SIGNED_IN_THERE, NOT_REACHED, CANCELED, *NOT_BELIEVED})


def text_of_refusal(txn: SignInTransaction) -> str:
    """Say what happened and what to do next; causes that differ have sentences that differ."""
    neutral = _(
        "You can’t sign in with this address here at the moment. Contact the organization that "
        "invited you."
    )
    text = _text_of_code(txn) or _text_of_row(txn) or neutral
    return (
        text.replace("%(address)s", txn.typed_address.written)
        .replace("%(used)s", stored_address(txn.account_address).written)
        .replace("%(expected)s", _expected_address(txn))
        .replace("%(tenant)s", txn.tenant.display_name)
    )


def may_succeed_again(txn: SignInTransaction) -> bool:
    """Whether the same address may get in by another try, perhaps with the right account."""
    return txn.error_code in REPEATABLE or _is_other_account(txn)


def _is_other_account(txn: SignInTransaction) -> bool:
    is_known = txn.user is not None or txn.is_sign_up
    is_proven = bool(txn.account_address or txn.proven_at)
    return txn.error_code == actions.USER_UNAUTHORIZED and is_known and is_proven


def _expected_address(txn: SignInTransaction) -> str:
    """The address that is to sign in; an invited one was not typed here and is masked (SEC-25)."""
    address = txn.typed_address
    return (address.masked if txn.invitation_id else address).written


def _text_of_code(txn: SignInTransaction) -> str:
    texts = {
        actions.USER_DISABLED: _(
            "Your account is disabled. Contact the administrator of your organization."
        )
        if txn.method in actions.BY_PASSWORD
        else _("Your account is disabled. Contact the organization that invited you."),
        actions.PASSWORD_EXPIRED: _(
            "Your temporary password has expired. Ask your administrator for a new one."
        ),
        actions.OUTBOUND_BLOCKED: _(
            "Your own organization doesn’t let its people sign in to %(tenant)s. Ask your "
            "administrator."
        ),
        actions.INBOUND_BLOCKED: _(
            "%(tenant)s doesn’t let people of your organization in. Contact the person who "
            "invited you."
        ),
        CANCELED: _(
            "You canceled the sign-in at your identity provider. Nothing was changed. You can try "
            "again."
        ),
        MISCONFIGURED: _(
            "The connection between %(tenant)s and your identity provider is not set up correctly. "
            "Trying again will not help. Send the details below to the organization that invited "
            "you."
        ),
        NOT_SIGNED_IN_THERE: _(
            "Your identity provider did not sign you in. Try again, or ask its administrator."
        ),
        NOT_REACHED: _(
            "Your identity provider can’t be reached at the moment. Try again in a few minutes."
        ),
    }
    texts |= dict.fromkeys(
        NOT_BELIEVED,
        _(
            "The answer of your identity provider can’t be used. Try again. If it happens again, "
            "send the details below to the organization that invited you."
        ),
    )
    if txn.error_code == actions.USER_UNAUTHORIZED:
        return _text_of_unknown_account(txn)
    return str(texts.get(txn.error_code, ""))


def _text_of_unknown_account(txn: SignInTransaction) -> str:
    """Another account than the right one, one without an address, or one that was not invited."""
    user = txn.user
    if txn.account_address and (user is not None or txn.is_sign_up):
        return _(
            "You signed in as %(used)s, but this sign-in is for %(expected)s. Sign in again, with "
            "that account."
        )
    if user is not None and user.is_pending and txn.provider_key:
        return _(
            "Your identity provider did not say which e-mail address is yours, so it can’t be used "
            "here. Ask its administrator."
        )
    if user is not None and user.is_accepted and txn.proven_at is not None:
        return _(
            "You signed in with another account than the one you accepted the invitation of "
            "%(tenant)s with. Sign in with that one, or ask %(tenant)s to reset your access."
        )
    return _(
        "The account %(address)s has no access to %(tenant)s. Ask the organization to invite "
        "you, or use another account."
    )


def _text_of_row(txn: SignInTransaction) -> str:
    """The text of the row of T19 or T20 that decided.

    Where no codes are given, everybody without an invitation reads the same (SEC-14).
    """
    if not txn.discovery_row or txn.method == INTERNAL:
        return ""
    is_alike = not txn.invitation_id and txn.discovery_row in ROWS_WITHOUT_CODES
    row = "T20-2" if is_alike else txn.discovery_row
    return Decision(row, Method(txn.method), parse_email_address(txn.address)).refusal
