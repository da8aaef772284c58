"""Every step of a sign-in costs a small, fixed number of statements, for every kind of address."""

from __future__ import annotations

from functools import partial

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils import timezone

from guests.models import Issuer, User
from identityproviders.models import PersonalAccount
from identityproviders.passcodes import one_time_codes
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.statements import count_statements
from tests.support.visitor import Visitor, wrong

SEND, ENTER = reverse("identityproviders:send_code"), reverse("identityproviders:enter_code")
BY_CODE = ("known", "unknown", "pending", "blocked", "deleted")
ELSEWHERE = ("home", "accepted at home", "personal", "accepted personal", "two accounts")
OUR_OWN = ("member", "unknown member")


@pytest.fixture
def addresses(contoso: Tenant, fabrikam: Tenant) -> dict[str, str]:
    """One address of every kind."""
    found = {kind: f"{kind.replace(' ', '.')}@wingtiptoys.com" for kind in BY_CODE}
    for kind in ("known", "blocked", "deleted"):
        PasscodeGuestFactory(tenant=contoso, address=found[kind])
    User.unscoped.filter(invited_address=found["blocked"]).update(account_enabled=False)
    User.unscoped.filter(invited_address=found["deleted"]).update(deleted_at=timezone.now())
    for kind in ("home", "accepted at home", "two accounts"):
        found[kind] = f"{kind.replace(' ', '.')}@fabrikam.com"
        account = MemberFactory(tenant=fabrikam, email=found[kind])
        accept = {"accepted_with": Issuer.EXTERNAL_TENANT, "subject": str(account.pk)}
        GuestFactory(
            tenant=contoso,
            address=found[kind],
            provider_key=str(fabrikam.pk) if kind == "accepted at home" else "",
            **(accept if kind == "accepted at home" else {}),
        )
    for kind in ("personal", "accepted personal", "two accounts"):
        found.setdefault(kind, f"{kind.replace(' ', '.')}@outlook.example")
        personal = PersonalAccount.objects.create(
            address_key=found[kind], password=make_password("secret")
        )
        if kind != "two accounts":
            accept = {"accepted_with": Issuer.PERSONAL, "subject": str(personal.pk)}
            GuestFactory(
                tenant=contoso,
                address=found[kind],
                **(accept if kind == "accepted personal" else {}),
            )
    GuestFactory(tenant=contoso, address=found["pending"])
    MemberFactory(tenant=contoso, email="member@contoso.com")
    return found | {"member": "member@contoso.com", "unknown member": "nobody@contoso.com"}


@pytest.mark.rule("SEC-14")
def test_typing_an_address(
    contoso: Tenant, passcode_worker: None, addresses: dict[str, str]
) -> None:
    visitor = Visitor(contoso)
    counts = {
        kind: count_statements(partial(visitor.type_address, address))
        for kind, address in addresses.items()
    }
    assert counts == (
        dict.fromkeys(BY_CODE, 25)
        | dict.fromkeys(OUR_OWN, 11)
        # Where the proof is given elsewhere, the account that gives it is looked up too.
        | {"home": 26, "personal": 27, "two accounts": 27}
        | {"accepted at home": 30, "accepted personal": 29}
    )


@pytest.mark.rule("SEC-14")
@pytest.mark.parametrize("kind", BY_CODE)
def test_asking_for_a_code_and_typing_a_wrong_one(
    contoso: Tenant, passcode_worker: None, addresses: dict[str, str], kind: str
) -> None:
    visitor = Visitor(contoso)
    visitor.type_address(addresses[kind])

    assert count_statements(lambda: visitor.get(SEND)) == 4
    assert count_statements(visitor.send_code) == 21
    assert count_statements(lambda: visitor.get(ENTER)) == 11
    one_time_codes.hand_over_passcode(visitor.request)
    code = wrong(one_time_codes.derive_passcode(visitor.request))
    assert count_statements(lambda: visitor.enter(code)) == 26
    assert count_statements(lambda: visitor.enter("12")) == 10


@pytest.mark.rule("SEC-14", "SEC-9")
@pytest.mark.parametrize(("kind", "statements"), [("known", 36), ("pending", 28), ("unknown", 26)])
def test_the_right_code(
    contoso: Tenant,
    passcode_worker: None,
    addresses: dict[str, str],
    kind: str,
    statements: int,
) -> None:
    visitor = Visitor(contoso)
    code = one_time_codes.derive_passcode(visitor.ask_for_code(addresses[kind]))

    assert count_statements(lambda: visitor.enter(code)) == statements


@pytest.mark.rule("SEC-75")
@pytest.mark.parametrize("kind", OUR_OWN)
def test_a_wrong_password(
    contoso: Tenant, passcode_worker: None, addresses: dict[str, str], kind: str
) -> None:
    visitor = Visitor(contoso)
    visitor.type_address(addresses[kind])

    assert count_statements(lambda: visitor.get(reverse("identityproviders:password"))) == 3
    assert count_statements(lambda: visitor.enter_password("wrong")) == 7
