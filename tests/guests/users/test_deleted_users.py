"""Commands Delete, Users | Deleted users, Restore and Delete permanently."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guests.models import User
from guests.users.deletion.actions import delete_user
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    client.force_login(grace)
    return grace


@pytest.fixture
def people(contoso: Tenant, grace: User) -> list[User]:
    return [
        PasscodeGuestFactory(tenant=contoso, display_name="Daniela Rossi"),
        MemberFactory(tenant=contoso, display_name="Mel Weber"),
    ]


def ids(people: list[User]) -> dict[str, list[str]]:
    return {"user": [str(user.pk) for user in people]}


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def row_names(html: str) -> list[str]:
    return read_page(html).names("rowheader")


@pytest.mark.rule("USR-11")
def test_deleting_from_the_list_names_the_number_first(client: Client, people: list[User]) -> None:
    html = text(client.post("/users/delete/", ids(people)))

    assert "Delete 2 users?" in html
    assert "Daniela Rossi" in html
    assert not inline_code(html)
    assert User.unscoped.exclude(deleted_at=None).count() == 0

    answer = client.post("/users/delete/", {**ids(people), "confirmed": "yes"}, follow=True)

    assert "2 users deleted" in text(answer)
    assert User.unscoped.exclude(deleted_at=None).count() == 2


@pytest.mark.rule("USR-25")
def test_what_cannot_be_deleted_is_said_and_the_rest_goes(
    client: Client, grace: User, people: list[User]
) -> None:
    html = text(client.post("/users/delete/", ids([*people, grace])))
    assert "Delete 2 users?" in html
    assert "You can’t do this to your own account" in html

    answer = client.post(
        "/users/delete/", {**ids([*people, grace]), "confirmed": "yes"}, follow=True
    )

    assert "1 user was not deleted" in text(answer)
    assert "Grace Nakamura: You can’t do this to your own account" in text(answer)
    assert User.unscoped.exclude(deleted_at=None).count() == 2


def test_deleting_without_a_selection_says_so(client: Client, grace: User) -> None:
    answer = client.post("/users/delete/")

    assert answer.status_code == 400
    assert "Select at least one user" in text(answer)
    many = {"user": [str(grace.pk)] * 501}
    assert "Select 500 users at most" in text(client.post("/users/delete/", many))


@pytest.mark.rule("USR-15", "DIR-28")
def test_deleting_on_the_page_asks_first(client: Client, people: list[User]) -> None:
    url = f"/users/{people[0].pk}/delete/"

    assert "Delete Daniela Rossi?" in text(client.get(url))
    people[0].refresh_from_db()
    assert people[0].deleted_at is None
    assert "Daniela Rossi was deleted" in text(client.post(url, follow=True))
    assert client.get(f"/users/{people[0].pk}/").status_code == 404


@pytest.mark.rule("USR-25")
def test_own_page_says_why_it_cannot_be_deleted(client: Client, grace: User) -> None:
    url = f"/users/{grace.pk}/delete/"

    assert "Grace Nakamura can’t be deleted" in text(client.get(url))
    answer = client.post(url)

    assert answer.status_code == 409
    assert "your own account" in text(answer)


@pytest.mark.rule("USR-12", "DEL-3", "SEC-77")
@pytest.mark.parametrize("role", [Role.GLOBAL_READER, Role.HELPDESK_ADMINISTRATOR])
def test_who_may_not_delete_sees_the_reason_and_is_refused(
    client: Client, contoso: Tenant, people: list[User], role: Role
) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(role,)))
    own = f"/users/{people[0].pk}/"

    for url in ("/users/", own):
        assert 'aria-describedby="refused-delete"' in text(client.get(url))
    deleted = text(client.get("/users/deleted/"))
    assert 'aria-describedby="refused-restore"' in deleted
    assert 'aria-describedby="refused-purge"' in deleted
    for url in ("/users/delete/", "/users/deleted/restore/", "/users/deleted/delete-permanently/"):
        assert client.post(url, ids(people)).status_code == 403
    assert client.get(f"{own}delete/").status_code == 403
    assert client.post(f"{own}delete/").status_code == 403
    assert User.unscoped.exclude(deleted_at=None).count() == 0


def test_plain_members_see_no_deleted_users(client: Client, contoso: Tenant) -> None:
    client.force_login(MemberFactory(tenant=contoso))

    assert client.get("/users/deleted/").status_code == 403
    assert "/users/deleted/" not in text(client.get("/users/"))


@pytest.mark.rule("DEL-1")
def test_deleted_users_stand_with_both_dates(
    client: Client, grace: User, people: list[User]
) -> None:
    assert "No deleted users" in text(client.get("/users/deleted/"))
    moments = [timezone.now().replace(2026, 11, day) for day in (10, 12)]
    for user in people:
        delete_user(user, by=grace)
    for user, moment in zip(people, moments, strict=True):
        User.unscoped.filter(pk=user.pk).update(deleted_at=moment)

    html = text(client.get("/users/deleted/"))

    assert read_page(html).columns() == [
        "Display name",
        "User principal name",
        "User type",
        "Deletion date",
        "Permanent deletion date",
        "Object ID",
    ]
    assert row_names(html) == ["Mel Weber", "Daniela Rossi"]
    assert "Nov 12, 2026" in html
    assert "Dec 12, 2026" in html
    assert str(people[0].pk) in html
    assert row_names(text(client.get("/users/deleted/?userType=Guest"))) == ["Daniela Rossi"]
    assert row_names(text(client.get("/users/deleted/?search=web"))) == ["Mel Weber"]
    assert not inline_code(html)
    assert "Mel Weber" not in text(client.get("/users/"))


def test_list_of_deleted_users_costs_the_same_however_long_it_is(
    client: Client, contoso: Tenant, grace: User, people: list[User]
) -> None:
    delete_user(people[0], by=grace)
    client.get("/users/deleted/")
    with CaptureQueriesContext(connection) as one:
        client.get("/users/deleted/")
    for _ in range(5):
        delete_user(PasscodeGuestFactory(tenant=contoso), by=grace)
    with CaptureQueriesContext(connection) as six:
        client.get("/users/deleted/")

    assert len(one) == len(six)


@pytest.mark.rule("DEL-2")
def test_restoring_says_who_came_back_and_who_did_not(
    client: Client, contoso: Tenant, grace: User, people: list[User]
) -> None:
    for user in people:
        delete_user(user, by=grace)
    MemberFactory(tenant=contoso, display_name="Newcomer", email=people[1].user_principal_name)

    html = text(client.post("/users/deleted/restore/", ids(people), follow=True))

    assert "1 user restored" in html
    assert "1 user was not restored" in html
    assert "Another user has the sign-in name or the address of Mel Weber now." in html
    assert row_names(html) == ["Mel Weber"]


@pytest.mark.rule("DEL-2")
def test_deleting_permanently_asks_and_says_that_nothing_leads_back(
    client: Client, grace: User, people: list[User]
) -> None:
    url = "/users/deleted/delete-permanently/"
    delete_user(people[0], by=grace)

    html = text(client.post(url, ids(people)))
    assert "Delete 1 user permanently?" in html
    assert "This can’t be undone." in html
    assert User.unscoped.filter(pk=people[0].pk).exists()

    html = text(client.post(url, {**ids(people), "confirmed": "yes"}, follow=True))

    assert "1 user deleted permanently" in html
    assert not User.unscoped.filter(pk=people[0].pk).exists()
    assert User.unscoped.filter(pk=people[1].pk).exists()


@pytest.mark.parametrize(
    "url", ["/users/delete/", "/users/deleted/restore/", "/users/deleted/delete-permanently/"]
)
def test_commands_on_a_selection_are_posts(client: Client, grace: User, url: str) -> None:
    assert client.get(url).status_code == 405


@pytest.mark.rule("USR-4", "DEL-1")
def test_columns_are_chosen_for_this_list_alone(
    client: Client, grace: User, people: list[User]
) -> None:
    delete_user(people[1], by=grace)
    page = read_page(client.get("/users/deleted/columns/"))
    page.form("columns").submit(
        client, "/users/deleted/columns/", column=["upn", "department"], go="save"
    )

    headings = read_page(client.get("/users/deleted/")).names("columnheader")
    assert headings[-3:] == [
        "Display name",
        "User principal name",
        "Department",
    ]
    assert "Department" not in read_page(client.get("/users/")).names("columnheader")


@pytest.mark.rule("DEL-1")
def test_commands_over_an_empty_list_are_disabled(client: Client, grace: User) -> None:
    page = read_page(client.get("/users/deleted/"))

    assert page.find("button", "Restore users").is_disabled
    assert page.find("button", "Delete permanently").is_disabled
