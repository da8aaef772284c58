"""No way of proving who one is opens a session for a dead account (SEC-40)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from guests.models import User
from guests.users import lookups
from identityproviders.discovery.decide import Entry
from identityproviders.models import (
    Federation,
    PasscodeDevice,
    PersonalAccount,
    SignInTransaction,
    SocialProvider,
)
from identityproviders.sign_in import method_choice, verified_identity
from identityproviders.sign_in.actions import (
    SignInOver,
    advance_or_next,
    current_sign_in,
    start_sign_in,
)
from identityproviders.sign_in.verified_identity import VerifiedIdentity
from portal.tenants.models import Tenant
from portal.values.email_address import CanonicalAddress, parse_email_address
from tests.factories import GuestFactory, MemberFactory
from tests.support.visitor import PRIYA

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("passcode_worker")]

Prove = Callable[[SignInTransaction, User], None]


def by_code(txn: SignInTransaction, guest: User) -> None:
    PasscodeDevice.objects.create(user=guest)  # as sending the code does
    verified_identity.note_mailbox_proven(txn)


def by_identity(txn: SignInTransaction, guest: User) -> None:
    """What the password pages and outside providers do once they believe somebody."""
    row = guest.identities.get()
    proof = VerifiedIdentity(
        row.issuer, row.provider_key, row.subject, addresses=frozenset({PRIYA})
    )
    verified_identity.accept_authentication(txn, proof)


WAYS: dict[str, Prove] = {
    "mail": by_code,
    "ExternalAzureAD": by_identity,
    "MicrosoftAccount": by_identity,
    "google.com": by_identity,
    "https://idp.partner.example/": by_identity,
}
STATES = ["disabled", "deleted", "suspended tenant", "another identity"]


def guest_with(tenant: Tenant, issuer: str) -> User:
    """An accepted guest who signs in in this way."""
    key, subject = "", PRIYA
    if issuer == "ExternalAzureAD":
        home = MemberFactory(email="priya@home.example")
        key, subject = str(home.tenant_id), str(home.pk)
    elif issuer == "MicrosoftAccount":
        subject = str(PersonalAccount.objects.create(address_key=PRIYA).pk)
    elif issuer == "google.com":
        SocialProvider.objects.create(
            tenant=tenant, kind=issuer, client_id="id", client_secret="secret"
        )
        key = issuer
    elif issuer.startswith("https"):
        row = Federation.objects.create(
            tenant=tenant, display_name="Partner", protocol="saml", issuer=issuer
        )
        key = str(row.pk)
    return GuestFactory(
        tenant=tenant, address=PRIYA, accepted_with=issuer, provider_key=key, subject=subject
    )


def attempt(guest: User, prove: Prove, meanwhile: Callable[[], None] = lambda: None) -> bool:
    """Whether a session opened, when `meanwhile` happened between the address and the proof."""
    request = RequestFactory().get("/")
    request.session = Client().session
    txn = start_sign_in(request, tenant=guest.tenant, entry=Entry.DIRECT)
    method_choice.choose_method(txn, parse_email_address(PRIYA))
    meanwhile()
    try:
        prove(txn, guest)
        advance_or_next(request, current_sign_in(request))
    except SignInOver:
        pass
    return "_auth_user_id" in request.session


@pytest.mark.rule("SEC-40", "T20")
@pytest.mark.parametrize("issuer", WAYS)
def test_a_living_guest_gets_in(contoso: Tenant, issuer: str) -> None:
    assert attempt(guest_with(contoso, issuer), WAYS[issuer])


@pytest.mark.rule("SEC-40", "SIN-3", "SEC-66")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("issuer", WAYS)
def test_no_proof_opens_a_session_in_a_dead_state(contoso: Tenant, issuer: str, state: str) -> None:
    guest = guest_with(contoso, issuer)

    def die() -> None:
        rows = User.unscoped.filter(pk=guest.pk)
        if state == "disabled":
            rows.update(account_enabled=False)
        elif state == "deleted":
            rows.update(deleted_at=timezone.now())
        elif state == "suspended tenant":
            Tenant.objects.filter(pk=contoso.pk).update(is_suspended=True)
        else:
            guest.identities.update(subject="somebody else")

    before = guest.identities.get()

    def prove(txn: SignInTransaction, _guest: User) -> None:
        fresh = SignInTransaction.unscoped.select_related("tenant", "user__tenant").get(pk=txn.pk)
        if issuer == "mail":
            verified_identity.note_mailbox_proven(fresh)
        else:
            verified_identity.accept_authentication(
                fresh,
                VerifiedIdentity(
                    before.issuer, before.provider_key, before.subject, addresses=frozenset({PRIYA})
                ),
            )

    assert not attempt(guest, prove, die)


@pytest.mark.rule("SEC-40", "BET-16")
@pytest.mark.parametrize("state", ["disabled", "deleted", "suspended tenant"])
def test_a_code_at_no_organization_lists_no_dead_one(contoso: Tenant, state: str) -> None:
    guest = guest_with(contoso, "mail")
    assert lookups.guests_by_address(CanonicalAddress(PRIYA)) == [guest]
    rows = User.unscoped.filter(pk=guest.pk)
    if state == "disabled":
        rows.update(account_enabled=False)
    elif state == "deleted":
        rows.update(deleted_at=timezone.now())
    else:
        Tenant.objects.filter(pk=contoso.pk).update(is_suspended=True)

    assert lookups.guests_by_address(CanonicalAddress(PRIYA)) == []
