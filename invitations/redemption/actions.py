"""Accept an invitation after the sign-in, or automatically (RED-8 to RED-10, CON-6, CTA-7).

Declining binds nothing: `cancel_sign_in` ends the sign-in and logs 65004 (CON-5).
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from guests.identities.actions import IdentityTaken, accept_identity, bind_identity
from guests.models import Issuer, User
from guests.users import lookups
from identityproviders.models import SignInStep, SignInTransaction
from identityproviders.sign_in.actions import INBOUND_BLOCKED, USER_UNAUTHORIZED, refuse_sign_in
from identityproviders.sign_in.log import INTERNAL, note_sign_in_failed
from invitations.collaboration.rules import refusal_of
from invitations.cross_tenant.queries import redeems_automatically
from invitations.inviting import checks, tickets
from invitations.inviting.checks import DomainRefused
from invitations.inviting.errors import (
    Expired,
    NoLongerValid,
    NotPending,
    NotProven,
    RedemptionRefused,
)
from invitations.models import Invitation, InvitationStatus, TermsVersion
from invitations.terms.actions import accept_terms
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.audit.models import Result
from portal.errors import DomainError
from portal.values.email_address import EmailAddress, parse_email_address

ACCOUNT_DISABLED = 50057


def redeem_invitation(
    txn: SignInTransaction,
    *,
    is_automatic: bool = False,
    terms: Collection[TermsVersion] = (),
) -> User:
    """Bind what was proven, accept, complete the invitation; all or nothing (RED-10, CON-6).

    `is_automatic` says that consent was not asked for (CTA-7); the log keeps it. `terms` are
    the versions accepted with it (CON-4).
    The move from pending to accepted is one conditional UPDATE: of several callers with the
    same invitation one wins (SEC-22). Returns the accepted guest.

    Raises: NotPending for the others, NotProven, RedemptionRefused, NoLongerValid,
    IdentityTaken (RED-9); then nothing changed but the invitation's status `Error` (INV-2).
    """
    user = _guest_of(txn)
    try:
        _require_allowed(txn, user)
        with transaction.atomic():
            _accept(txn, user, is_automatic=is_automatic)
            accept_terms(user, terms)
    except (DomainRefused, IdentityTaken, NotProven, RedemptionRefused) as refusal:
        _note_refusal(txn, user, refusal)
        if isinstance(refusal, DomainRefused):
            raise RedemptionRefused(
                _("%(name)s doesn’t accept guests with your address at the moment.")
                % {"name": txn.tenant.display_name},
                code=INBOUND_BLOCKED,
            ) from refusal
        raise
    return user


def refuse_denied_domain(txn: SignInTransaction) -> bool:
    """End the sign-in of a pending guest whose domain is not let in now; whether it was.

    Called when the invitation is opened, so that no guest types a code in vain (COL-13, LOG-1).
    """
    user = txn.user
    if user is None or not user.is_pending:
        return False
    try:
        checks.require_allowed_domain(txn.tenant, _invited_address(user))
    except DomainRefused as refusal:
        refuse_sign_in(txn, INBOUND_BLOCKED, remark=str(refusal))
        return True
    return False


def domain_objection(txn: SignInTransaction) -> int:
    """The code of T25 by which the domain list keeps a pending guest out; 0 for none (COL-13)."""
    user = txn.user
    if user is None or not user.is_pending or txn.method == INTERNAL:
        return 0
    rules = checks.collaboration_rules(txn.tenant)
    return INBOUND_BLOCKED if refusal_of(_invited_address(user).domain, rules) else 0


def invitation_objection(txn: SignInTransaction) -> int:
    """The code of T25 for a pending guest whose invitations were all revoked; 0 else (INV-7)."""
    user = txn.user
    if user is None or not user.is_pending or txn.method == INTERNAL:
        return 0
    if _open_invitations(txn, user).exists():
        return 0
    is_invited = Invitation.objects.of(txn.tenant).filter(user=user).exists()
    return USER_UNAUTHORIZED if is_invited else 0


def _invited_address(user: User) -> EmailAddress:
    return parse_email_address(user.invited_address or user.mail)


def _guest_of(txn: SignInTransaction) -> User:
    """The guest as the database knows them now.

    Raises: NoLongerValid for a deleted one, NotPending before a proof.
    """
    if txn.step != SignInStep.CONSENT or not txn.proven_issuer or txn.user_id is None:
        raise NotPending
    user: User | None = (
        User.objects.of(txn.tenant)
        .present()
        .select_related("tenant")
        .filter(pk=txn.user_id)
        .first()
    )
    if user is None:
        raise NoLongerValid
    return user


def _require_allowed(txn: SignInTransaction, user: User) -> None:
    """What may have changed since the invitation: rights of the domain, the account, the proof."""
    if not user.is_active:
        raise RedemptionRefused(
            _("Your account is disabled. Contact the organization that invited you."),
            code=ACCOUNT_DISABLED,
        )
    home = txn.home_user
    if txn.proven_issuer == Issuer.EXTERNAL_TENANT and home is not None and not home.is_active:
        raise RedemptionRefused(
            _("Your account at your own organization is disabled. Ask its administrator."),
            code=ACCOUNT_DISABLED,
        )
    checks.require_allowed_domain(txn.tenant, _invited_address(user))
    _require_fresh(txn, user)
    since = user.external_user_state_changed_at
    is_older = (
        user.is_pending
        and since is not None
        and txn.proven_at is not None
        and txn.proven_at < since
    )
    # A proof from before a reset counts for nothing any more (SEC-38).
    if is_older or txn.proven_address != lookups.invited_key(user):
        raise NotProven


def _accept(txn: SignInTransaction, user: User, *, is_automatic: bool) -> None:
    if not accept_identity(user):
        raise NotPending
    if not _complete(txn, user):
        raise NoLongerValid
    bind_identity(
        user,
        issuer=txn.proven_issuer,
        provider_key=txn.proven_provider_key,
        subject=txn.proven_subject,
        issuer_assigned_id=txn.proven_subject if txn.proven_issuer == Issuer.PASSCODE else "",
    )
    log.record(
        log.REDEEM,
        txn.tenant,
        by=user,
        target=Target.of_user(user),
        details=Details(
            changes=[
                Change("UserState", "PendingAcceptance", "Accepted"),
                Change("Identities", txn.tenant.initial_domain, txn.proven_issuer),
            ],
            additional={
                "InvitationId": txn.invitation_id,
                "DiscoveryRow": txn.discovery_row,
                "IsAutomatic": is_automatic,
            },
        ),
    )


def _require_fresh(txn: SignInTransaction, user: User) -> None:
    """SEC-23, also for who comes without the link. Raises: RedemptionRefused."""
    policy, now = tickets.invitation_policy(txn.tenant), timezone.now()
    if any(tickets.is_invitation_expired(row, policy, now) for row in _open_invitations(txn, user)):
        raise RedemptionRefused(str(Expired.message))


def _complete(txn: SignInTransaction, user: User) -> bool:
    """Complete the invitation; whether the guest may redeem at all.

    A ticket needs its own invitation open. A direct link (RED-2) takes the open one; a guest
    whose invitation was revoked has none left.
    """
    open_ones = _open_invitations(txn, user)
    done = open_ones.update(status=InvitationStatus.COMPLETED, accepted_at=timezone.now())
    if done or txn.invitation_id is not None:
        return bool(done)
    return not Invitation.objects.of(txn.tenant).filter(user=user).exists()


def _open_invitations(txn: SignInTransaction, user: User) -> QuerySet[Invitation]:
    found: QuerySet[Invitation] = Invitation.objects.of(txn.tenant).open().filter(user=user)
    return found if txn.invitation_id is None else found.filter(pk=txn.invitation_id)


def _note_refusal(txn: SignInTransaction, user: User, refusal: DomainError) -> None:
    """Status `Error` and an audit row with the reason, for administrators only (RED-9)."""
    with transaction.atomic():
        _open_invitations(txn, user).update(status=InvitationStatus.ERROR)
        code = INBOUND_BLOCKED if isinstance(refusal, DomainRefused) else refusal.code
        note_sign_in_failed(txn, code or USER_UNAUTHORIZED, remark=_reason(txn, refusal))
        log.record(
            log.REDEEM,
            txn.tenant,
            by=user,
            target=Target.of_user(user),
            details=Details(
                additional={"InvitationId": txn.invitation_id},
                reason=_reason(txn, refusal),
            ),
            result=Result.FAILURE,
        )


def _reason(txn: SignInTransaction, refusal: DomainError) -> str:
    if not isinstance(refusal, IdentityTaken):
        return str(refusal)
    holder = User.objects.of(txn.tenant).filter(
        identities__issuer=txn.proven_issuer,
        identities__provider_key=txn.proven_provider_key,
        identities__subject=txn.proven_subject,
    )
    names = ", ".join(user.own_address.written for user in holder if user.own_address)
    return f"The identity belongs to {names} already."


def redeem_automatically(txn: SignInTransaction) -> User | None:
    """The guest that this proven sign-in accepted, or None to ask for consent (CON-1).

    Only an account of a home tenant counts: host and home must both have ticked it for each
    other. Everything that consent would check is checked here too (RED-8, COL-13).

    Raises: RedemptionRefused and its like, as consenting would.
    """
    home = txn.home_tenant if txn.proven_issuer == Issuer.EXTERNAL_TENANT else None
    if home is None or not redeems_automatically(txn.tenant, home):
        return None
    try:
        return redeem_invitation(txn, is_automatic=True)
    except NotPending:
        return None
