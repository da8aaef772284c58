"""A sign-in from the first address to the open session, kept on the server (SEC-41, SIN-1).

The browser's session holds nothing but the id. Every step is one conditional UPDATE on the
step it may come from, so that a step called twice, too early or with somebody else's cookie
changes nothing.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

import django_otp
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests import lookups, sessions
from guests.actions.sessions import note_sign_in
from guests.models import ExternalUserState, Identity, Issuer, User
from identityproviders import queries, resolvers, sign_in_log
from identityproviders.discovery import ACCOUNT_NOT_FOUND, Decision, Entry, Method
from identityproviders.models import PasscodeDevice, SignInStep, SignInTransaction
from identityproviders.queries import GuestFacts
from identityproviders.sign_in_log import INTERNAL
from portal.addresses import Address, parse
from portal.audit.models import SignInStatus
from portal.errors import DomainError
from portal.redirects import same_origin_path
from portal.tenants.models import Tenant

SESSION_KEY = "sign_in"
LIFETIME = timedelta(minutes=60)
"""T22: the pages of one sign-in work for an hour."""

USER_UNAUTHORIZED, USER_DISABLED, PASSWORD_EXPIRED, CONSENT_DECLINED = 50020, 50057, 50055, 65004

BY_PASSWORD = frozenset({INTERNAL, Method.ORGANIZATION.value, Method.CHOOSER.value})
"""Methods that end at a password page. The chooser of D1 has no page yet and leads to the
organization account, which HRD-5 prefers too."""
AT_OUR_PAGES = BY_PASSWORD | {Method.PASSCODE.value}
"""Methods whose flow exists."""


class SignInOver(DomainError):
    """There is no sign-in under way in this browser: finished, expired or never begun."""

    status = 410
    message = _("This sign-in is over, or it took longer than an hour. Start again.")


def start(
    request: HttpRequest,
    *,
    tenant: Tenant,
    entry: Entry,
    continue_to: str = "",
    address: Address | None = None,
    user: User | None = None,
    invitation_id: uuid.UUID | None = None,
) -> SignInTransaction:
    """Begin a sign-in at `tenant` in this browser; an earlier one under way is forgotten.

    Takes `continue_to`, a path of this portal to open afterwards (SEC-61; anything else is
    dropped), and for an invitation the invited address and guest. No address is examined yet:
    `identify` does that.
    """
    txn: SignInTransaction = SignInTransaction.objects.create(
        tenant=tenant,
        entry=entry,
        address=address.as_typed if address else "",
        address_key=address.canonical if address else "",
        user=user,
        invitation_id=invitation_id,
        continue_to=same_origin_path(continue_to),
        expires_at=timezone.now() + LIFETIME,
    )
    request.session[SESSION_KEY] = str(txn.pk)
    return txn


def current(request: HttpRequest) -> SignInTransaction:
    """The sign-in under way in this browser.

    Raises: SignInOver.
    """
    txn = _of_browser(request)
    if txn is None or txn.step not in {SignInStep.ADDRESS, SignInStep.METHOD, SignInStep.CONSENT}:
        raise SignInOver
    return txn


def refused(request: HttpRequest) -> SignInTransaction:
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
        case SignInStep.METHOD if txn.method == Method.PASSCODE:
            return reverse("identityproviders:send_code")
        case SignInStep.METHOD if txn.method in BY_PASSWORD:
            return reverse("identityproviders:password")
        case SignInStep.METHOD | SignInStep.REFUSED:
            return reverse("identityproviders:refused")
        case SignInStep.CONSENT:
            return reverse("invitations:consent")
        case SignInStep.DONE if txn.user:
            return destination(txn, txn.user)
    return reverse("identityproviders:tenant_signin", args=[txn.tenant.primary_domain])


def choose(txn: SignInTransaction, address: Address) -> None:
    """Find out how whoever typed `address` signs in (SIN-1).

    An address in a domain of the tenant itself is a member's: password, known or not (SEC-75).

    Raises: SignInOver.
    """
    person = lookups.by_address(txn.tenant, address.canonical)
    is_ours = address.domain in txn.tenant.verified_domains
    if is_ours and (person is None or not person.is_external):
        _choose_password(txn, address, person)
    else:
        _choose_method(txn, address, person if person and person.is_external else None)


def identify(txn: SignInTransaction, address: Address) -> Decision:
    """Decide the method of a guest with `address` (T19, T20), and go on to it.

    The guest of an invitation is the one it was made for. An address that no guest has takes
    the way of a pending guest (OTP-11, SEC-14).

    Raises: SignInOver.
    """
    user = txn.user if txn.invitation_id else lookups.by_address(txn.tenant, address.canonical)
    return _choose_method(txn, address, user if user and user.is_external else None)


def decide_again(txn: SignInTransaction) -> Decision:
    """Decide the method of the same person anew, after the settings changed (SEC-19).

    Raises: SignInOver.
    """
    return _choose_method(txn, parse(txn.address), txn.user)


def _choose_password(txn: SignInTransaction, address: Address, member: User | None) -> None:
    _go_on(
        txn,
        {
            "address": address.as_typed,
            "address_key": address.canonical,
            "proof_key": address.canonical,
            "user": member,
            "method": INTERNAL,
            "home_user": None,
            "home_tenant": None,
        },
        code=0 if member else ACCOUNT_NOT_FOUND,
    )


def _choose_method(txn: SignInTransaction, address: Address, user: User | None) -> Decision:
    facts = _facts(txn.tenant, address, user)
    now = timezone.now()
    settings = queries.discovery_settings(txn.tenant)
    decision = facts.decide(settings, now, Entry(txn.entry))
    code = decision.code
    if user is None and not txn.invitation_id:
        code = ACCOUNT_NOT_FOUND
    home = _home(txn.tenant, decision, user)
    _go_on(
        txn,
        {
            "address": address.as_typed,
            "address_key": address.canonical,
            "proof_key": facts.address.canonical,
            "user": user,
            "method": decision.method.value,
            "discovery_row": decision.row,
            "home_user": home,
            "home_tenant": home.tenant if home else None,
        },
        code=code,
        is_refused=decision.method in {Method.NO_ACCOUNT, Method.REFUSED},
    )
    return decision


def _facts(tenant: Tenant, address: Address, user: User | None) -> GuestFacts:
    """What decides for `user`, or for a stranger as for a pending guest.

    Everybody costs the same queries, whoever they are (SEC-14).
    """
    stand_in = User(
        tenant=tenant,
        external_user_state=ExternalUserState.ACCEPTED,
        identity_issuer=Issuer.PASSCODE,
        invited_address=address.as_typed,
    )
    accepted = user if user is not None and user.is_accepted else stand_in
    stored = queries.facts_of(tenant, [accepted])[accepted.pk]
    if user is not None and user.is_accepted:
        resolvers.answers_for(tenant, [address])
        return stored
    asked = (queries.address_of(user) if user else None) or address
    return GuestFacts(asked, resolvers.answers_for(tenant, [asked])[asked.canonical])


def _home(tenant: Tenant, decision: Decision, user: User | None) -> User | None:
    """The account at another tenant that proves who it is (D1, D2, T20)."""
    if decision.method not in {Method.ORGANIZATION, Method.CHOOSER}:
        return None
    if user is not None and user.is_accepted:
        identity = user.identities.filter(issuer=Issuer.EXTERNAL_TENANT).first()
        return User.unscoped.select_related("tenant").get(pk=identity.subject) if identity else None
    key = decision.address.canonical
    return lookups.members_by_address([key], outside=tenant).get(key)


def _go_on(
    txn: SignInTransaction, values: dict[str, object], *, code: int, is_refused: bool = False
) -> None:
    """Leave the address step, also once more for another address, and log it (LOG-1)."""
    step = SignInStep.REFUSED if is_refused else SignInStep.METHOD
    with transaction.atomic():
        allowed = {SignInStep.ADDRESS, SignInStep.METHOD}
        _move(txn, allowed, step, proven_at=None, **values, error_code=code if is_refused else 0)
        if code:
            sign_in_log.failed(txn, code, is_final=is_refused)
        else:
            sign_in_log.note(txn, SignInStatus.INTERRUPTED, remark=sign_in_log.ASKED)


def prove(
    txn: SignInTransaction,
    *,
    issuer: str,
    provider_key: str,
    subject: str,
    home_user: User | None = None,
) -> None:
    """Note that this browser proved an external identity or a mailbox (SEC-34).

    Call it only after the proof; two callers at once have one winner.

    Raises: SignInOver.
    """
    with transaction.atomic():
        _move(
            txn,
            {SignInStep.METHOD},
            SignInStep.CONSENT,
            proven_issuer=issuer,
            proven_provider_key=provider_key,
            proven_subject=subject,
            proven_at=timezone.now(),
            **({"home_user": home_user, "home_tenant": home_user.tenant} if home_user else {}),
        )
        sign_in_log.note(txn, SignInStatus.INTERRUPTED, remark=sign_in_log.PROVEN)


def advance(request: HttpRequest, txn: SignInTransaction) -> str:
    """Where a proven sign-in leads: new password, consent, refusal, or in (SIN-3, CON-1).

    Raises: SignInOver when nothing was proven.
    """
    if txn.step != SignInStep.CONSENT or txn.proven_at is None:
        raise SignInOver
    code = _objection(txn)
    if code:
        refuse(txn, code)
        return reverse("identityproviders:refused")
    account = account_of(txn)
    if account is not None and account.must_change_password:
        return reverse("identityproviders:change_password")
    user = txn.user
    assert user is not None  # noqa: S101 - an unknown person was refused above
    if user.is_pending:
        return reverse("invitations:consent")
    finish(request, txn, user)
    return destination(txn, user)


def account_of(txn: SignInTransaction) -> User | None:
    """The account whose password this sign-in asks for; None for an unknown one or no password."""
    if txn.method == INTERNAL:
        return txn.user
    return txn.home_user if txn.method in BY_PASSWORD else None


def finish(request: HttpRequest, txn: SignInTransaction, user: User) -> None:
    """Open the session of `user` and end the transaction (SEC-65, OTP-17).

    Raises: SignInOver when it was not proven or is over, or `user` is not the one it is about.
    """
    if txn.user_id != user.pk or not user.is_active:
        raise SignInOver
    with transaction.atomic():
        _move(txn, {SignInStep.CONSENT}, SignInStep.DONE)
        note_sign_in(user)
        sign_in_log.note(txn, SignInStatus.SUCCESS, is_final=True)
    sessions.open_session(request, user, method=txn.proven_issuer)
    if txn.proven_issuer == Issuer.PASSCODE:
        django_otp.login(request, PasscodeDevice.objects.get(user=user))


def refuse(txn: SignInTransaction, code: int) -> None:
    """End the sign-in with a code of T25.

    Raises: SignInOver.
    """
    with transaction.atomic():
        allowed = {SignInStep.METHOD, SignInStep.CONSENT}
        _move(txn, allowed, SignInStep.REFUSED, error_code=code)
        sign_in_log.failed(txn, code, is_final=True)


def cancel(request: HttpRequest, txn: SignInTransaction) -> None:
    """Give up: nothing is bound, and a declined consent is logged as 65004 (CON-5)."""
    request.session.pop(SESSION_KEY, None)
    with transaction.atomic():
        was_proven = txn.step == SignInStep.CONSENT
        open_steps = {SignInStep.ADDRESS, SignInStep.METHOD, SignInStep.CONSENT}
        _move(txn, open_steps, SignInStep.CANCELLED)
        if was_proven:
            sign_in_log.failed(txn, CONSENT_DECLINED, is_final=True)


def destination(txn: SignInTransaction, user: User) -> str:
    """Where `user` goes when signed in: the wanted page, My Apps or the console (SES-3, CON-8)."""
    if txn.continue_to:
        return str(txn.continue_to)
    if user.is_external:
        return reverse("applications:my_apps", args=[txn.tenant.primary_domain])
    return reverse("shell:home")


def _objection(txn: SignInTransaction) -> int:
    """Why a proven person does not get in, as a code of T25; 0 if nothing speaks against it."""
    account = account_of(txn)
    if account is not None and not account.is_active:
        return USER_DISABLED
    expires_at = account.password_expires_at if account else None
    if expires_at is not None and expires_at <= timezone.now():
        return PASSWORD_EXPIRED
    user = txn.user
    if user is None or user.deleted_at is not None:
        return USER_UNAUTHORIZED
    if not user.is_active:
        return USER_DISABLED
    if user.is_accepted and not _is_bound(txn, user):
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
        .select_related("tenant", "user__tenant", "home_user__tenant", "home_tenant")
        .first()
    )
    return found


def _move(
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
