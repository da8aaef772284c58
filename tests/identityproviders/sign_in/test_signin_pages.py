"""The first pages of a sign-in: both endpoints, options, direct link, sign-out."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from guests.models import User
from identityproviders.models import SignInTransaction
from portal.audit.models import SignInEvent
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, DomainFactory, GuestFactory, MemberFactory
from tests.support.visitor import PRIYA, Visitor

COMMON = reverse("identityproviders:signin")
OPTIONS = reverse("identityproviders:signin_options")
PASSWORD_PAGE = reverse("identityproviders:password")


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.rule("SIN-1", "DIR-2", "DIR-8")
def test_the_tenant_page_answers_to_id_and_verified_domains_and_shows_the_tenant(
    contoso: Tenant, client: Client
) -> None:
    DomainFactory(tenant=contoso, name="contoso.org")
    DomainFactory(tenant=contoso, name="contoso.net", is_verified=False)
    contoso.sign_in_page_text = "Ask your project lead."
    contoso.save()
    for selector in (str(contoso.pk), "contoso.com", "CONTOSO.org", "contoso.onmicrosoft.com"):
        page = client.get(f"/{selector}/signin/")
        assert page.status_code == 200
        assert "<title>Sign in - Contoso</title>" in text(page)
        assert "Ask your project lead." in text(page)
        assert "Sign-in options" in text(page)
    for selector in ("contoso.net", "nobody.example", str(uuid.uuid4()), str(uuid.UUID(int=0))):
        assert client.get(f"/{selector}/signin/").status_code == 404
        assert client.get(f"/{selector}/").status_code == 404


@pytest.mark.rule("SEC-40")
def test_a_suspended_tenant_has_no_sign_in(contoso: Tenant, client: Client) -> None:
    Tenant.objects.filter(pk=contoso.pk).update(is_suspended=True)
    assert client.get("/contoso.com/signin/").status_code == 404


@pytest.mark.rule("SEC-4", "SEC-24")
def test_reading_the_pages_starts_nothing(contoso: Tenant, client: Client) -> None:
    for url in (COMMON, OPTIONS, "/contoso.com/signin/", "/contoso.com/"):
        client.get(url)
        client.head(url)
    assert not SignInTransaction.unscoped.exists()


@pytest.mark.rule("SEC-84", "SIN-1")
@pytest.mark.parametrize("typed", ["", "priya", "priya@", '"p r"@example.com', "a@b@c.example"])
def test_what_is_no_address_is_an_error_at_the_field(visitor: Visitor, typed: str) -> None:
    page = visitor.type_address(typed)
    assert page.status_code == 400
    assert "<title>Error: Sign in" in text(page)
    assert 'aria-describedby="id_address_error"' in text(page)


@pytest.mark.rule("RED-3", "SIN-2")
def test_a_member_at_the_common_endpoint_goes_on_at_their_tenant(
    contoso: Tenant, client: Client
) -> None:
    MemberFactory(tenant=contoso, email="ada@contoso.com")
    response = client.post(f"{COMMON}?next=/users/", {"address": "ada@contoso.com"})
    assert response["Location"] == PASSWORD_PAGE
    assert "Contoso" in text(client.get(PASSWORD_PAGE))
    response = client.post(PASSWORD_PAGE, {"password": PASSWORD})
    assert response["Location"] == "/users/"


@pytest.mark.rule("RED-3", "BET-16")
def test_a_guest_at_the_common_endpoint_names_the_organization_first(
    contoso: Tenant, priya: User, client: Client
) -> None:
    response = client.post(f"{COMMON}?next=/myapps/contoso.com/", {"address": PRIYA})
    assert response["Location"].startswith(OPTIONS)
    page = client.get(response["Location"])
    assert "name the organization that invited you" in text(page)
    response = client.post(response["Location"], {"organization": "Contoso.com"})
    assert response["Location"].startswith("/contoso.com/signin/?next=%2Fmyapps")
    assert f'value="{PRIYA}"' in text(client.get(response["Location"]))


@pytest.mark.rule("RED-4", "SEC-109")
def test_looking_for_organizations_says_not_found_and_is_limited(
    contoso: Tenant, client: Client, settings: Settings
) -> None:
    settings.PORTAL_LOOKUPS_PER_CLIENT = 3
    for name in ("nobody.example", "x", str(uuid.uuid4())):
        page = client.post(OPTIONS, {"organization": name})
        assert page.status_code == 400
        assert "We couldn’t find an organization with that domain." in text(page)
    page = client.post(OPTIONS, {"organization": "contoso.com"})
    assert page.status_code == 429
    assert 0 < int(page["Retry-After"]) <= 60
    page = client.post(OPTIONS, {"organization": "contoso.com"}, REMOTE_ADDR="192.0.2.7")
    assert page.status_code == 303


@pytest.mark.rule("SEC-109", "SEC-110")
def test_addresses_typed_by_one_client_are_limited_by_network(
    visitor: Visitor, settings: Settings
) -> None:
    settings.PORTAL_SIGN_INS_PER_CLIENT = 2
    url = "/contoso.com/signin/"

    def status(peer: str) -> int:
        return visitor.client.post(url, {"address": PRIYA}, REMOTE_ADDR=peer).status_code

    assert [status(f"2001:db8::{n}") for n in (1, 2, 3)] == [303, 303, 429]
    assert status("2001:db8:0:1::1") == 303


@pytest.mark.rule("RED-2")
def test_the_direct_link_leads_through_sign_in_to_my_apps(
    visitor: Visitor, priya: User, grace: User
) -> None:
    response = visitor.get("/contoso.com/")
    assert response["Location"] == "/contoso.com/signin/?next=%2Fmyapps%2Fcontoso.com%2F"
    visitor.client.force_login(grace)
    assert visitor.get("/contoso.com/")["Location"] == "/myapps/contoso.com/"


@pytest.mark.rule("SIN-4", "RED-6")
def test_an_account_unknown_in_the_tenant_is_named_with_another_way(
    visitor: Visitor, fabrikam: Tenant
) -> None:
    visitor.client.force_login(MemberFactory(tenant=fabrikam, display_name="Ada Lovelace"))
    page = visitor.get("/contoso.com/")
    assert page.status_code == 403
    assert "Ada Lovelace" in text(page)
    assert "Use another account" in text(page)
    assert SignInEvent.unscoped.get().error_code == 16003


@pytest.mark.rule("SIN-5", "BET-17")
def test_a_session_elsewhere_is_no_error_for_a_guest_of_the_tenant(
    visitor: Visitor, contoso: Tenant, fabrikam: Tenant
) -> None:
    ada = MemberFactory(tenant=fabrikam, email="ada@fabrikam.com")
    GuestFactory(tenant=contoso, address="ada@fabrikam.com", accepted_with="mail")
    visitor.client.force_login(ada)
    response = visitor.get("/contoso.com/")
    assert response["Location"] == reverse("identityproviders:send_code")


@pytest.mark.rule("SIN-5", "APP-2")
def test_way_home_asks_for_the_password_and_not_for_the_address(
    visitor: Visitor, contoso: Tenant, fabrikam: Tenant
) -> None:
    ada = MemberFactory(tenant=fabrikam, email="ada@fabrikam.com")
    abroad = GuestFactory(
        tenant=contoso,
        address="ada@fabrikam.com",
        accepted_with="ExternalAzureAD",
        provider_key=str(fabrikam.pk),
        subject=str(ada.pk),
    )
    visitor.client.force_login(abroad)

    response = visitor.client.get("/myapps/fabrikam.com/", follow=True)

    assert response.redirect_chain[-1][0] == reverse("identityproviders:password")
    assert "ada@fabrikam.com" in text(response)
    assert visitor.enter_password(PASSWORD)["Location"] == "/myapps/fabrikam.com/"


@pytest.mark.rule("SES-1", "SEC-70", "SEC-65", "SEC-67")
def test_sign_out_ends_the_session_and_clears_what_the_browser_kept(
    visitor: Visitor, grace: User
) -> None:
    visitor.type_address("grace.nakamura@contoso.com")
    visitor.enter_password(PASSWORD)
    assert visitor.is_signed_in
    key = visitor.client.cookies["portal-session"].value
    assert visitor.get(reverse("identityproviders:sign_out")).status_code == 405
    response = visitor.post(reverse("identityproviders:sign_out"))
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response["Cache-Control"] == "no-store"
    page = visitor.get(response["Location"])
    assert "You’re signed out" in text(page)
    assert "/contoso.com/signin/" in text(page)
    visitor.client.cookies["portal-session"] = key
    assert visitor.get("/contoso.com/")["Location"].startswith("/contoso.com/signin/")
