"""External Identities | All identity providers: two tabs, search, marks (IDP-1 to IDP-4, T11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identityproviders.models import Federation, FederationDomain, SocialProvider
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory
from tests.support.page import markup, read_page, words

pytestmark = pytest.mark.django_db

LIST = reverse("identityproviders:providers")
CUSTOM = f"{LIST}?view=custom"


def rows(response: Any) -> list[str]:
    """The rows of the tables without their heads."""
    return [row.text for row in read_page(response).find_all("row")]


def federation(tenant: Tenant, name: str, *domains: str, days: int = 365) -> Federation:
    row: Federation = Federation.objects.create(
        tenant=tenant,
        display_name=name,
        protocol="saml",
        issuer=f"https://idp.{name.lower()}.example/",
        certificate_expires_at=timezone.now() + timedelta(days=days, minutes=1),
    )
    for domain in domains:
        FederationDomain.objects.create(tenant=tenant, federation=row, name=domain)
    return row


@pytest.mark.rule("IDP-1", "IDP-2", "T11", "EXT-1")
def test_the_built_in_tab_has_five_rows_whose_names_open_the_configuration(
    admin: Client, contoso: Tenant
) -> None:
    for number in range(3):
        GuestFactory(tenant=contoso, address=f"g{number}@gmail.com", accepted_with="google.com")
    GuestFactory(tenant=contoso, accepted_with="mail")
    GuestFactory(tenant=contoso)
    SocialProvider.objects.create(tenant=contoso, kind="google.com", client_id="id")
    page = admin.get(LIST)
    found = rows(page)[1:]
    assert found[0].startswith("Microsoft Entra ID Organization account Configured")
    assert found[1].startswith("Personal account Personal account Configured")
    assert found[2].startswith("Email one-time passcode Code by e-mail Enabled")
    assert found[2].endswith(" 1")
    assert found[3].startswith("Google Social Configured")
    assert found[3].endswith(" 3")
    assert found[4].startswith("Facebook Social Configure ")
    headers = read_page(page).find_all("rowheader")
    links = [link.get("href") for header in headers for link in header.find_all("link")]
    assert len(links) == 5
    for link in links:
        assert admin.get(link).status_code == 200, link


@pytest.mark.rule("IDP-1", "IDP-3")
def test_the_custom_tab_has_its_columns_and_marks_certificates(
    admin: Client, contoso: Tenant
) -> None:
    federation(contoso, "Adatum", "adatum.com")
    federation(contoso, "Fabrikam", "fabrikam.org", "fabrikam.net", days=20)
    federation(contoso, "Litware", "litware.com", days=-1)
    federation(contoso, "Northwind", "northwind.com", days=31)
    GuestFactory(tenant=contoso, accepted_with="https://idp.fabrikam.example/")
    head, *found = rows(admin.get(CUSTOM))
    assert head == ("Display name Protocol Domains Certificate expiration Configuration Guests")
    assert found[0].startswith("Adatum SAML 1 domain")
    assert "Expire" not in found[0]
    assert found[1].startswith("Fabrikam SAML 2 domains")
    assert found[1].endswith("Expires soon Edit 1")
    assert found[2].endswith("Expired Edit 0")
    assert "Expire" not in found[3]


@pytest.mark.rule("IDP-3")
@pytest.mark.parametrize("letters", ["fabrik", "FABRIKAM.NET", "idp.fabrikam", "müller"])
def test_the_search_finds_by_name_issuer_and_domain(
    admin: Client, contoso: Tenant, letters: str
) -> None:
    federation(contoso, "Fabrikam", "fabrikam.net", "xn--mller-kva.de")
    federation(contoso, "Litware", "litware.com")
    found = rows(admin.get(LIST, {"view": "custom", "search": letters}))[1:]
    assert [row.split()[0] for row in found] == ["Fabrikam"]


@pytest.mark.rule("IDP-3")
def test_a_search_without_hits_and_an_empty_tab_say_so(admin: Client, contoso: Tenant) -> None:
    assert "No custom identity provider" in markup(admin.get(CUSTOM))
    federation(contoso, "Litware", "litware.com")
    assert "No identity provider found" in markup(
        admin.get(LIST, {"view": "custom", "search": "xyz"})
    )


@pytest.mark.rule("IDP-1")
def test_the_classic_page_lists_what_is_configured_and_has_the_three_buttons(
    admin: Client, contoso: Tenant
) -> None:
    SocialProvider.objects.create(tenant=contoso, kind="google.com", client_id="id")
    federation(contoso, "Litware", "litware.com")
    page = admin.get(LIST, {"view": "classic"})
    body = words(page)
    assert "Configured identity providers" in body
    assert "SAML/WS-Fed identity providers" in body
    names = [row.split(" Social")[0] for row in rows(page)]
    assert "Google" in names
    assert not any(name.startswith("Facebook") for name in names)
    commands = words(markup(page).split('class="commands"')[1].split("</div>")[0])
    assert "Google Facebook New SAML/WS-Fed IdP Refresh" in commands


@pytest.mark.rule("T17", "USR-12")
@pytest.mark.parametrize("role", [Role.SECURITY_ADMINISTRATOR, Role.GLOBAL_READER])
def test_readers_see_add_new_refused_with_the_roles_that_may(
    client: Client, contoso: Tenant, role: Role
) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=[role]))
    page = words(client.get(LIST))
    assert "External Identity Provider Administrator" in page
    assert client.get(reverse("identityproviders:new_federation")).status_code == 403


@pytest.mark.rule("IDP-3")
def test_the_number_of_queries_does_not_grow_with_the_providers(
    admin: Client, contoso: Tenant, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        federation(contoso, f"Partner{number}", f"a{number}.example", f"b{number}.example")
    with django_assert_max_num_queries(12):
        assert len(rows(admin.get(CUSTOM))) == 13
