"""Search in the top bar: users, groups, invitations, pages (USR-7, T14)."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import Group, User
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory, TenantFactory
from tests.support.inviting import invite_guest

pytestmark = pytest.mark.django_db


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    client.force_login(grace)
    return grace


def text_of(client: Client, text: str, **headers: str) -> str:
    answer = client.get("/search/", {"q": text}, headers=headers or None)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.rule("USR-7")
def test_search_finds_users_groups_invitations_and_pages(
    client: Client, contoso: Tenant, grace: User
) -> None:
    MemberFactory(tenant=contoso, display_name="Adriana Audley")
    Group.objects.create(tenant=contoso, display_name="Auditors")
    invite_guest(
        contoso,
        by=grace,
        address="audrey@wingtiptoys.com",
        redirect_url="https://myapps.contoso.com/",
    )

    found = text_of(client, "aud")

    for expected in ("Adriana Audley", "Auditors", "audrey@wingtiptoys.com", "Audit logs"):
        assert expected in found


@pytest.mark.rule("USR-7")
def test_list_under_the_field_has_no_page_around_it(client: Client, grace: User) -> None:
    found = text_of(client, "grace", **{"HX-Request": "true"})

    assert "Grace Nakamura" in found
    assert "<html" not in found


@pytest.mark.rule("SEC-80")
def test_search_finds_nothing_of_another_tenant(client: Client, grace: User) -> None:
    MemberFactory(display_name="Stefan Fremd")
    Group.objects.create(tenant=TenantFactory(), display_name="Stefans Gruppe")

    assert "Nothing begins with" in text_of(client, "stefan")


@pytest.mark.rule("T14", "SEC-77")
def test_search_shows_only_what_the_reader_may_open(client: Client, contoso: Tenant) -> None:
    MemberFactory(tenant=contoso, display_name="Pradeep")
    client.force_login(PasscodeGuestFactory(tenant=contoso))

    found = text_of(client, "pr")

    assert "Pradeep" not in found
    assert "Properties" not in found


@pytest.mark.rule("USR-7")
def test_a_long_list_is_cut_and_leads_to_all(client: Client, contoso: Tenant, grace: User) -> None:
    for number in range(7):
        MemberFactory(tenant=contoso, display_name=f"Zoe {number}")

    found = text_of(client, "zoe")

    assert found.count('class="result"') == 5
    assert "/users/?search=zoe" in found


def test_home_shows_what_needs_attention(client: Client, contoso: Tenant, grace: User) -> None:
    found = client.get("/").content.decode()

    assert "Needs attention" in found
    assert "What changed lately" in found
    assert "No worker sends mails right now" in found


@pytest.mark.rule("T17")
def test_home_of_a_plain_member_has_no_tile_of_administrators(
    client: Client, contoso: Tenant
) -> None:
    client.force_login(MemberFactory(tenant=contoso))

    found = client.get("/").content.decode()

    assert "All users" in found
    assert "Needs attention" not in found
    assert "What changed lately" not in found


@pytest.mark.rule("T17")
def test_home_of_an_inviter_offers_the_invitation(client: Client, contoso: Tenant) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=[Role.GUEST_INVITER]))

    assert "/invite/" in client.get("/").content.decode()
