"""Passwords of members, at their tenant and as proof for guests elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from guests.models import User
from guests.passwords.actions import reset_password
from identityproviders.models import CountedTry
from portal.audit.models import AuditEvent, SignInEvent
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, AdministratorFactory, GuestFactory, MemberFactory
from tests.support.visitor import Visitor

PASSWORD_PAGE = reverse("identityproviders:password")
CHANGE_PAGE = reverse("identityproviders:change_password")
ADA = "ada@contoso.com"
STRANGER = "nobody@contoso.com"


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def ada(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, email=ADA, display_name="Ada")


@pytest.mark.rule("SIN-2", "SEC-75")
def test_a_member_signs_in_with_the_password(visitor: Visitor, ada: User) -> None:
    assert visitor.type_address("Ada@Contoso.com")["Location"] == PASSWORD_PAGE
    assert 'autocomplete="current-password"' in text(visitor.get(PASSWORD_PAGE))
    response = visitor.enter_password(PASSWORD)
    assert response["Location"] == reverse("console:home")
    assert visitor.client.session["_auth_user_id"] == str(ada.pk)
    event = SignInEvent.unscoped.get(is_final=True)
    assert (event.error_code, event.cross_tenant_access_type) == (0, "none")
    assert event.method == "Password"


@pytest.mark.rule("SEC-75", "SEC-14")
def test_unknown_members_see_the_same_page_and_the_same_error(
    visitor: Visitor, contoso: Tenant, ada: User
) -> None:
    pages = []
    for address in (ADA, STRANGER):
        browser = Visitor(contoso)
        response = browser.type_address(address)
        assert response["Location"] == PASSWORD_PAGE
        page = browser.enter_password("not the password")
        assert page.status_code == 400
        assert "That password isn’t right for this account." in text(page)
        pages.append(text(page).replace(address, "…").replace(_token(page), ""))
    assert pages[0] == pages[1]
    codes = SignInEvent.unscoped.exclude(error_code=0).values_list("error_code", flat=True)
    assert sorted(codes) == [50034, 50126, 50126]


def _token(page: Any) -> str:
    return text(page).partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]


@pytest.mark.rule("SEC-75", "SEC-109")
@pytest.mark.parametrize("address", [ADA, STRANGER])
def test_five_failures_in_five_minutes_make_an_account_wait(
    visitor: Visitor, ada: User, address: str
) -> None:
    visitor.type_address(address)
    pages = [visitor.enter_password("not the password") for _ in range(5)]
    assert [page.status_code for page in pages] == [400] * 5
    limited = visitor.enter_password(PASSWORD)
    assert limited.status_code == 429
    assert 0 < int(limited["Retry-After"]) <= 300
    assert CountedTry.objects.filter(kind="password").count() == 5, "a refused try is not counted"
    CountedTry.objects.update(at=timezone.now() - timedelta(minutes=5, seconds=2))
    assert visitor.enter_password(PASSWORD).status_code == (303 if address == ADA else 400)


@pytest.mark.rule("SEC-75")
def test_a_right_password_is_not_counted(visitor: Visitor, contoso: Tenant, ada: User) -> None:
    for _ in range(8):
        browser = Visitor(contoso)
        browser.type_address(ADA)
        assert browser.enter_password(PASSWORD).status_code == 303


@pytest.mark.rule("SEC-75")
def test_a_client_has_ten_tries_a_minute_over_all_accounts(
    visitor: Visitor, contoso: Tenant, ada: User
) -> None:
    for number in range(10):
        browser = Visitor(contoso)
        browser.type_address(f"member{number}@contoso.com")
        assert browser.enter_password("not the password").status_code == 400
    visitor.type_address(ADA)
    assert visitor.enter_password(PASSWORD).status_code == 429


@pytest.mark.rule("SEC-75")
def test_a_password_of_any_length_is_answered(visitor: Visitor, ada: User) -> None:
    visitor.type_address(ADA)
    assert visitor.enter_password("x" * 100_000).status_code == 400
    assert visitor.enter_password("").status_code == 400


@pytest.mark.rule("SIN-3", "SEC-40")
def test_a_disabled_member_learns_of_it_after_the_password(visitor: Visitor, ada: User) -> None:
    User.unscoped.filter(pk=ada.pk).update(account_enabled=False)
    visitor.type_address(ADA)
    assert "That password isn’t right" in text(visitor.enter_password("not the password"))
    response = visitor.enter_password(PASSWORD)
    page = text(visitor.get(response["Location"]))
    assert "Your account is disabled. Contact the administrator" in page
    assert "Error code 50057" in page
    assert not visitor.is_signed_in


@pytest.mark.rule("SIN-2", "CRE-3")
def test_the_first_sign_in_asks_for_a_new_password(visitor: Visitor, contoso: Tenant) -> None:
    bob = MemberFactory(tenant=contoso, email="bob@contoso.com", must_change_password=True)
    visitor.type_address("bob@contoso.com")
    assert visitor.enter_password(PASSWORD)["Location"] == CHANGE_PAGE
    assert not visitor.is_signed_in
    assert visitor.get(CHANGE_PAGE).status_code == 200

    def change(first: str, second: str) -> Any:
        return visitor.post(CHANGE_PAGE, new_password=first, repeated=second)

    assert "differ" in text(change("a quiet morning walk", "a quiet evening walk"))
    assert change("short", "short").status_code == 400
    assert "not used here yet" in text(change(PASSWORD, PASSWORD))
    assert not visitor.is_signed_in
    response = change("a quiet morning walk", "a quiet morning walk")
    assert response["Location"] == reverse("console:home")
    assert visitor.is_signed_in
    assert visitor.get(response["Location"]).status_code == 200, "the session outlives the change"
    assert visitor.is_signed_in
    bob.refresh_from_db()
    assert not bob.must_change_password
    assert bob.check_password("a quiet morning walk")
    assert AuditEvent.unscoped.filter(activity="Change user password").count() == 1


@pytest.mark.rule("SEC-75", "SEC-41")
def test_the_change_page_needs_the_old_password_first(visitor: Visitor, contoso: Tenant) -> None:
    bob = MemberFactory(tenant=contoso, email="bob@contoso.com", must_change_password=True)
    visitor.type_address("bob@contoso.com")
    new = "a quiet morning walk"
    response = visitor.post(CHANGE_PAGE, new_password=new, repeated=new)
    assert response["Location"] == PASSWORD_PAGE
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


@pytest.mark.rule("USR-24", "SES-6")
def test_a_password_that_was_reset_meanwhile_chooses_no_new_one(
    visitor: Visitor, contoso: Tenant
) -> None:
    bob = MemberFactory(tenant=contoso, email="bob@contoso.com", must_change_password=True)
    visitor.type_address("bob@contoso.com")
    visitor.enter_password(PASSWORD)

    handed_over = reset_password(bob, by=AdministratorFactory(tenant=contoso))
    new = "a quiet morning walk"
    visitor.post(CHANGE_PAGE, new_password=new, repeated=new)

    bob.refresh_from_db()
    assert bob.check_password(handed_over)
    assert not visitor.is_signed_in


@pytest.mark.rule("SEC-75")
def test_an_initial_password_ends_after_its_time(visitor: Visitor, ada: User) -> None:
    User.unscoped.filter(pk=ada.pk).update(password_expires_at=timezone.now())
    visitor.type_address(ADA)
    response = visitor.enter_password(PASSWORD)
    assert "Error code 50055" in text(visitor.get(response["Location"]))


# Guests who prove themselves at their home tenant (T19 D2)


@pytest.mark.rule("HRD-2", "DIR-8", "LOG-5")
def test_a_guest_of_another_tenant_signs_in_with_the_password_there(
    visitor: Visitor, contoso: Tenant, fabrikam: Tenant
) -> None:
    home = MemberFactory(tenant=fabrikam, email="eve@fabrikam.com")
    guest = GuestFactory(
        tenant=contoso,
        address="eve@fabrikam.com",
        accepted_with="ExternalAzureAD",
        provider_key=str(fabrikam.pk),
        subject=str(home.pk),
    )
    assert visitor.type_address("eve@fabrikam.com")["Location"] == PASSWORD_PAGE
    page = text(visitor.get(PASSWORD_PAGE))
    assert "<title>Enter password - Fabrikam</title>" in page
    assert "Then you go on to <b>Contoso</b>." in page
    visitor.enter_password(PASSWORD)
    assert visitor.client.session["_auth_user_id"] == str(guest.pk)
    assert visitor.client.session["method"] == "ExternalAzureAD"
    rows = SignInEvent.unscoped.filter(is_final=True)
    assert {row.tenant_id for row in rows} == {contoso.pk, fabrikam.pk}
    assert rows.get(tenant=contoso).home_tenant_id is None


@pytest.mark.rule("RED-8", "HRD-3")
def test_a_pending_guest_proves_the_account_of_the_home_tenant(
    visitor: Visitor, contoso: Tenant, fabrikam: Tenant
) -> None:
    home = MemberFactory(tenant=fabrikam, email="eve@fabrikam.com")
    GuestFactory(tenant=contoso, address="eve@fabrikam.com")
    visitor.type_address("eve@fabrikam.com")
    assert visitor.enter_password(PASSWORD)["Location"] == reverse("invitations:consent")
    txn = visitor.transaction
    assert txn.proven_issuer == "ExternalAzureAD"
    assert txn.proven_provider_key == str(fabrikam.pk)
    assert txn.proven_subject == str(home.pk)


@pytest.mark.rule("SIN-4", "RED-6")
def test_somebody_of_another_tenant_who_is_no_guest_is_refused_after_the_password(
    visitor: Visitor, fabrikam: Tenant
) -> None:
    MemberFactory(tenant=fabrikam, email="eve@fabrikam.com")
    assert visitor.type_address("eve@fabrikam.com")["Location"] == PASSWORD_PAGE
    response = visitor.enter_password(PASSWORD)
    page = text(visitor.get(response["Location"]))
    assert "The account eve@fabrikam.com has no access to Contoso." in page
    assert "Error code 50020" in page
    assert not visitor.is_signed_in


@pytest.mark.rule("SIN-2")
def test_a_forced_change_at_home_comes_before_the_guest_session(
    visitor: Visitor, contoso: Tenant, fabrikam: Tenant
) -> None:
    home = MemberFactory(tenant=fabrikam, email="eve@fabrikam.com", must_change_password=True)
    GuestFactory(
        tenant=contoso,
        address="eve@fabrikam.com",
        accepted_with="ExternalAzureAD",
        provider_key=str(fabrikam.pk),
        subject=str(home.pk),
    )
    visitor.type_address("eve@fabrikam.com")
    assert visitor.enter_password(PASSWORD)["Location"] == CHANGE_PAGE
    new = "a quiet morning walk"
    visitor.post(CHANGE_PAGE, new_password=new, repeated=new)
    assert visitor.is_signed_in


@pytest.mark.rule("SEC-75", "SEC-111")
def test_the_same_limits_hold_where_others_ask_for_a_password(
    visitor: Visitor, ada: User, rf: RequestFactory
) -> None:
    request = rf.post("/operations/login/")
    for _ in range(5):
        assert (
            authenticate(request, username="Ada@contoso.com", password="not the password") is None
        )
    assert authenticate(request, username=ADA, password=PASSWORD) is None
    visitor.type_address(ADA)
    assert visitor.enter_password(PASSWORD).status_code == 429
    CountedTry.objects.update(at=timezone.now() - timedelta(minutes=6))
    assert authenticate(request, username=ADA, password=PASSWORD) == ada
