"""Who an address belongs to (RED-5, HRD-1, APP-2)."""

from __future__ import annotations

import pytest

from guests.users import lookups, search_terms
from portal.tenants.models import Tenant
from portal.values.email_address import CanonicalAddress
from tests.factories import GuestFactory, MemberFactory, TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.mark.rule("RED-5")
def test_a_guest_is_found_by_any_stored_address(tenant: Tenant) -> None:
    guest = GuestFactory(tenant=tenant, address="ada@partner.example")
    guest.other_mails = ["Ada.L@partner.example"]
    guest.save()

    search_terms.refresh_search_terms(guest)

    assert lookups.user_by_address(tenant, CanonicalAddress("ada@partner.example")) == guest
    assert lookups.user_by_address(tenant, CanonicalAddress("ada.l@partner.example")) == guest
    assert lookups.user_by_address(tenant, CanonicalAddress("ada")) is None


@pytest.mark.rule("DIR-1")
def test_a_guest_of_another_tenant_is_not_found(tenant: Tenant) -> None:
    GuestFactory(address="ada@partner.example")

    assert lookups.user_by_address(tenant, CanonicalAddress("ada@partner.example")) is None


@pytest.mark.rule("HRD-1")
def test_enabled_members_of_other_tenants_are_organization_accounts(tenant: Tenant) -> None:
    fabrikam = TenantFactory(display_name="Fabrikam", domain="fabrikam.com")
    member = MemberFactory(tenant=fabrikam, email="Lee@fabrikam.com")
    MemberFactory(tenant=fabrikam, email="off@fabrikam.com", account_enabled=False)
    own = MemberFactory(tenant=tenant, email="grace@contoso.com")

    found = lookups.members_by_address(
        [CanonicalAddress(text) for text in ("lee@fabrikam.com", "off@fabrikam.com", own.mail)],
        outside=tenant,
    )

    assert found == {"lee@fabrikam.com": member}


@pytest.mark.rule("APP-2", "SEC-36")
def test_the_same_person_is_who_proved_the_same_identity(tenant: Tenant) -> None:
    fabrikam = TenantFactory(display_name="Fabrikam", domain="fabrikam.com")
    here = GuestFactory(tenant=tenant, address="ada@partner.example", accepted_with="mail")
    there = GuestFactory(tenant=fabrikam, address="ada@partner.example", accepted_with="mail")
    GuestFactory(address="ada@partner.example", accepted_with="google.com", subject="1")
    GuestFactory(address="ada@partner.example")

    assert lookups.accounts_of_same_person(here) == [here, there]


@pytest.mark.rule("APP-2")
def test_a_member_is_the_same_person_as_their_guest_elsewhere(tenant: Tenant) -> None:
    fabrikam = TenantFactory(display_name="Fabrikam", domain="fabrikam.com")
    member = MemberFactory(tenant=fabrikam, email="lee@fabrikam.com")
    guest = GuestFactory(
        tenant=tenant,
        address="lee@fabrikam.com",
        accepted_with="ExternalAzureAD",
        provider_key=str(fabrikam.pk),
        subject=str(member.pk),
    )

    assert lookups.accounts_of_same_person(member) == [member, guest]
    assert lookups.accounts_of_same_person(guest) == [guest, member]
