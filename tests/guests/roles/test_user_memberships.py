"""A user's pages: Groups, Assigned roles, Applications, Sponsored guests, and their counts."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guests.html_hooks import APPLICATION_COUNTS, USER_APPLICATIONS
from guests.models import Group, GroupMembership, RoleAssignment, Sponsorship, User
from guests.roles.actions import NotHeld, OwnRole, assign_role, remove_role
from guests.users.creation.actions import create_user
from guests.users.deletion.actions import delete_user
from guests.users.guards import LastAdministrator, UserGone
from portal import permissions
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.permissions import Role
from portal.tenants.models import GuestAccess, Tenant
from tests.factories import (
    AdministratorFactory,
    GroupFactory,
    MemberFactory,
    PasscodeGuestFactory,
    TenantFactory,
)
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db

GA, GI, PRA = Role.GLOBAL_ADMINISTRATOR, Role.GUEST_INVITER, Role.PRIVILEGED_ROLE_ADMINISTRATOR
PAGES = ["groups/", "assigned-roles/", "applications/", "sponsored-guests/"]


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    client.force_login(grace)
    return grace


@pytest.fixture
def daniela(contoso: Tenant, grace: User) -> User:
    return PasscodeGuestFactory(
        tenant=contoso,
        address="daniela.rossi@wingtiptoys.com",
        display_name="Daniela Rossi",
        sponsors=[grace],
    )


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def fresh(user: User) -> User:
    return User.unscoped.select_related("tenant").get(pk=user.pk)


def names(html: str) -> list[str]:
    return read_page(html).names("rowheader")


# Groups


@pytest.mark.rule("USR-22")
def test_memberships_are_listed_added_and_removed(
    client: Client, contoso: Tenant, daniela: User
) -> None:
    sales = GroupFactory(tenant=contoso, display_name="Sales", members=[daniela])
    board = GroupFactory(tenant=contoso, display_name="Board")
    url = f"/users/{daniela.pk}/groups/"
    assert names(text(client.get(url))) == ["Sales"]
    offered = text(client.get(f"{url}add/"))
    assert "Board" in offered
    assert "Sales" not in offered

    client.post(f"{url}add/", {"go": "add", "chosen": str(board.pk)})
    answer = client.post(f"{url}remove/", {"group": str(sales.pk)}, follow=True)

    assert names(text(answer)) == ["Board"]
    logged = AuditEvent.objects.of(contoso).filter(target_id=str(daniela.pk))
    activities = list(logged.order_by("created_at").values_list("activity", flat=True))
    assert activities[-2:] == ["Add member to group", "Remove member from group"]


def test_an_owner_puts_people_into_the_own_groups_only(
    client: Client, contoso: Tenant, daniela: User
) -> None:
    owner = MemberFactory(tenant=contoso)
    mine = GroupFactory(tenant=contoso, display_name="Mine", owners=[owner])
    other = GroupFactory(tenant=contoso, display_name="Other")
    client.force_login(owner)
    url = f"/users/{daniela.pk}/groups/add/"
    html = text(client.get(url))

    assert "Mine" in html
    assert "Other" not in html
    assert client.post(url, {"go": "add", "chosen": str(other.pk)}).status_code == 400
    assert client.post(url, {"go": "add", "chosen": str(mine.pk)}).status_code == 302
    assert [row.group for row in GroupMembership.objects.of(contoso)] == [mine]


@pytest.mark.rule("COL-2", "T14")
@pytest.mark.parametrize(
    ("access", "sees_name"), [(GuestAccess.LIMITED, True), (GuestAccess.RESTRICTED, False)]
)
def test_a_restricted_guest_sees_only_the_object_ids_of_own_groups(
    client: Client, contoso: Tenant, daniela: User, access: GuestAccess, sees_name: bool
) -> None:
    Tenant.objects.filter(pk=contoso.pk).update(guest_access=access)
    group = GroupFactory(tenant=contoso, display_name="Partners", members=[daniela])
    GroupFactory(tenant=contoso, display_name="Secret")
    client.force_login(fresh(daniela))

    html = text(client.get(f"/users/{daniela.pk}/groups/"))

    assert ("Partners" in html) is sees_name
    assert str(group.pk) in html
    assert "Secret" not in html


# Roles


@pytest.mark.rule("USR-22", "USR-23", "T23")
def test_roles_are_listed_added_and_removed(client: Client, contoso: Tenant, daniela: User) -> None:
    url = f"/users/{daniela.pk}/assigned-roles/"
    assert "No role assigned" in text(client.get(url))

    client.post(f"{url}add/", {"roles": ["GuestInviter", "GlobalReader"]})
    assert names(text(client.get(url))) == ["Global Reader", "Guest Inviter"]
    answer = client.post(f"{url}remove/", {"role": "GlobalReader"}, follow=True)

    assert names(text(answer)) == ["Guest Inviter"]
    logged = AuditEvent.objects.of(contoso).filter(category="RoleManagement")
    last = logged.order_by("created_at").last()
    assert last is not None
    assert last.activity == "Remove member from role"
    assert last.modified_properties == [
        {"name": "Role.DisplayName", "old": "Global Reader", "new": None}
    ]


@pytest.mark.parametrize("sent", [[], ["Emperor"], ["GuestInviter", "Emperor"]])
def test_only_known_roles_are_given(client: Client, daniela: User, sent: list[str]) -> None:
    url = f"/users/{daniela.pk}/assigned-roles/"

    assert client.post(f"{url}add/", {"roles": sent}).status_code == 400
    assert fresh(daniela).roles == frozenset()
    assert client.post(f"{url}remove/", {"role": "Emperor"}).status_code == 404


@pytest.mark.rule("USR-25", "SEC-76")
def test_the_last_administrator_keeps_the_role(
    client: Client, contoso: Tenant, grace: User
) -> None:
    answer = client.post(
        f"/users/{grace.pk}/assigned-roles/remove/", {"role": "GlobalAdministrator"}, follow=True
    )

    assert "last enabled Global Administrator" in text(answer)
    assert fresh(grace).roles == {"GlobalAdministrator"}
    other = AdministratorFactory(tenant=contoso)
    remove_role(fresh(grace), GA, by=other)
    assert fresh(grace).roles == frozenset()


@pytest.mark.rule("USR-25", "SEC-76")
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_demote_each_other_do_not_both_succeed() -> None:
    contoso = TenantFactory(domain="contoso.com")
    pair = [AdministratorFactory(tenant=contoso), AdministratorFactory(tenant=contoso)]
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def demote(by: User, other: User) -> None:
        # Rights are those at the start of a request; read later, the other's commit is seen.
        assert by.roles == {GA.value}
        barrier.wait()
        try:
            remove_role(other, GA, by=by)
            outcomes.append("done")
        except LastAdministrator:
            outcomes.append("refused")
        finally:
            connections.close_all()

    one, two = (fresh(user) for user in pair)
    threads = [
        threading.Thread(target=demote, args=(one, fresh(two))),
        threading.Thread(target=demote, args=(two, fresh(one))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "refused"]
    assert RoleAssignment.objects.of(contoso).filter(role=GA.value).count() == 1


@pytest.mark.rule("SEC-83")
@pytest.mark.parametrize("granter", list(Role))
@pytest.mark.parametrize("granted", list(Role))
def test_nobody_grants_more_than_they_answer_for(
    contoso: Tenant, daniela: User, granter: Role, granted: Role
) -> None:
    by = MemberFactory(tenant=contoso, roles=(granter,), password=None)
    expected = granter is GA or (granter is PRA and granted is not GA)

    assert permissions.may_grant(by, granted) is expected
    if expected:
        assign_role(daniela, [granted], by=by)
        remove_role(fresh(daniela), granted, by=by)
        return
    with pytest.raises(NotAllowed):
        assign_role(daniela, [granted], by=by)
    with pytest.raises(NotAllowed):
        remove_role(daniela, granted, by=by)
    failures = AuditEvent.objects.of(contoso).filter(result="failure", actor_id=by.pk)
    assert failures.count() == 2
    assert fresh(daniela).roles == frozenset()


@pytest.mark.rule("SEC-83")
def test_a_role_administrator_widens_no_own_rights_and_makes_no_administrator(
    client: Client, contoso: Tenant, daniela: User
) -> None:
    petra = MemberFactory(tenant=contoso, roles=(PRA, Role.USER_ADMINISTRATOR))
    with pytest.raises(OwnRole):
        assign_role(petra, [Role.SECURITY_ADMINISTRATOR], by=petra)
    with pytest.raises(NotAllowed):
        create_user(
            contoso, by=petra, name="eve", domain="contoso.com", display_name="Eve", roles=[GA]
        )
    client.force_login(petra)

    html = text(client.get(f"/users/{daniela.pk}/assigned-roles/add/"))

    assert 'value="GuestInviter"' in html
    assert 'value="GlobalAdministrator"' not in html


@pytest.mark.rule("DIR-31")
def test_a_deleted_user_gets_no_role(contoso: Tenant, grace: User, daniela: User) -> None:
    delete_user(fresh(daniela), by=grace)

    with pytest.raises(UserGone):
        assign_role(daniela, [GI], by=grace)
    with pytest.raises(NotHeld):
        remove_role(daniela, GI, by=grace)


@pytest.mark.rule("USR-12", "T17")
def test_a_reader_sees_roles_and_the_reason_for_the_rest(
    client: Client, contoso: Tenant, daniela: User
) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,)))
    url = f"/users/{daniela.pk}/assigned-roles/"

    html = text(client.get(url))

    assert 'aria-describedby="refused-add"' in html
    assert "Privileged Role Administrator" in html
    assert client.post(f"{url}add/", {"roles": "GuestInviter"}).status_code == 403
    assert client.post(f"{url}remove/", {"role": "GuestInviter"}).status_code == 403


# Applications and sponsored guests


@pytest.mark.rule("USR-22")
def test_applications_are_filled_by_the_room_that_knows_them(client: Client, daniela: User) -> None:
    url = f"/users/{daniela.pk}/applications/"
    assert "No applications assigned" in text(client.get(url))
    USER_APPLICATIONS.register("test", lambda request, user: "An application")
    try:
        assert "An application" in text(client.get(url))
    finally:
        USER_APPLICATIONS.unregister("test")


@pytest.mark.rule("DIR-25", "BET-12", "USR-14")
def test_sponsored_guests_come_directly_and_through_groups(
    client: Client, contoso: Tenant, grace: User, daniela: User
) -> None:
    mel = MemberFactory(tenant=contoso, display_name="Mel")
    group = GroupFactory(tenant=contoso, members=[mel])
    ravi = PasscodeGuestFactory(tenant=contoso, display_name="Ravi", sponsors=[mel])
    Sponsorship.objects.create(tenant=contoso, guest=ravi, group=group)
    Sponsorship.objects.create(tenant=contoso, guest=daniela, group=group)

    assert names(text(client.get(f"/users/{mel.pk}/sponsored-guests/"))) == [
        "Daniela Rossi",
        "Ravi",
    ]
    assert names(text(client.get(f"/users/{grace.pk}/sponsored-guests/"))) == ["Daniela Rossi"]
    assert "Sponsors nobody" in text(client.get(f"/users/{ravi.pk}/sponsored-guests/"))


@pytest.mark.rule("DIR-26", "BET-12")
def test_properties_name_one_sponsor_and_fold_several(
    client: Client, contoso: Tenant, daniela: User
) -> None:
    url = f"/users/{daniela.pk}/properties/"
    assert "<dt>Sponsors</dt><dd><bdi>Grace Nakamura</bdi>" in text(client.get(url))
    group = GroupFactory(tenant=contoso, display_name="Purchasing")
    Sponsorship.objects.create(tenant=contoso, guest=daniela, group=group)

    html = text(client.get(url))

    assert "<summary>2 sponsors" in html
    assert "<li><bdi>Purchasing</bdi></li>" in html


@pytest.mark.rule("USR-16")
def test_overview_counts_what_the_user_belongs_to(
    client: Client, contoso: Tenant, daniela: User
) -> None:
    GroupFactory(tenant=contoso, members=[daniela])
    assign_role(daniela, [GI], by=fresh(User.unscoped.get(display_name="Grace Nakamura")))
    APPLICATION_COUNTS.register("test", lambda request, user: 3)
    try:
        page = read_page(client.get(f"/users/{daniela.pk}/"))
    finally:
        APPLICATION_COUNTS.unregister("test")

    base = f"/users/{daniela.pk}/"
    for name, tail in (
        ("1 group membership", "groups/"),
        ("3 applications", "applications/"),
        ("1 assigned role", "assigned-roles/"),
    ):
        assert page.find("link", name).get("href") == base + tail


# All pages


@pytest.mark.rule("USR-14", "SEC-69")
@pytest.mark.parametrize("tail", PAGES)
def test_pages_stand_in_the_menu_of_the_user(client: Client, daniela: User, tail: str) -> None:
    html = text(client.get(f"/users/{daniela.pk}/{tail}"))

    links = read_page(html).find("main").find_all("link")
    menu = [link.get("href").removeprefix(f"/users/{daniela.pk}/") for link in links]
    assert [entry for entry in menu if entry in PAGES] == [
        "assigned-roles/",
        "groups/",
        "applications/",
        "sponsored-guests/",
    ]
    assert not inline_code(html)


def test_lists_cost_the_same_however_many_rows_there_are(
    client: Client, contoso: Tenant, grace: User, daniela: User
) -> None:
    def cost(user: User) -> list[int]:
        found = []
        for tail in PAGES:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/users/{user.pk}/{tail}").status_code == 200
            found.append(len(queries))
        return found

    busy = MemberFactory(tenant=contoso, roles=(GI, Role.GLOBAL_READER))
    GroupFactory(tenant=contoso, members=[daniela])
    for _ in range(8):
        group: Group = GroupFactory(tenant=contoso, members=[busy])
        guest = PasscodeGuestFactory(tenant=contoso, sponsors=[busy])
        Sponsorship.objects.create(tenant=contoso, guest=guest, group=group)
    quiet = MemberFactory(tenant=contoso, roles=(GI,))
    GroupFactory(tenant=contoso, members=[quiet])
    PasscodeGuestFactory(tenant=contoso, sponsors=[quiet])
    cost(quiet)

    assert cost(busy) == cost(quiet)
