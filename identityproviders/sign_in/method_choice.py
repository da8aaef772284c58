"""Choose the method of a sign-in, and change to another account (SIN-1, T19, T20, HRD-9)."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from guests.models import ExternalUserState, Issuer, User
from guests.users import lookups
from identityproviders.discovery import resolvers
from identityproviders.discovery.decide import (
    ACCOUNT_NOT_FOUND,
    REALM_REMOVED,
    Decision,
    Entry,
    Method,
    Primary,
    Provider,
    RedemptionOrder,
    Rule,
    gives_codes,
)
from identityproviders.discovery.decision import OTHER_ACCOUNT_ROWS
from identityproviders.discovery.queries import (
    GuestFacts,
    address_of,
    discovery_facts,
    discovery_settings,
    order_for,
)
from identityproviders.models import CodePurpose, PersonalAccount, SignInStep, SignInTransaction
from identityproviders.providers import provider_config
from identityproviders.sign_in import log
from identityproviders.sign_in.actions import SignInOver, move_sign_in
from identityproviders.sign_in.log import INTERNAL
from portal.audit.models import SignInStatus
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress, parse_email_address

ROWS_WITHOUT_CODES = frozenset({"D8", "D9", "T20-2"})
"""Rows that end without a sign-in where no code is given. Without an invitation in hand a guest, a
pending guest and a stranger read the same about them; the log tells them apart (SEC-14)."""


def choose_method(txn: SignInTransaction, address: EmailAddress) -> None:
    """Find out how the person who typed `address` signs in (SIN-1).

    An address in a domain of the tenant itself is a member's: password, known or not (SEC-75).

    Raises: SignInOver.
    """
    person = lookups.user_signing_in(txn.tenant, address)
    is_ours = address.domain in txn.tenant.verified_domains
    if is_ours and (person is None or person.signs_in_by_password):
        _choose_password(txn, address, person)
    else:
        _choose_method(txn, address, person if person and person.is_external else None)


def choose_for_sign_up(
    txn: SignInTransaction, address: EmailAddress, order: RedemptionOrder
) -> None:
    """As `choose`; somebody new takes the first way that `order`, that of a user flow, offers.

    A person that the tenant knows signs in as usual (SSU-2).

    Raises: SignInOver.
    """
    person = lookups.user_signing_in(txn.tenant, address)
    if person is not None or address.domain in txn.tenant.verified_domains:
        choose_method(txn, address)
    else:
        _choose_method(txn, address, None, order=order)


def choose_provider_for_sign_up(
    txn: SignInTransaction, address: EmailAddress, provider: Provider
) -> None:
    """Take the provider that somebody new chose on the page of a user flow (IDP-8).

    A person that the tenant knows signs in as usual. Raises: SignInOver.
    """
    person = lookups.user_signing_in(txn.tenant, address)
    if person is not None or address.domain in txn.tenant.verified_domains:
        choose_method(txn, address)
        return
    values: dict[str, object] = {
        "address": address.as_typed,
        "address_key": address.canonical,
        "proof_key": address.canonical,
        "user": None,
        "method": Method.FEDERATION.value,
        "discovery_row": "",
        "provider_key": provider.key,
    }
    _go_on(txn, values, code=0)


def identify_account(txn: SignInTransaction, address: EmailAddress) -> Decision:
    """Decide the method of a guest with `address` (T19, T20), and go on to it.

    The guest of an invitation is the one it was made for. An address that no guest has takes
    the way of a pending guest (OTP-11, SEC-14).

    Raises: SignInOver.
    """
    user = txn.user if txn.invitation_id else lookups.user_signing_in(txn.tenant, address)
    return _choose_method(txn, address, user if user and user.is_external else None)


def decide_method_again(txn: SignInTransaction) -> Decision:
    """Decide the method of the same person anew, after the settings changed (SEC-19).

    Raises: SignInOver.
    """
    return _choose_method(txn, parse_email_address(txn.address), txn.user)


def is_still_by_passcode(txn: SignInTransaction) -> bool:
    """Whether the same person would get a code now too (SEC-19).

    It asks only for what may end the passcode, in four queries for everybody (SEC-14).
    """
    tenant, user = txn.tenant, txn.user
    is_accepted = user is not None and user.is_accepted
    address = address_of(user) if user and not is_accepted else None
    domain = (address or parse_email_address(txn.proof_key)).domain
    rules = resolvers.passcode_rules(tenant, [user] if user else [])
    order = resolvers.orders_of(tenant, [domain]).get(domain)
    return gives_codes(
        discovery_settings(tenant),
        (rules.get(user.pk) if user else None) or rules.get(domain),
        timezone.now(),
        is_accepted=is_accepted,
        order=order,
    )


def _choose_password(txn: SignInTransaction, address: EmailAddress, member: User | None) -> None:
    _go_on(
        txn,
        {
            "address": address.as_typed,
            "address_key": address.canonical,
            "proof_key": address.canonical,
            "user": member,
            "method": INTERNAL,
        },
        code=0 if member else ACCOUNT_NOT_FOUND,
    )


def _choose_method(
    txn: SignInTransaction,
    address: EmailAddress,
    user: User | None,
    *,
    order: RedemptionOrder | None = None,
) -> Decision:
    """Takes the `order` of a user flow for somebody who signs up and may make an account."""
    facts = _facts(txn.tenant, address, user)
    now = timezone.now()
    settings = discovery_settings(txn.tenant)
    entry = Entry(txn.entry)
    if order is not None:
        facts, entry = facts.with_order(order), Entry.INVITATION
    decision = facts.decide(settings, now, entry)
    code = decision.code
    if user is None and not txn.invitation_id and order is None:
        code = ACCOUNT_NOT_FOUND
    is_refused = decision.method in {Method.NO_ACCOUNT, Method.REFUSED}
    is_alike = not txn.invitation_id and decision.row in ROWS_WITHOUT_CODES
    provider_key = _provider_key(decision, user)
    home = None if provider_key else _home(txn.tenant, decision, user)
    needs_account = decision.method is Method.CREATE_PERSONAL
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
            "personal_account": None if provider_key else _personal_account(decision, user),
            "provider_key": provider_key,
            "code_for": CodePurpose.CREATE if needs_account else CodePurpose.SIGN_IN,
        },
        code=code,
        is_refused=is_refused,
        page_code=REALM_REMOVED if is_alike else code,
    )
    return decision


def _facts(tenant: Tenant, address: EmailAddress, user: User | None) -> GuestFacts:
    """What decides for `user`, or for a stranger as for a pending guest.

    Every address costs the same queries (SEC-14).
    """
    stand_in = User(
        tenant=tenant,
        external_user_state=ExternalUserState.ACCEPTED,
        identity_issuer=Issuer.PASSCODE,
        invited_address=address.as_typed,
    )
    is_accepted = user is not None and user.is_accepted
    accepted = user if user is not None and is_accepted else stand_in
    asked = (address_of(user) if user else None) or address
    rules = resolvers.passcode_rules(tenant, [user or stand_in])
    stored = discovery_facts(tenant, [accepted], rules=rules)[accepted.pk]
    answers = resolvers.resolver_answers(tenant, [asked], rules=rules)[asked.canonical]
    if is_accepted:
        return stored
    rule = (rules.get(user.pk) if user else None) or answers.rule
    return GuestFacts(asked, replace(answers, rule=rule))


def _provider_key(decision: Decision, user: User | None) -> str:
    """The outside provider that proves who it is; empty where the proof is given here.

    A provider of the operator stands behind organization and personal accounts that live
    outside (decisions 4 and 5).
    """
    if decision.provider is not None:
        return decision.provider.key
    if decision.method not in {Method.ORGANIZATION, Method.PERSONAL}:
        return ""
    if user is not None and user.is_accepted:
        return provider_config.operator_key_bound(user)
    if decision.organization is not None:
        return decision.organization.provider_key
    return provider_config.operator_key_for(provider_config.OperatorKind.CONSUMER, decision.address)


def _home(tenant: Tenant, decision: Decision, user: User | None) -> User | None:
    """The account at another tenant that proves who it is (D1, D2, T20)."""
    if decision.method not in {Method.ORGANIZATION, Method.CHOOSER}:
        return None
    if user is not None and user.is_accepted:
        identity = user.identities.filter(issuer=Issuer.EXTERNAL_TENANT).first()
        return User.unscoped.select_related("tenant").get(pk=identity.subject) if identity else None
    key = decision.address.canonical
    return lookups.members_by_address([key], outside=tenant).get(key)


def _personal_account(decision: Decision, user: User | None) -> PersonalAccount | None:
    """The personal account that proves who it is (D1, D5, T20)."""
    if decision.method not in {Method.PERSONAL, Method.CHOOSER}:
        return None
    if user is not None and user.is_accepted:
        return resolvers.personal_accounts_bound_to(user)
    return resolvers.personal_account_by_address(decision.address.canonical)


def _go_on(
    txn: SignInTransaction,
    values: dict[str, object],
    *,
    code: int,
    is_refused: bool = False,
    page_code: int = 0,
) -> None:
    """Leave the address step, also once more for another address, and log `code` (LOG-1).

    The page of a refusal says `page_code`.
    """
    step = SignInStep.REFUSED if is_refused else SignInStep.METHOD
    with transaction.atomic():
        allowed = {SignInStep.ADDRESS, SignInStep.METHOD}
        fresh = _FRESH | values | {"error_code": page_code if is_refused else 0}
        move_sign_in(txn, allowed, step, **fresh)
        if code:
            log.note_sign_in_failed(txn, code, is_final=is_refused)
        else:
            log.note_sign_in_step(txn, SignInStatus.INTERRUPTED, remark=log.ASKED)


_FRESH: dict[str, object] = {
    "provider_key": "",
    "home_user": None,
    "home_tenant": None,
    "personal_account": None,
    "account_address": "",
    "code_for": CodePurpose.SIGN_IN,
    "mailbox_proven_at": None,
    "alias_issuer": "",
    "alias_provider_key": "",
    "alias_subject": "",
    "proven_at": None,
    "proven_address": "",
}
"""Nothing of an address that was examined before holds for another one."""


def choose_account(txn: SignInTransaction, method: Method) -> None:
    """Take one of the two accounts of D1: the organization's or the personal one.

    Raises: SignInOver for a sign-in that has no such choice.
    """
    if txn.method != Method.CHOOSER or method not in {Method.ORGANIZATION, Method.PERSONAL}:
        raise SignInOver
    address = parse_email_address(txn.proof_key)
    if method is Method.ORGANIZATION:
        key = (
            ""
            if txn.home_user
            else provider_config.operator_key_for(
                provider_config.OperatorKind.ORGANIZATION, address
            )
        )
        _switch(txn, method, {"personal_account": None, "provider_key": key})
        return
    key = provider_config.operator_key_for(provider_config.OperatorKind.CONSUMER, address)
    dropped: dict[str, object] = {"home_user": None, "home_tenant": None, "provider_key": key}
    _switch(txn, method, dropped | ({"personal_account": None} if key else {}))


def other_accounts(txn: SignInTransaction) -> frozenset[Method]:
    """The kinds of account that *Sign in with another account* offers a pending guest (HRD-9).

    It is no way around what the host decided: none where a rule wants the passcode (BET-10), and
    only those that the redemption order lets in (CTA-4, CTA-5, BET-18).
    """
    guest = txn.user
    address = address_of(guest) if guest else None
    if guest is None or address is None or not _is_at_a_method_of_an_invitation(txn):
        return frozenset()
    rules = resolvers.passcode_rules(txn.tenant, [guest])
    if (rules.get(guest.pk) or rules.get(address.domain)) is Rule.FORCE:
        return frozenset()
    order = order_for(txn.tenant, address.domain)
    is_open = {
        Method.ORGANIZATION: Primary.ORGANIZATION in order.primary,
        Method.PERSONAL: order.microsoft_account_fallback,
    }
    return frozenset(method for method, is_offered in is_open.items() if is_offered)


def _is_at_a_method_of_an_invitation(txn: SignInTransaction) -> bool:
    return (
        txn.step == SignInStep.METHOD
        and txn.invitation_id is not None
        and txn.discovery_row in OTHER_ACCOUNT_ROWS
        and txn.user is not None
        and txn.user.is_pending
    )


def use_another_account(txn: SignInTransaction, method: Method, address: EmailAddress) -> None:
    """Sign in with the account `address` instead; the invited mailbox is proven after it (HRD-9).

    An unknown account goes the same way to the same password page (SEC-75).

    Raises: SignInOver.
    """
    if method not in other_accounts(txn):
        raise SignInOver
    key = address.canonical
    values: dict[str, object] = {"account_address": address.as_typed}
    if method is Method.ORGANIZATION:
        home = lookups.members_by_address([key], outside=txn.tenant).get(key)
        values |= {"home_user": home, "home_tenant": home.tenant if home else None}
    else:
        values |= {"personal_account": resolvers.personal_account_by_address(key)}
    _switch(txn, method, _FRESH | values)


def _switch(txn: SignInTransaction, method: Method, values: dict[str, object]) -> None:
    with transaction.atomic():
        move_sign_in(txn, {SignInStep.METHOD}, SignInStep.METHOD, method=method.value, **values)
        log.note_sign_in_step(txn, SignInStatus.INTERRUPTED, remark=log.ASKED)
