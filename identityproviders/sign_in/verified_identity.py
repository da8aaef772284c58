"""Decide what an authenticated identity proves about a guest (RED-8, SEC-25, SEC-36, HRD-9).

A mailbox can also be proven outside any organization: for choosing among one's organizations
(BET-16) and for the list of blocked ones (INV-20). That transaction belongs to the operators'
tenant. The code goes to the address as stored with a guest, or to the typed one (SEC-97).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction
from django.http import HttpRequest

from guests.models import Issuer, User
from guests.users import lookups
from identityproviders.discovery.decide import Entry, Method
from identityproviders.models import CodePurpose, PersonalAccount, SignInStep, SignInTransaction
from identityproviders.sign_in import actions, log
from identityproviders.sign_in.actions import USER_UNAUTHORIZED, SignInOver, move_sign_in
from portal.audit.models import SignInStatus
from portal.tenants.models import PLATFORM_TENANT_ID, Tenant
from portal.values.email_address import CanonicalAddress, EmailAddress


@dataclass(frozen=True)
class VerifiedIdentity:
    """An identity as a provider, or one of our password pages, authenticated it (SEC-34).

    `addresses` are the canonical addresses it is known to hold (SEC-35), `claimed` those that
    the provider names without being an authority on them.
    """

    issuer: str
    provider_key: str
    subject: str
    addresses: frozenset[str] = field(default_factory=frozenset)
    claimed: frozenset[str] = field(default_factory=frozenset)
    home_user: User | None = None


def identity_of_member(account: User) -> VerifiedIdentity:
    """A member's account of another tenant; its addresses are those its tenant vouches for."""
    return VerifiedIdentity(
        issuer=Issuer.EXTERNAL_TENANT,
        provider_key=str(account.tenant_id),
        subject=str(account.pk),
        addresses=frozenset({account.user_principal_name.lower()}),
        home_user=account,
    )


def identity_of_personal_account(account: PersonalAccount) -> VerifiedIdentity:
    """A personal account, made with an address that was proven then (decision 5)."""
    return VerifiedIdentity(
        issuer=Issuer.PERSONAL,
        provider_key="",
        subject=str(account.pk),
        addresses=frozenset({account.address_key}),
    )


def accept_authentication(txn: SignInTransaction, proof: VerifiedIdentity) -> None:
    """Go on with an authenticated identity: proven, one code still missing, or refused.

    Of a pending guest it must prove the invited address (RED-8). An address that the provider
    only names, and an account that the person chose instead of what discovery found, are good
    after one passcode to the invited mailbox; any other address is refused and the guest stays
    pending (SEC-25, IDP-6). Who signs up must prove the address they typed in the same way
    (SSU-1). An accepted guest's sign-in goes by the identity alone (SEC-37),
    which `advance` compares; of a stranger nothing is known to compare.

    Raises: SignInOver.
    """
    user = txn.user
    if txn.is_sign_up:
        invited = str(txn.address_key)
    elif user is None or not user.is_pending:
        _prove(txn, proof, address=next(iter(proof.addresses), ""))
        return
    else:
        invited = lookups.invited_key(user)
    if invited in proof.addresses:
        _prove(txn, proof, address=invited)
    elif txn.account_address or invited in proof.claimed or _says_nothing(txn, proof):
        _ask_for_code(txn, proof)
    else:
        _refuse_other_address(txn, proof)


def _refuse_other_address(txn: SignInTransaction, proof: VerifiedIdentity) -> None:
    """Somebody signed in with another account than the invited one, or with one without address.

    The log and the page name the account that was used (SEC-25).
    """
    used = next(iter(sorted(proof.addresses | proof.claimed)), "")
    remark = log.OTHER_ADDRESS % used if used else log.NO_ADDRESS
    actions.refuse_sign_in(txn, USER_UNAUTHORIZED, remark=remark, used_address=used)


def _says_nothing(txn: SignInTransaction, proof: VerifiedIdentity) -> bool:
    """Whether somebody signs up with an account that names no address at all, as Facebook may."""
    return txn.is_sign_up and not proof.addresses and not proof.claimed


def identity_by_session(txn: SignInTransaction, visitor: object) -> bool:
    """Whether the visitor's session at home is the very proof discovery asks for, and took it.

    Raises: SignInOver.
    """
    if (
        not isinstance(visitor, User)
        or txn.method != Method.ORGANIZATION
        or visitor.is_external
        or txn.home_user_id != visitor.pk
    ):
        return False
    accept_authentication(txn, identity_of_member(visitor))
    return True


def note_mailbox_proven(txn: SignInTransaction) -> None:
    """A code to `proof_key` was right: sign in with it, or go on with what it was asked for.

    Raises: SignInOver.
    """
    match txn.code_for:
        case CodePurpose.SIGN_IN:
            actions.prove_sign_in(
                txn,
                issuer=Issuer.PASSCODE,
                provider_key="",
                subject=txn.proof_key,
                address=txn.proof_key,
            )
        case CodePurpose.ALIAS:
            actions.prove_sign_in(
                txn,
                issuer=txn.alias_issuer,
                provider_key=txn.alias_provider_key,
                subject=txn.alias_subject,
                address=txn.proof_key,
            )
        case _:
            actions.note_mailbox(txn)


def _prove(txn: SignInTransaction, proof: VerifiedIdentity, *, address: str) -> None:
    actions.prove_sign_in(
        txn,
        issuer=proof.issuer,
        provider_key=proof.provider_key,
        subject=proof.subject,
        address=address,
        home_user=proof.home_user,
    )


def _ask_for_code(txn: SignInTransaction, proof: VerifiedIdentity) -> None:
    """Keep the identity aside until the invited mailbox is shown too (RED-8)."""
    user = txn.user
    if user is None and not txn.is_sign_up:
        raise SignInOver
    with transaction.atomic():
        move_sign_in(
            txn,
            {SignInStep.METHOD},
            SignInStep.METHOD,
            code_for=CodePurpose.ALIAS,
            mailbox_proven_at=None,
            proof_key=lookups.invited_key(user) if user else txn.address_key,
            alias_issuer=proof.issuer,
            alias_provider_key=proof.provider_key,
            alias_subject=proof.subject,
        )
        remark = log.OTHER_ACCOUNT if txn.account_address else log.NOT_CONFIRMED
        log.note_sign_in_step(txn, SignInStatus.INTERRUPTED, remark=remark)


def start_mailbox_proof(
    request: HttpRequest, address: EmailAddress, *, continue_to: str
) -> SignInTransaction:
    """Begin in this browser; after the code, `continue_to` opens, a path of this portal."""
    txn = actions.start_sign_in(
        request,
        tenant=Tenant.objects.get(pk=PLATFORM_TENANT_ID),
        entry=Entry.COMMON,
        continue_to=continue_to,
        address=address,
        user=next(iter(lookups.guests_by_address(address.canonical)), None),
    )
    move_sign_in(
        txn,
        {SignInStep.ADDRESS},
        SignInStep.METHOD,
        method=Method.PASSCODE.value,
        code_for=CodePurpose.INBOX,
        proof_key=address.canonical,
    )
    return txn


def proven_address(request: HttpRequest) -> CanonicalAddress:
    """The canonical address that this browser proved.

    Raises: SignInOver.
    """
    txn = actions.current_sign_in(request)
    if txn.code_for != CodePurpose.INBOX or txn.mailbox_proven_at is None:
        raise SignInOver
    return CanonicalAddress(txn.proof_key)
