"""Organization and personal accounts that live at a provider of the operator (decisions 4, 5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import Identity, Issuer, User
from guests.users import lookups
from identityproviders.discovery import resolvers
from identityproviders.models import OperatorProvider, OperatorProviderDomain, PersonalAccount
from portal.audit.models import AuditEvent
from portal.tenants.models import PLATFORM_TENANT_ID, Tenant
from tests.factories import MemberFactory
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import ADA, Guest, failures

pytestmark = pytest.mark.django_db
OUTLOOK = "sam@outlook.com"


def operator_provider(provider: OpenIDProvider, kind: str, domain: str) -> OperatorProvider:
    row: OperatorProvider = OperatorProvider.objects.create(
        kind=kind,
        display_name="Outside accounts",
        issuer=provider.url,
        well_known_url=provider.well_known_url,
        client_id="foyer",
        client_secret="planted-secret",
    )
    OperatorProviderDomain.objects.create(provider=row, name=domain)
    return row


def identity_of(guest: Guest) -> tuple[str, str, str]:
    found = Identity.objects.of(guest.tenant).get(user=guest.user)
    return found.issuer, found.provider_key, found.subject


@pytest.mark.rule("HRD-1", "T19", "T20", "SEC-34")
def test_an_organization_account_outside_redeems_and_signs_in_again(
    ada: Guest, openid: OpenIDProvider
) -> None:
    row = operator_provider(openid, "organization", "partner.example")
    openid.register("sub-ada", email=ADA, email_verified=True)
    ada.come_back(openid.authorize(ada.open_invitation(), "sub-ada"))
    assert ada.transaction.discovery_row == "D2"
    ada.accept()
    assert ada.is_signed_in
    assert identity_of(ada) == (Issuer.EXTERNAL_TENANT, str(row.pk), "sub-ada")

    ada.client.logout()
    ada.come_back(openid.authorize(ada.type_address(), "sub-ada"))
    assert ada.is_signed_in

    ada.client.logout()
    OperatorProvider.objects.update(is_enabled=False)
    page = ada.client.post("/contoso.com/signin/", {"address": ADA}, follow=True)
    assert page.status_code == 403
    assert failures(ada.tenant)[0][0] == 50034


@pytest.mark.rule("HRD-1", "T19", "T20")
def test_a_consumer_account_outside_takes_the_place_of_our_own(
    contoso: Tenant, grace: User, openid: OpenIDProvider
) -> None:
    row = operator_provider(openid, "consumer", "outlook.com")
    PersonalAccount.objects.create(address_key=OUTLOOK, password="!")
    sam = Guest(contoso, by=grace, address=OUTLOOK)
    openid.register("sub-sam", email=OUTLOOK, email_verified=True)
    url = sam.open_invitation()
    assert sam.transaction.discovery_row == "D5"
    assert sam.transaction.personal_account is None
    sam.come_back(openid.authorize(url, "sub-sam"))
    sam.accept()
    assert identity_of(sam) == (Issuer.PERSONAL, str(row.pk), "sub-sam")
    assert resolvers.personal_accounts_bound_to(sam.refreshed()) is None

    sam.client.logout()
    sam.come_back(openid.authorize(sam.type_address(), "sub-sam"))
    assert sam.is_signed_in


@pytest.mark.rule("SEC-35")
def test_an_account_of_a_domain_it_does_not_claim_proves_nothing(
    ada: Guest, openid: OpenIDProvider
) -> None:
    operator_provider(openid, "organization", "partner.example")
    openid.register("sub-eve", email="eve@other.example", email_verified=True)
    page = ada.come_back(openid.authorize(ada.open_invitation(), "sub-eve"))
    assert page.status_code == 403
    assert ada.refreshed().is_pending


@pytest.mark.rule("SEC-34", "APP-2")
def test_a_subject_that_looks_like_a_members_id_is_not_that_member(
    ada: Guest, openid: OpenIDProvider
) -> None:
    member = MemberFactory()
    operator_provider(openid, "organization", "partner.example")
    openid.register(str(member.pk), email=ADA, email_verified=True)
    ada.come_back(openid.authorize(ada.open_invitation(), str(member.pk)))
    ada.accept()
    assert lookups.accounts_of_same_person(ada.refreshed()) == [ada.refreshed()]
    assert lookups.accounts_of_same_person(member) == [member]


@pytest.mark.rule("T19")
def test_a_member_elsewhere_goes_before_the_operators_provider(
    ada: Guest, openid: OpenIDProvider
) -> None:
    operator_provider(openid, "organization", "partner.example")
    MemberFactory(email=ADA)
    ada.press_accept()
    assert (ada.transaction.discovery_row, ada.transaction.provider_key) == ("D2", "")


@pytest.mark.rule("T19")
@pytest.mark.parametrize("account", ["organization", "personal"])
def test_the_chooser_leads_to_the_right_outside_provider(
    ada: Guest, openid: OpenIDProvider, account: str
) -> None:
    rows = {
        "organization": operator_provider(openid, "organization", "partner.example"),
    }
    PersonalAccount.objects.create(address_key=ADA, password="!")
    ada.press_accept()
    assert ada.transaction.discovery_row == "D1"
    ada.client.post(reverse("identityproviders:choose_account"), {"account": account})
    expected = str(rows[account].pk) if account in rows else ""
    assert ada.transaction.provider_key == expected


@pytest.mark.rule("SEC-82", "IDP-4", "AUD-1")
def test_operators_keep_providers_whose_secret_nobody_reads(
    client: Client, openid: OpenIDProvider
) -> None:
    platform = Tenant.objects.get(pk=PLATFORM_TENANT_ID)
    client.force_login(MemberFactory(tenant=platform, email="op@platform"))
    values: dict[str, Any] = {
        "kind": "organization",
        "display_name": "Outside",
        "issuer": "https://idp.example",
        "well_known_url": "https://idp.example/.well-known/openid-configuration",
        "client_id": "foyer",
        "is_enabled": "on",
        "domains-TOTAL_FORMS": "1",
        "domains-INITIAL_FORMS": "0",
        "domains-0-name": "Partner.EXAMPLE",
    }
    add = reverse("admin:identityproviders_operatorprovider_add")
    assert b"Enter the client secret." in client.post(add, values).content
    assert client.post(add, values | {"client_secret": "planted-secret"}).status_code == 302
    row = OperatorProvider.objects.get()
    assert row.client_secret == "planted-secret"
    assert [domain.name for domain in row.domains.all()] == ["partner.example"]

    change = reverse("admin:identityproviders_operatorprovider_change", args=[row.pk])
    page = client.get(change).content.decode()
    assert "planted-secret" not in page
    assert f"/signin/provider/{row.pk}/callback/" in page
    kept = values | {"display_name": "Renamed", "domains-TOTAL_FORMS": "0"}
    assert client.post(change, kept).status_code == 302
    row = OperatorProvider.objects.get()
    assert (row.display_name, row.client_secret) == ("Renamed", "planted-secret")
    events = AuditEvent.objects.of(platform).filter(target_type="OperatorProvider")
    assert events.count() == 2
    assert "planted-secret" not in str(list(events.values()))
