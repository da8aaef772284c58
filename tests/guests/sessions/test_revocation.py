"""Revoke sessions of the users selected in the list (T6, SES-5)."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import User
from portal.audit.models import AuditEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory

pytestmark = pytest.mark.django_db

URL = "/users/revoke-sessions/"


@pytest.fixture
def people(contoso: Tenant) -> list[User]:
    return [MemberFactory(tenant=contoso, display_name=name) for name in ("Mel", "Max")]


def valid_from(people: list[User]) -> list[object]:
    return [User.unscoped.get(pk=person.pk).sign_in_sessions_valid_from for person in people]


def selection(people: list[User]) -> dict[str, object]:
    return {"user": [str(person.pk) for person in people]}


@pytest.mark.rule("SES-5")
def test_page_asks_with_the_number_and_changes_nothing(
    client: Client, contoso: Tenant, people: list[User]
) -> None:
    client.force_login(AdministratorFactory(tenant=contoso))
    before = valid_from(people)

    html = client.post(URL, selection(people)).content.decode()

    assert "Revoke the sessions of 2 users?" in html
    assert valid_from(people) == before


@pytest.mark.rule("SES-5", "T17")
@pytest.mark.parametrize(
    "role", [Role.GLOBAL_ADMINISTRATOR, Role.USER_ADMINISTRATOR, Role.HELPDESK_ADMINISTRATOR]
)
def test_confirmed_ends_every_session_of_each(
    client: Client, contoso: Tenant, people: list[User], role: Role
) -> None:
    theirs = Client()
    theirs.force_login(people[0])
    assert theirs.get("/users/").status_code == 200
    client.force_login(MemberFactory(tenant=contoso, roles=[role]))

    answer = client.post(URL, {**selection(people), "confirmed": "yes"}, follow=True)

    assert "2 users have to sign in again everywhere" in answer.content.decode()
    assert theirs.get("/users/")["Location"].startswith("/signin/")
    events = AuditEvent.objects.of(contoso).filter(
        activity="Update StsRefreshTokenValidFrom Timestamp"
    )
    assert {event.target_id for event in events} == {str(person.pk) for person in people}


@pytest.mark.rule("T17", "SEC-80")
def test_others_and_other_tenants_end_no_session(
    client: Client, contoso: Tenant, people: list[User]
) -> None:
    before = valid_from(people)
    sent = {**selection(people), "confirmed": "yes"}

    client.force_login(MemberFactory(tenant=contoso, roles=[Role.GUEST_INVITER]))
    assert client.post(URL, sent).status_code == 403
    client.force_login(AdministratorFactory())
    assert client.post(URL, sent).status_code == 404

    assert valid_from(people) == before


@pytest.mark.rule("ROL-5", "SEC-77")
@pytest.mark.parametrize("role", [Role.USER_ADMINISTRATOR, Role.HELPDESK_ADMINISTRATOR])
def test_sessions_of_a_higher_role_go_on(client: Client, contoso: Tenant, role: Role) -> None:
    boss = AdministratorFactory(tenant=contoso)
    before = valid_from([boss])
    client.force_login(MemberFactory(tenant=contoso, roles=[role]))

    assert client.get(f"/users/{boss.pk}/revoke-sessions/").status_code == 403
    assert client.post(f"/users/{boss.pk}/revoke-sessions/").status_code == 403
    client.post(URL, {**selection([boss]), "confirmed": "yes"})

    assert valid_from([boss]) == before


@pytest.mark.rule("AUD-1", "ROL-5")
def test_refused_revocation_of_a_selection_stands_in_the_log(
    client: Client, contoso: Tenant
) -> None:
    boss = AdministratorFactory(tenant=contoso)
    client.force_login(MemberFactory(tenant=contoso, roles=[Role.USER_ADMINISTRATOR]))

    client.post(URL, {**selection([boss]), "confirmed": "yes"})

    event = AuditEvent.objects.of(contoso).get(result="failure")
    assert event.activity == "Update StsRefreshTokenValidFrom Timestamp"
    assert event.target_id == str(boss.pk)
