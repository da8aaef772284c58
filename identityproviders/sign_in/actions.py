"""Move a sign-in from the first address to the open session, on the server (SEC-41, SIN-1).

The browser's session holds nothing but ids. Every step is one conditional UPDATE on the step it
may come from, so that a step called twice, too early or with another browser's cookie changes
nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import django_otp
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models import Identity, Issuer, User
from guests.sessions import lifetime
from guests.sessions.actions import note_sign_in
from identityproviders.discovery.decide import Entry, Method
from identityproviders.models import CodePurpose, PasscodeDevice, SignInStep, SignInTransaction
from identityproviders.sign_in import log
from identityproviders.sign_in.destinations import sign_in_destination, sign_in_entrance
from identityproviders.sign_in.log import INTERNAL
from portal.audit.models import SignInStatus
from portal.errors import DomainError
from portal.hooks import Hook
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress
from portal.values.redirect_url import same_origin_path

SESSION_KEY, EARLIER_KEY = "sign_in", "earlier_sign_ins"
PROVIDER_SIGN_OUT = "provider_sign_out"
"""How to sign out at the provider of the sign-in, in the session of the browser (SES-1)."""
MOST_EARLIER = 5
LIFETIME = timedelta(minutes=60)
"""T22: the pages of one sign-in work for an hour."""

USER_UNAUTHORIZED, USER_DISABLED, PASSWORD_EXPIRED, CONSENT_DECLINED = 50020, 50057, 50055, 65004
OUTBOUND_BLOCKED, INBOUND_BLOCKED = 500212, 500213

BY_PASSWORD = frozenset({INTERNAL, Method.ORGANIZATION.value, Method.PERSONAL.value})
"""Methods that end at our password page."""

BEFORE_CONSENT: Hook[Callable[[SignInTransaction], object]] = Hook("before consent")
"""What may accept a proven pending guest without asking them (CTA-7, INV-2). Each takes the
sign-in and gives the guest it accepted, or None; it is called from a request that proved
somebody, never from the mere opening of a page."""

BEFORE_SESSION: Hook[Callable[[User], str]] = Hook("before session")
"""What an accepted guest must do before a session opens: each gives the page for it, or an empty
string (CON-4)."""

CONDITIONS: Hook[Callable[[SignInTransaction], object]] = Hook("conditions of a sign-in")
"""What must hold at every step of a sign-in under way, as that its invitation was not revoked: each
raises the error that the page shows (SEC-26)."""

OBJECTIONS: Hook[Callable[[SignInTransaction], int]] = Hook("objections to a sign-in")
"""What else may refuse a proven sign-in: each gives a code of T25, or 0 (CTA-2)."""


class SignInOver(DomainError):
    """There is no sign-in under way in this browser: finished, expired or never begun."""

    status = 410
    message = _("This sign-in is over, or it took longer than an hour. Start again.")


def start_sign_in(
    request: HttpRequest,
    *,
    tenant: Tenant,
    entry: Entry,
    continue_to: str = "",
    address: EmailAddress | None = None,
    user: User | None = None,
    invitation_id: uuid.UUID | None = None,
    sign_up_id: uuid.UUID | None = None,
) -> SignInTransaction:
    """Begin a sign-in at `tenant` in this browser; one under way before ends, and only a
    code that it sent may still count (`passcodes.actions.send_passcode`).

    Takes `continue_to`, a path of this portal to open afterwards (SEC-61; anything else is
    dropped), for an invitation the invited address and guest, for a sign-up its user flow. No
    address is examined yet: `choosing.identify` does that.
    """
    txn: SignInTransaction = SignInTransaction.objects.create(
        tenant=tenant,
        entry=entry,
        address=address.as_typed if address else "",
        address_key=address.canonical if address else "",
        user=user,
        invitation_id=invitation_id,
        sign_up_id=sign_up_id,
        continue_to=same_origin_path(continue_to),
        expires_at=timezone.now() + LIFETIME,
    )
    if before := request.session.get(SESSION_KEY):
        request.session[EARLIER_KEY] = [before, *earlier_sign_ins(request)][:MOST_EARLIER]
    request.session[SESSION_KEY] = str(txn.pk)
    return txn


def earlier_sign_ins(request: HttpRequest) -> list[str]:
    """Give the ids of the last sign-ins that this browser began before the one under way."""
    return [str(pk) for pk in request.session.get(EARLIER_KEY, [])]


def current_sign_in(request: HttpRequest) -> SignInTransaction:
    """The sign-in under way in this browser.

    Raises: SignInOver, and what the conditions of other apps raise.
    """
    txn = _of_browser(request)
    if txn is None or txn.step not in {SignInStep.ADDRESS, SignInStep.METHOD, SignInStep.CONSENT}:
        raise SignInOver
    for require in CONDITIONS:
        require(txn)
    return txn


def refused_sign_in(request: HttpRequest) -> SignInTransaction:
    """The sign-in of this browser that ended with a refusal.

    Raises: SignInOver.
    """
    txn = _of_browser(request)
    if txn is None or txn.step not in {SignInStep.METHOD, SignInStep.REFUSED}:
        raise SignInOver
    return txn


def next_url(txn: SignInTransaction) -> str:
    """The page for the step the sign-in is in."""
    match txn.step:
        case SignInStep.ADDRESS if txn.invitation_id:
            return reverse("invitations:landing")
        case SignInStep.METHOD if txn.code_for == CodePurpose.INBOX and txn.mailbox_proven_at:
            return str(txn.continue_to)
        case SignInStep.METHOD:
            return reverse(f"identityproviders:{_page_of_method(txn)}")
        case SignInStep.REFUSED:
            return reverse("identityproviders:refused")
        case SignInStep.CONSENT if txn.is_sign_up:
            return reverse("invitations:sign_up_details")
        case SignInStep.CONSENT:
            return reverse("invitations:consent")
        case SignInStep.DONE if txn.user:
            return sign_in_destination(txn, txn.user)
    return sign_in_entrance(txn)


def _page_of_method(txn: SignInTransaction) -> str:
    """The page where the proof is given, by its URL name."""
    if asks_for_code(txn):
        return "send_code"
    if txn.code_for == CodePurpose.CREATE:
        return "create_account"
    if txn.code_for == CodePurpose.RESET:
        return "reset_password"
    if txn.provider_key:
        return "to_provider"
    if txn.method == Method.CHOOSER:
        return "choose_account"
    return "password" if txn.method in BY_PASSWORD else "refused"


def asks_for_code(txn: SignInTransaction) -> bool:
    """Whether a code by e-mail comes next: as the method itself, or on the way to another."""
    if txn.step != SignInStep.METHOD or txn.mailbox_proven_at is not None:
        return False
    return bool(txn.code_for) or txn.method == Method.PASSCODE


def prove_sign_in(
    txn: SignInTransaction,
    *,
    issuer: str,
    provider_key: str,
    subject: str,
    address: str = "",
    home_user: User | None = None,
) -> None:
    """Note that this browser proved an external identity or a mailbox (SEC-34).

    `address` is the canonical address that the proof stands for (SEC-36), empty if for none.
    Call it only after the proof; two callers at once have one winner.

    Raises: SignInOver.
    """
    with transaction.atomic():
        move_sign_in(
            txn,
            {SignInStep.METHOD},
            SignInStep.CONSENT,
            proven_issuer=issuer,
            proven_provider_key=provider_key,
            proven_subject=subject,
            proven_address=address,
            proven_at=timezone.now(),
            **({"home_user": home_user, "home_tenant": home_user.tenant} if home_user else {}),
        )
        log.note_sign_in_step(txn, SignInStatus.INTERRUPTED, remark=log.PROVEN)


def note_mailbox(txn: SignInTransaction) -> None:
    """Note that a code to `proof_key` was right, on the way to a new password.

    Raises: SignInOver.
    """
    move_sign_in(txn, {SignInStep.METHOD}, SignInStep.METHOD, mailbox_proven_at=timezone.now())


def advance_or_next(request: HttpRequest, txn: SignInTransaction) -> str:
    """Where a sign-in goes on after an identity was examined: in, or to what is still missing."""
    if txn.step == SignInStep.CONSENT and txn.proven_at is not None:
        return advance_sign_in(request, txn)
    return next_url(txn)


def advance_sign_in(request: HttpRequest, txn: SignInTransaction) -> str:
    """Where a proven sign-in leads: new password, consent, refusal, or in (SIN-3, CON-1).

    Raises: SignInOver when nothing was proven.
    """
    if txn.step != SignInStep.CONSENT or txn.proven_at is None:
        raise SignInOver
    code = _objection(txn)
    if code:
        is_other = code == USER_UNAUTHORIZED and txn.user is not None and txn.user.is_accepted
        refuse_sign_in(txn, code, remark=log.OTHER_IDENTITY if is_other else "")
        return reverse("identityproviders:refused")
    account = account_of_sign_in(txn)
    if account is not None and account.must_change_password:
        return reverse("identityproviders:change_password")
    user = txn.user
    if user is None:  # who signs up; any other unknown person was refused above
        return reverse("invitations:sign_up_details")
    if is_redemption(txn):
        accepted = next(filter(None, (accept(txn) for accept in BEFORE_CONSENT)), None)
        if not isinstance(accepted, User):
            return reverse("invitations:consent")
        user = accepted
    page = next(filter(None, (ask(user) for ask in BEFORE_SESSION)), "")
    if page and txn.method != INTERNAL:
        return page
    finish_sign_in(request, txn, user)
    return sign_in_destination(txn, user)


def is_redemption(txn: SignInTransaction) -> bool:
    """Whether this sign-in may end in acceptance; one by the password kept meanwhile may not
    (INV-21)."""
    return txn.user is not None and txn.user.is_pending and txn.method != INTERNAL


def account_of_sign_in(txn: SignInTransaction) -> User | None:
    """The member's account whose password this sign-in asks for; None for any other."""
    if txn.method == INTERNAL:
        return txn.user
    return txn.home_user if txn.method == Method.ORGANIZATION else None


def finish_sign_in(request: HttpRequest, txn: SignInTransaction, user: User) -> None:
    """Open the session of `user` and end the transaction (SEC-65, OTP-17).

    Raises: SignInOver when it was not proven or is over, or `user` is not the one it is about.
    """
    if txn.user_id != user.pk or not user.is_active:
        raise SignInOver
    with transaction.atomic():
        move_sign_in(txn, {SignInStep.CONSENT}, SignInStep.DONE)
        note_sign_in(user)
        log.note_sign_in_step(txn, SignInStatus.SUCCESS, is_final=True)
    provider = request.session.get(PROVIDER_SIGN_OUT)
    lifetime.open_session(request, user, method=txn.proven_issuer)
    if provider and provider["sign_in"] == str(txn.pk):
        request.session[PROVIDER_SIGN_OUT] = provider
    if txn.proven_issuer == Issuer.PASSCODE:
        device, _is_new = PasscodeDevice.objects.get_or_create(user=user)
        django_otp.login(request, device)


def refuse_sign_in(
    txn: SignInTransaction, code: int, *, remark: str = "", used_address: str = ""
) -> None:
    """End the sign-in with a code of T25; `remark` is the reason for administrators.

    Takes the `used_address` of the account that somebody signed in with instead, for the page.

    Raises: SignInOver.
    """
    with transaction.atomic():
        allowed = {SignInStep.METHOD, SignInStep.CONSENT}
        used = {"account_address": used_address} if used_address else {}
        move_sign_in(txn, allowed, SignInStep.REFUSED, error_code=code, **used)
        log.note_sign_in_failed(txn, code, is_final=True, remark=remark)


def cancel_sign_in(request: HttpRequest, txn: SignInTransaction) -> None:
    """Give up: nothing is bound, and a declined consent is logged as 65004 (CON-5)."""
    request.session.pop(SESSION_KEY, None)
    with transaction.atomic():
        was_proven = txn.step == SignInStep.CONSENT
        open_steps = {SignInStep.ADDRESS, SignInStep.METHOD, SignInStep.CONSENT}
        move_sign_in(txn, open_steps, SignInStep.CANCELLED)
        if was_proven:
            log.note_sign_in_failed(txn, CONSENT_DECLINED, is_final=True)


def _objection(txn: SignInTransaction) -> int:
    """Why a proven person does not get in, as a code of T25; 0 if nothing speaks against it."""
    account = account_of_sign_in(txn)
    if account is not None and not account.is_active:
        return USER_DISABLED
    expires_at = account.password_expires_at if account else None
    if expires_at is not None and expires_at <= timezone.now():
        return PASSWORD_EXPIRED
    code = 0 if txn.is_sign_up else _objection_to_user(txn)
    return code or next(filter(None, (objection(txn) for objection in OBJECTIONS)), 0)


def _objection_to_user(txn: SignInTransaction) -> int:
    user = txn.user
    if user is None or user.deleted_at is not None:
        return USER_UNAUTHORIZED
    if not user.is_active:
        return USER_DISABLED
    if user.is_accepted and not _is_bound(txn, user):
        return USER_UNAUTHORIZED
    # What a guest proved before they became an internal user opens nothing (INV-22).
    if not user.is_external and txn.method != INTERNAL:
        return USER_UNAUTHORIZED
    return 0


def _is_bound(txn: SignInTransaction, user: User) -> bool:
    """Whether the proven identity is one of the guest's; later sign-ins go by it (SEC-37)."""
    return bool(
        Identity.objects.of(txn.tenant)
        .filter(
            user=user,
            issuer=txn.proven_issuer,
            provider_key=txn.proven_provider_key,
            subject=txn.proven_subject,
        )
        .exists()
    )


def _of_browser(request: HttpRequest) -> SignInTransaction | None:
    pk = request.session.get(SESSION_KEY)
    if not isinstance(pk, str):
        return None
    found: SignInTransaction | None = (
        SignInTransaction.unscoped.filter(pk=pk, expires_at__gt=timezone.now())
        .select_related(
            "tenant", "user__tenant", "home_user__tenant", "home_tenant", "personal_account"
        )
        .first()
    )
    return found


def move_sign_in(
    txn: SignInTransaction,
    allowed: set[SignInStep],
    step: SignInStep,
    **values: object,
) -> None:
    """Go to `step` if the row still stands at one of `allowed`; the row count is the verdict.

    Raises: SignInOver.
    """
    rows: QuerySet[SignInTransaction] = SignInTransaction.objects.of(txn.tenant).filter(
        pk=txn.pk, step__in=allowed, expires_at__gt=timezone.now()
    )
    if step is SignInStep.DONE:
        rows = rows.filter(proven_at__isnull=False)
    if not rows.update(step=step, **values):
        raise SignInOver
    txn.step = step
    for name, value in values.items():
        setattr(txn, name, value)
