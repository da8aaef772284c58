"""My Apps: empty, with the organizations of one person (APP-1, APP-2, RED-2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guests.models import Issuer, User
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory, TenantFactory
from tests.support.invitations import signed_in
from tests.support.page import inline_code, read_page, words

pytestmark = pytest.mark.django_db

NICOLE = "nicole@firstupconsultants.com"


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def fabrikam() -> Tenant:
    return TenantFactory(display_name="Fabrikam", domain="fabrikam.com")


@pytest.fixture
def nicole(contoso: Tenant) -> User:
    return PasscodeGuestFactory(tenant=contoso, address=NICOLE, display_name="Nicole Wagner")


def switcher(response: Any) -> list[str]:
    """Where the organization switcher leads, in its order."""
    menu = read_page(response).find("group", containing="Switch organization")
    return [link.get("href") for link in menu.find_all("link")]


@pytest.mark.rule("APP-1", "OTP-17", "SEC-70")
def test_a_guest_without_apps_reads_so_and_when_the_session_ends(nicole: User) -> None:
    page = signed_in(nicole, method="mail").get("/myapps/contoso.com/")
    assert page.status_code == 200
    shown = words(page)
    assert "Apps at Contoso" in shown
    assert "There are no apps to show." in shown
    assert "You’re signed in with a code. The session ends" in shown
    assert "no-store" in page["Cache-Control"]
    assert inline_code(page.content.decode()) == []


@pytest.mark.rule("APP-2", "SEC-36")
def test_the_switcher_lists_the_organizations_of_the_same_person_only(
    nicole: User, contoso: Tenant, fabrikam: Tenant
) -> None:
    def at(name: str) -> Tenant:
        return TenantFactory(display_name=name, domain=f"{name.lower()}.example")

    PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    GuestFactory(tenant=at("Pending"), address=NICOLE)
    GuestFactory(tenant=at("Google"), address=NICOLE, accepted_with=Issuer.GOOGLE)
    PasscodeGuestFactory(tenant=at("Disabled"), address=NICOLE, account_enabled=False)
    gone = PasscodeGuestFactory(tenant=at("Gone"), address=NICOLE)
    User.unscoped.filter(pk=gone.pk).update(deleted_at=timezone.now())
    closed = at("Suspended")
    PasscodeGuestFactory(tenant=closed, address=NICOLE)
    Tenant.objects.filter(pk=closed.pk).update(is_suspended=True)
    PasscodeGuestFactory(tenant=at("Other"), address="other@firstupconsultants.com")
    MemberFactory(tenant=at("Claimed"), mail=NICOLE)

    page = signed_in(nicole, method="mail").get("/myapps/contoso.com/")

    assert switcher(page) == ["/myapps/contoso.com/", "/myapps/fabrikam.com/"]
    assert page.content.decode().count('/" aria-current="true"') == 1


@pytest.mark.rule("APP-2", "APP-1")
def test_a_member_finds_the_tenants_they_are_a_guest_of(contoso: Tenant, fabrikam: Tenant) -> None:
    olga = MemberFactory(tenant=contoso, email="olga@contoso.com")
    GuestFactory(
        tenant=fabrikam,
        address="olga@contoso.com",
        accepted_with=Issuer.EXTERNAL_TENANT,
        provider_key=str(contoso.pk),
        subject=str(olga.pk),
    )
    page = signed_in(olga).get("/myapps/contoso.com/")
    assert switcher(page) == ["/myapps/contoso.com/", "/myapps/fabrikam.com/"]
    assert "Your organization" in words(page)
    assert "signed in with a code" not in words(page)


@pytest.mark.rule("RED-2", "DIR-2")
def test_the_link_by_id_leads_to_the_address_with_the_tenant(nicole: User, contoso: Tenant) -> None:
    browser = signed_in(nicole, method="mail")
    answer = browser.get(f"/myapps/?tenantid={contoso.pk}")
    assert answer["Location"] == "/myapps/contoso.com/"
    assert browser.get(f"/myapps/{contoso.pk}/").status_code == 200
    assert browser.get("/myapps/contoso.onmicrosoft.com/").status_code == 200


@pytest.mark.rule("RED-2", "RED-4", "SEC-91")
@pytest.mark.parametrize(
    "url",
    [
        "/myapps/?tenantid=nowhere.example",
        "/myapps/?tenantid=00000000-0000-0000-0000-000000000000",
        "/myapps/?tenantid=%00",
        "/myapps/%00/",
        "/%00/signin/",
        "/%00/",
        "/myapps/nowhere.example/",
        "/myapps/00000000-0000-0000-0000-000000000001/",
    ],
)
def test_an_unknown_organization_is_not_found(nicole: User, url: str) -> None:
    assert Client().get(url).status_code == 404
    assert signed_in(nicole).get(url).status_code == 404


@pytest.mark.rule("RED-2", "SES-3", "SEC-61")
def test_a_stranger_signs_in_and_comes_back(contoso: Tenant) -> None:
    answer = Client().get("/myapps/contoso.com/?next=//evil.example")
    assert answer["Location"] == "/contoso.com/signin/?next=%2Fmyapps%2Fcontoso.com%2F"


@pytest.mark.rule("RED-2", "APP-2", "SIN-4")
def test_a_session_of_another_tenant_leads_to_the_sign_in_there(
    nicole: User, fabrikam: Tenant
) -> None:
    PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    browser = signed_in(nicole, method="mail")
    answer = browser.get("/myapps/fabrikam.com/")
    assert answer["Location"] == "/fabrikam.com/"
    page = browser.get("/myapps/fabrikam.com/", follow=True)
    assert page.redirect_chain[-1][0] == "/signin/code/"
    assert "Apps at" not in words(page)


@pytest.mark.rule("SIN-4", "SEC-79")
def test_somebody_unknown_there_sees_who_they_are(nicole: User, fabrikam: Tenant) -> None:
    page = signed_in(nicole, method="mail").get("/myapps/fabrikam.com/", follow=True)
    assert page.status_code == 403
    assert "Nicole Wagner" in words(page)
    assert "Apps at" not in words(page)


@pytest.mark.rule("SEC-24", "SEC-67")
def test_my_apps_only_answers_reads(nicole: User) -> None:
    browser = signed_in(nicole, method="mail")
    assert browser.post("/myapps/contoso.com/").status_code == 405
    assert browser.head("/myapps/contoso.com/").status_code == 200


@pytest.mark.rule("RED-3", "APP-2")
def test_my_apps_without_an_organization_asks_a_stranger_for_one(client: Client) -> None:
    assert client.get("/myapps/")["Location"] == "/signin/options/"


@pytest.mark.rule("APP-2")
def test_my_apps_without_an_organization_goes_on_to_the_only_one(nicole: User) -> None:
    assert signed_in(nicole).get("/myapps/")["Location"] == "/myapps/contoso.com/"


@pytest.mark.rule("APP-2")
def test_my_apps_without_an_organization_asks_which_of_several(
    nicole: User, fabrikam: Tenant
) -> None:
    PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)

    page = read_page(signed_in(nicole).get("/myapps/"))

    links = [one.get("href") for one in page.find("navigation").find_all("link")]
    assert sorted(links) == ["/myapps/contoso.com/", "/myapps/fabrikam.com/"]
    assert "#EXT#" not in page.text
