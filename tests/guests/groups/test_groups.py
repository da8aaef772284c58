"""Groups: the list, one group, members and owners, and the picker that finds them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guests.groups.actions import (
    OWNERS,
    GroupGone,
    PersonGone,
    add_to_group,
    create_group,
    delete_group,
    put_into_groups,
    remove_from_group,
    update_group,
)
from guests.models import Group, GroupMembership, GroupOwnership, Sponsorship, User
from guests.users.deletion.actions import delete_user, purge_user, restore_user
from portal.audit.models import AuditEvent
from portal.errors import InvalidInput, NotAllowed
from portal.permissions import Role
from portal.principals import SYSTEM
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, GroupFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    client.force_login(grace)
    return grace


@pytest.fixture
def mel(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, display_name="Mel Weber")


@pytest.fixture
def daniela(contoso: Tenant) -> User:
    return PasscodeGuestFactory(
        tenant=contoso, address="daniela.rossi@wingtiptoys.com", display_name="Daniela Rossi"
    )


@pytest.fixture
def sales(contoso: Tenant, mel: User) -> Group:
    return GroupFactory(tenant=contoso, display_name="Sales", members=[mel])


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def names(html: str) -> list[str]:
    return [name for row in read_page(html).find_all("rowheader") for name in row.names("link")]


def events(tenant: Tenant) -> list[tuple[str, str, str]]:
    found = AuditEvent.objects.of(tenant).filter(category="GroupManagement").order_by("created_at")
    return [(event.activity, event.result, event.target_name) for event in found]


# Actions


@pytest.mark.rule("T23")
def test_every_change_of_a_group_is_logged(contoso: Tenant, grace: User, daniela: User) -> None:
    group = create_group(contoso, by=grace, display_name=" Buyers ", description="Who buys")
    update_group(group, by=grace, display_name="Purchasing", description="Who buys")
    add_to_group(group, [daniela], by=grace)
    add_to_group(group, [grace], by=grace, part=OWNERS)
    remove_from_group(group, [daniela], by=grace)
    remove_from_group(group, [grace], by=grace, part=OWNERS)
    delete_group(group, by=grace)

    upn = daniela.user_principal_name
    assert events(contoso) == [
        ("Add group", "success", "Buyers"),
        ("Update group", "success", "Purchasing"),
        ("Add member to group", "success", upn),
        ("Add owner to group", "success", grace.user_principal_name),
        ("Remove member from group", "success", upn),
        ("Remove owner from group", "success", grace.user_principal_name),
        ("Delete group", "success", "Purchasing"),
    ]
    added = AuditEvent.objects.of(contoso).get(activity="Add member to group")
    assert {"name": "Group.DisplayName", "old": None, "new": "Purchasing"} in (
        added.modified_properties
    )
    assert not Group.objects.of(contoso).exists()


@pytest.mark.rule("USR-22", "USR-23")
def test_somebody_is_in_a_group_once_guest_or_member(
    contoso: Tenant, grace: User, mel: User, daniela: User, sales: Group
) -> None:
    assert add_to_group(sales, [mel, daniela, daniela], by=grace) == 1
    assert add_to_group(sales, [daniela], by=grace) == 0

    assert GroupMembership.objects.of(contoso).filter(group=sales).count() == 2
    assert [e[0] for e in events(contoso)] == ["Add member to group"]


@pytest.mark.rule("DIR-31")
def test_a_deleted_user_is_added_nowhere_and_nobody_with_them(
    contoso: Tenant, grace: User, daniela: User, sales: Group
) -> None:
    gone = MemberFactory(tenant=contoso)
    delete_user(User.unscoped.get(pk=gone.pk), by=grace)

    with pytest.raises(PersonGone):
        add_to_group(sales, [daniela, gone], by=grace)

    assert not GroupMembership.objects.of(contoso).filter(user__in=[gone, daniela]).exists()


def test_a_group_deleted_meanwhile_takes_nobody(grace: User, daniela: User, sales: Group) -> None:
    delete_group(Group.objects.of(sales.tenant).get(pk=sales.pk), by=grace)

    with pytest.raises(GroupGone):
        add_to_group(sales, [daniela], by=grace)
    with pytest.raises(GroupGone):
        delete_group(sales, by=grace)


@pytest.mark.rule("T17", "SEC-77")
@pytest.mark.parametrize("role", [r for r in Role if r.value not in {"GlobalAdministrator"}])
def test_only_the_roles_that_may_change_groups_do(
    contoso: Tenant, sales: Group, daniela: User, role: Role
) -> None:
    somebody = MemberFactory(tenant=contoso, roles=(role,))
    if role is Role.USER_ADMINISTRATOR:
        assert add_to_group(sales, [daniela], by=somebody) == 1
        return

    with pytest.raises(NotAllowed):
        add_to_group(sales, [daniela], by=somebody)
    with pytest.raises(NotAllowed):
        create_group(contoso, by=somebody, display_name="Mine")
    with pytest.raises(NotAllowed):
        delete_group(sales, by=somebody)

    assert [e[:2] for e in events(contoso)] == [
        ("Add member to group", "failure"),
        ("Add group", "failure"),
        ("Delete group", "failure"),
    ]


def test_an_owner_changes_members_and_nothing_else(
    contoso: Tenant, daniela: User, mel: User
) -> None:
    owner = MemberFactory(tenant=contoso)
    mine = GroupFactory(tenant=contoso, owners=[owner])
    other = GroupFactory(tenant=contoso)

    assert add_to_group(mine, [daniela], by=owner) == 1
    assert remove_from_group(mine, [daniela], by=owner) == 1
    with pytest.raises(NotAllowed):
        add_to_group(other, [daniela], by=owner)
    with pytest.raises(NotAllowed):
        add_to_group(mine, [mel], by=owner, part=OWNERS)
    with pytest.raises(NotAllowed):
        update_group(mine, by=owner, display_name="Ours", description="")


@pytest.mark.rule("SEC-80", "DIR-1")
def test_a_stranger_changes_no_group_and_joins_none(sales: Group) -> None:
    stranger = AdministratorFactory()

    with pytest.raises(NotAllowed):
        add_to_group(sales, [stranger], by=stranger)
    with pytest.raises(PersonGone):
        put_into_groups(sales, [stranger], by=stranger)


@pytest.mark.parametrize("name", ["", "   ", "a\u202eb", "x" * 257, "two\nlines"])
def test_a_group_needs_a_name_on_one_line(contoso: Tenant, grace: User, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_group(contoso, by=grace, display_name=name)

    assert refused.value.field == "display_name"


@pytest.mark.rule("DEL-4", "DIR-28", "EX-21")
def test_a_deleted_member_is_not_shown_and_comes_back_with_a_restore(
    client: Client, grace: User, contoso: Tenant, daniela: User, sales: Group
) -> None:
    add_to_group(sales, [daniela], by=grace)
    delete_user(User.unscoped.get(pk=daniela.pk), by=grace)

    assert names(text(client.get(f"/groups/{sales.pk}/members/"))) == ["Mel Weber"]
    assert '<td class="num">1</td>' in text(client.get("/groups/"))
    restore_user(User.unscoped.get(pk=daniela.pk), by=grace)

    found = names(text(client.get(f"/groups/{sales.pk}/members/")))
    assert found == ["Daniela Rossi", "Mel Weber"]


@pytest.mark.rule("DIR-29")
def test_purging_a_user_ends_memberships(contoso: Tenant, daniela: User) -> None:
    GroupFactory(tenant=contoso, members=[daniela], owners=[daniela])
    User.unscoped.filter(pk=daniela.pk).update(deleted_at=timezone.now())

    purge_user(User.unscoped.get(pk=daniela.pk), by=SYSTEM)

    assert not GroupMembership.objects.of(contoso).exists()
    assert not GroupOwnership.objects.of(contoso).exists()


@pytest.mark.rule("DIR-27")
def test_guests_lose_a_deleted_group_as_sponsor(
    contoso: Tenant, grace: User, daniela: User, sales: Group
) -> None:
    Sponsorship.objects.create(tenant=contoso, guest=daniela, group=sales)

    delete_group(sales, by=grace)

    assert not Sponsorship.objects.of(contoso).filter(guest=daniela).exists()


# Blades


def test_list_shows_groups_by_name_with_their_members(
    client: Client, contoso: Tenant, grace: User, sales: Group
) -> None:
    GroupFactory(tenant=contoso, display_name="ärzte")
    GroupFactory(tenant=contoso, display_name="Board of directors")
    GroupFactory(display_name="Of others")

    html = text(client.get("/groups/"))

    assert names(html) == ["Board of directors", "Sales", "ärzte"]
    assert "3 groups found" in html
    assert names(text(client.get("/groups/?search=DIREC"))) == ["Board of directors"]
    assert names(text(client.get("/groups/?sort=-created"))) == [
        "Board of directors",
        "ärzte",
        "Sales",
    ]
    assert not inline_code(html)


def test_list_goes_on_after_fifty_rows(client: Client, contoso: Tenant, grace: User) -> None:
    for n in range(55):
        GroupFactory(tenant=contoso, display_name=f"Team {n:02}")

    html = text(client.get("/groups/"))
    more = read_page(html).find("link", "Load more")

    assert len(names(html)) == 50
    rest = names(text(client.get(more.get("href"))))
    assert rest == [f"Team {n:02}" for n in range(50, 55)]


def test_lists_cost_the_same_however_many_rows_there_are(
    client: Client, contoso: Tenant, grace: User, sales: Group
) -> None:
    urls = ["/groups/", f"/groups/{sales.pk}/members/", f"/groups/{sales.pk}/"]
    few, many = [], []
    for url in urls:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        few.append(len(queries))
    for _ in range(12):
        person = MemberFactory(tenant=contoso, password=None)
        GroupMembership.objects.create(tenant=contoso, group=sales, user=person)
        GroupFactory(tenant=contoso, members=[person])
    for url in urls:
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        many.append(len(queries))

    assert many == few


def test_a_group_is_made_changed_and_deleted_in_the_console(
    client: Client, contoso: Tenant, grace: User
) -> None:
    answer = client.post("/groups/create/", {"display_name": "Buyers", "description": "Who buys"})
    group = Group.objects.of(contoso).get()
    assert answer.headers["Location"] == f"/groups/{group.pk}/"
    assert "Who buys" in text(client.get(f"/groups/{group.pk}/"))

    changed = {"display_name": "Purchasing", "description": ""}
    assert client.post(f"/groups/{group.pk}/edit/", changed).status_code == 302
    html = text(client.post("/groups/delete/", {"group": str(group.pk)}))
    assert "Delete 1 group?" in html
    assert Group.objects.of(contoso).get().display_name == "Purchasing"
    answer = client.post("/groups/delete/", {"group": str(group.pk), "confirmed": "yes"})

    assert answer.status_code == 302
    assert not Group.objects.of(contoso).exists()


def test_a_form_that_fails_says_so_at_the_field(client: Client, grace: User) -> None:
    answer = client.post("/groups/create/", {"display_name": "", "description": "x" * 1025})

    assert answer.status_code == 400
    assert "Enter the name of the group." in text(answer)
    assert "Error:" in text(answer)


@pytest.mark.rule("USR-22", "SEC-86")
def test_picker_finds_people_keeps_the_chosen_and_adds_them(
    client: Client, contoso: Tenant, grace: User, mel: User, daniela: User, sales: Group
) -> None:
    url = f"/groups/{sales.pk}/members/add/"
    html = text(client.get(url))
    assert "daniela.rossi@wingtiptoys.com" in html
    assert "mel.weber@contoso.com" not in html.partition("<main")[2]
    html = text(
        client.post(url, {"go": "find", "chosen": str(daniela.pk), "chosen-search": "grace nak"})
    )
    offered = {box.value: box.is_checked for box in read_page(html).fields("chosen")}
    assert offered[str(daniela.pk)] is True
    assert offered[str(grace.pk)] is False
    assert not inline_code(html)
    assert not GroupMembership.objects.of(contoso).filter(user=daniela).exists()

    answer = client.post(url, {"go": "add", "chosen": [str(daniela.pk), str(grace.pk)]})

    assert answer.headers["Location"] == f"/groups/{sales.pk}/members/"
    assert GroupMembership.objects.of(contoso).filter(group=sales).count() == 3


def test_picker_shows_fifty_and_says_that_there_are_more(
    client: Client, contoso: Tenant, grace: User
) -> None:
    group = GroupFactory(tenant=contoso)
    for n in range(51):
        MemberFactory(tenant=contoso, password=None, display_name=f"Person {n:02}")

    html = text(client.get(f"/groups/{group.pk}/members/add/"))

    assert "The first 50 by name are shown." in html
    assert len(read_page(html).fields("chosen")) == 50


@pytest.mark.parametrize("chosen", [[], ["nonsense"], [str(uuid.uuid4())], ["\0"]])
def test_picker_takes_only_what_is_on_offer(
    client: Client, contoso: Tenant, grace: User, sales: Group, chosen: list[str]
) -> None:
    answer = client.post(f"/groups/{sales.pk}/members/add/", {"go": "add", "chosen": chosen})

    assert answer.status_code == 400
    assert GroupMembership.objects.of(contoso).count() == 1


@pytest.mark.rule("SEC-80")
def test_picker_knows_nobody_of_other_tenants(client: Client, grace: User, sales: Group) -> None:
    stranger = MemberFactory(display_name="Stefan Fremd")
    url = f"/groups/{sales.pk}/members/add/"

    html = text(client.post(url, {"go": "find", "chosen-search": "stefan"}))
    assert "Stefan" not in html
    assert "Nothing else matches" in html
    answer = client.post(url, {"go": "add", "chosen": str(stranger.pk)})

    assert answer.status_code == 400
    assert not GroupMembership.unscoped.filter(user=stranger).exists()


def test_people_are_removed_by_their_boxes(
    client: Client, contoso: Tenant, grace: User, mel: User, sales: Group
) -> None:
    answer = client.post(f"/groups/{sales.pk}/members/remove/", {"user": str(mel.pk)}, follow=True)

    assert "1 user removed" in text(answer)
    assert "No members yet" in text(answer)
    assert client.post(f"/groups/{sales.pk}/members/remove/").status_code == 400


def test_owners_have_their_own_list(
    client: Client, contoso: Tenant, grace: User, mel: User, sales: Group
) -> None:
    client.post(f"/groups/{sales.pk}/owners/add/", {"go": "add", "chosen": str(mel.pk)})
    assert names(text(client.get(f"/groups/{sales.pk}/owners/"))) == ["Mel Weber"]
    client.post(f"/groups/{sales.pk}/owners/remove/", {"user": str(mel.pk)})

    assert not GroupOwnership.objects.of(contoso).exists()
    assert GroupMembership.objects.of(contoso).count() == 1


PAGES = ["", "members/", "owners/", "members/add/", "owners/add/", "edit/", "delete/"]


@pytest.mark.rule("SEC-80")
@pytest.mark.parametrize("tail", PAGES)
def test_groups_of_other_tenants_do_not_exist_here(client: Client, grace: User, tail: str) -> None:
    theirs = GroupFactory(display_name="Secret")

    for group_id in (theirs.pk, uuid.uuid4()):
        answer = client.get(f"/groups/{group_id}/{tail}")
        assert answer.status_code == 404
        assert "Secret" not in text(answer)
    assert client.post(f"/groups/{theirs.pk}/members/remove/", {"user": "x"}).status_code == 404
    assert client.post("/groups/delete/", {"group": str(theirs.pk)}).status_code == 404


@pytest.mark.rule("USR-12", "SEC-77")
def test_who_may_not_change_groups_sees_the_roles(
    client: Client, contoso: Tenant, sales: Group, mel: User
) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,)))

    assert 'aria-describedby="refused-new"' in text(client.get("/groups/"))
    assert 'aria-describedby="refused-add"' in text(client.get(f"/groups/{sales.pk}/members/"))
    assert client.get("/groups/create/").status_code == 403
    assert client.post("/groups/create/", {"display_name": "Mine"}).status_code == 403
    for tail in ("members/add/", "owners/add/", "edit/", "delete/"):
        assert client.get(f"/groups/{sales.pk}/{tail}").status_code == 403
        assert client.post(f"/groups/{sales.pk}/{tail}", {"go": "add"}).status_code == 403
    answer = client.post(f"/groups/{sales.pk}/members/remove/", {"user": str(mel.pk)})
    assert answer.status_code == 403
    assert GroupMembership.objects.of(contoso).count() == 1
