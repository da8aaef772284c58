"""Where would this person sign in? The box on All identity providers (HRD-1 to HRD-6, LOG-5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from identityproviders.discovery import method_texts
from identityproviders.models import (
    Federation,
    FederationDomain,
    OrganizationOrder,
    RedemptionOrder,
    SignInTransaction,
    SocialProvider,
)
from portal.audit.models import SignInEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory
from tests.support.page import markup, read_page, words
from tests.support.visitor import SetPolicy

pytestmark = pytest.mark.django_db

WHERE = reverse("identityproviders:where")


def ask(client: Client, address: str, **headers: str) -> Any:
    return client.get(WHERE, {"address": address}, headers=headers)


def rules(page: Any) -> list[tuple[str, str]]:
    """Each rule with its outcome, in the order shown."""
    items = [one.text for one in read_page(page).find_all("listitem") if one.text.endswith(")")]
    return [(item.split(":")[0], item.rpartition("(")[2].rstrip(")")) for item in items]


def row(page: Any) -> str:
    """The row of T19 or T20 whose words stand on the page."""
    badges = {one.text for one in read_page(page).descendants() if one.node.tag == "span"}
    return " ".join(row for row, name in method_texts.ROW_NAMES.items() if str(name) in badges)


@pytest.mark.rule("HRD-1", "HRD-3", "T19")
def test_a_stranger_gets_the_row_of_t19_and_every_rule_in_the_configured_order(
    admin: Client, contoso: Tenant
) -> None:
    page = ask(admin, "nobody@wingtiptoys.com")
    assert row(page) == "D6"
    assert rules(page) == [
        ("Microsoft Entra ID", "did not match"),
        ("SAML/WS-Fed and OpenID Connect", "did not match"),
        ("Google", "did not match"),
        ("Personal account", "did not match"),
        ("Email one-time passcode", "matched"),
    ]


@pytest.mark.rule("HRD-4", "T16", "EX-26")
def test_the_order_of_the_tenant_is_the_order_of_the_rules(
    admin: Client, contoso: Tenant, fabrikam: Tenant
) -> None:
    MemberFactory(tenant=fabrikam, email="ada@fabrikam.com")
    row_of = Federation.objects.create(
        tenant=contoso, display_name="Their SAML", protocol="saml", issuer="https://idp.fabrikam/"
    )
    FederationDomain.objects.create(tenant=contoso, federation=row_of, name="fabrikam.com")
    page = ask(admin, "ada@fabrikam.com")
    assert (row(page), rules(page)[0]) == ("D2", ("Microsoft Entra ID", "matched"))
    assert ("SAML/WS-Fed and OpenID Connect", "not reached") in rules(page)
    names = ["externalFederation", "azureActiveDirectory", "socialIdentityProviders"]
    RedemptionOrder.objects.create(
        tenant=contoso, primary=[{"name": name, "enabled": True} for name in names]
    )
    page = ask(admin, "ada@fabrikam.com")
    assert (row(page), rules(page)[0]) == ("D3", ("SAML/WS-Fed and OpenID Connect", "matched"))
    assert "Their SAML" in markup(page)


@pytest.mark.rule("CTA-1", "HRD-4", "T16")
def test_the_order_of_the_organization_goes_before_that_of_the_tenant(
    admin: Client, contoso: Tenant, fabrikam: Tenant
) -> None:
    MemberFactory(tenant=fabrikam, email="ada@fabrikam.com")
    OrganizationOrder.objects.create(
        tenant=contoso,
        domain="fabrikam.com",
        primary=[{"name": "azureActiveDirectory", "enabled": False}],
    )
    page = ask(admin, "ada@fabrikam.com")
    assert (row(page), rules(page)[0]) == ("D6", ("Microsoft Entra ID", "did not match"))
    assert "The organization behind fabrikam.com has a redemption order of its own." in markup(page)
    page = ask(admin, "nobody@wingtiptoys.com")
    assert "redemption order of its own" not in markup(page)


@pytest.mark.rule("LOG-5")
def test_the_other_organization_is_not_named(
    admin: Client, contoso: Tenant, fabrikam: Tenant
) -> None:
    Tenant.objects.filter(pk=fabrikam.pk).update(display_name="Secret Holding")
    MemberFactory(tenant=fabrikam, email="ada@fabrikam.com", display_name="Ada Hidden")
    page = markup(ask(admin, "ada@fabrikam.com"))
    assert "Secret Holding" not in page
    assert "Ada Hidden" not in page
    assert str(fabrikam.pk) not in page


@pytest.mark.rule("HRD-2", "T20")
def test_an_accepted_guest_is_decided_by_the_stored_identity(
    admin: Client, contoso: Tenant
) -> None:
    SocialProvider.objects.create(tenant=contoso, kind="google.com", client_id="id")
    GuestFactory(tenant=contoso, address="teri@gmail.com", accepted_with="mail")
    page = ask(admin, "Teri@GMAIL.com")
    assert row(page) == "T20-1"
    assert rules(page)[0] == ("Stored identity", "matched")
    assert ("Google", "not reached") in rules(page)


@pytest.mark.rule("RED-6", "EX-7")
def test_a_direct_link_that_ends_elsewhere_is_told(
    admin: Client, contoso: Tenant, set_policy: SetPolicy
) -> None:
    set_policy(contoso, stored="disabled")
    page = ask(admin, "nicole@firstupconsultants.com")
    assert row(page) == "D7"
    assert "Through a direct link instead of an invitation:" in words(page)


@pytest.mark.rule("HRD-6")
@pytest.mark.parametrize(
    ("typed", "expected_words"),
    [
        ("not an address", "Enter one e-mail address"),
        ("grace.nakamura@contoso.com", "internal user has this address"),
        ("stranger@contoso.com", "This domain is your own"),
    ],
)
def test_what_is_not_decided_by_discovery_says_why(
    admin: Client, contoso: Tenant, typed: str, expected_words: str
) -> None:
    page = ask(admin, typed)
    assert expected_words in words(page)
    assert row(page) == ""


@pytest.mark.rule("HRD-6")
def test_it_writes_nothing_and_answers_htmx_with_the_result_alone(
    admin: Client, contoso: Tenant
) -> None:
    whole = ask(admin, "nobody@wingtiptoys.com")
    part = ask(admin, "nobody@wingtiptoys.com", **{"HX-Request": "true"})
    assert "<html" in markup(whole)
    assert 'value="nobody@wingtiptoys.com"' in markup(whole)
    assert "<html" not in markup(part)
    assert row(part) == "D6"
    assert not SignInTransaction.unscoped.exists()
    assert not SignInEvent.unscoped.exists()


@pytest.mark.rule("T17")
@pytest.mark.parametrize("role", [Role.SECURITY_ADMINISTRATOR, Role.GLOBAL_READER])
def test_readers_may_ask(client: Client, contoso: Tenant, role: Role) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=[role]))
    assert row(ask(client, "nobody@wingtiptoys.com")) == "D6"


@pytest.mark.rule("HRD-6")
def test_it_takes_a_fixed_number_of_queries(
    admin: Client, contoso: Tenant, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(35):
        ask(admin, "nobody@wingtiptoys.com", **{"HX-Request": "true"})
