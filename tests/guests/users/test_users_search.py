"""Users | All users: what a search finds, and how it is counted (USR-7, USR-8)."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import User
from guests.users import search_terms
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.users_list import bulk_guests, found, names, page, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(
        tenant=contoso, display_name="Grace Nakamura", email="grace@contoso.com"
    )
    client.force_login(grace)
    client.get("/users/")
    return grace


SEARCHES = [
    ("dan", True),
    ("DANIELA", True),
    ("rossi", True),
    ("Daniela Ro", True),
    ("  daniela   rossi ", True),
    ("éloïse", True),
    ("ÉLOÏSE", True),
    ("elena", True),
    ("bianchi", True),
    ("daniela.rossi_wing", True),
    ("daniela.rossi@wing", True),
    ("dr@other", True),
    ("aniela", False),
    ("wingtiptoys", False),
    ("da%", False),
    ("d_niela", False),
    ("xyz", False),
]


@pytest.mark.rule("USR-7")
@pytest.mark.parametrize(("text", "is_found"), SEARCHES)
def test_search_finds_beginnings_whatever_the_case(
    client: Client, grace: User, contoso: Tenant, text: str, is_found: bool
) -> None:
    daniela = PasscodeGuestFactory(
        tenant=contoso,
        address="daniela.rossi@wingtiptoys.com",
        display_name="Daniela Rossi Éloïse",
        given_name="Elena",
        surname="Bianchi",
    )
    daniela.other_mails = ["dr@other.example"]
    daniela.save()
    search_terms.refresh_search_terms(daniela)

    assert ("Daniela Rossi Éloïse" in names(page(client, search=text))) is is_found


@pytest.mark.rule("USR-7")
def test_guid_finds_the_object_id(client: Client, grace: User, contoso: Tenant) -> None:
    guest = GuestFactory(tenant=contoso, display_name="Daniela Rossi")

    for text in (str(guest.pk), str(guest.pk).upper(), guest.pk.hex):
        assert names(page(client, search=text)) == ["Daniela Rossi"]


def test_search_survives_what_databases_refuse(client: Client, grace: User) -> None:
    assert names(page(client, search="a\x00b\x1f")) == []
    assert names(page(client, search="x" * 5000)) == []


@pytest.mark.rule("USR-8")
def test_search_and_filters_combine_and_the_hits_are_counted(
    client: Client, grace: User, contoso: Tenant
) -> None:
    PasscodeGuestFactory(tenant=contoso, display_name="Anna Accepted")
    GuestFactory(tenant=contoso, display_name="Anna Pending")
    GuestFactory(tenant=contoso, display_name="Bert Pending")
    MemberFactory(tenant=contoso, display_name="Anna Member")

    html = page(client, search="anna", userType="Guest", externalUserState="PendingAcceptance")

    assert names(html) == ["Anna Pending"]
    assert found(html) == "1 user found"
    assert found(page(client, search="anna")) == "3 users found"


@pytest.mark.rule("USR-7", "USR-10")
def test_search_that_walks_the_list_finds_the_same(
    client: Client, grace: User, contoso: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk_guests(contoso, 120, prefix="Anna")
    bulk_guests(contoso, 30, prefix="Bert")
    few = [name for p in walk(client, search="anna", sort="-name") for name in p]

    monkeypatch.setattr("guests.users.queries.FEW_TERMS", 10)

    assert [name for p in walk(client, search="anna", sort="-name") for name in p] == few
    assert len(few) == 120
    html = page(client, search="anna", externalUserState="Accepted")
    assert found(html) == "60 users found"


@pytest.mark.rule("USR-8")
def test_search_of_surely_too_many_is_not_counted(
    client: Client, grace: User, contoso: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk_guests(contoso, 60, prefix="Anna")
    monkeypatch.setattr("guests.users.queries.FEW_TERMS", 10)
    monkeypatch.setattr("guests.users.queries.MANY_TERMS", 20)

    assert found(page(client, search="anna")) == "More than 10,000 users found"
    assert found(page(client, search="anna", externalUserState="Accepted")) == "30 users found"
