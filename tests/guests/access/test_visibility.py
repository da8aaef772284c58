"""What guests may see of the directory (COL-1, COL-2, T14), and who chooses it."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from guests.models import Group, GroupMembership, RoleAssignment, User
from portal.audit.models import AuditEvent
from portal.permissions import Role
from portal.tenants.models import GuestAccess, Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory

pytestmark = pytest.mark.django_db

SETTINGS = "/users/settings/"
LISTS = [
    "/users/",
    "/users/?search=max",
    "/users/download/",
    "/users/bulk-operation-results/",
    "/users/columns/",
    "/users/bulk/invite/",
    "/users/deleted/",
]
DETAILS = ["", "properties/", "identities/"]


@pytest.fixture
def max_member(contoso: Tenant) -> User:
    return MemberFactory(
        tenant=contoso, display_name="Max Member", job_title="Secret Agent", department="Hidden"
    )


@pytest.fixture
def gina(contoso: Tenant) -> User:
    return PasscodeGuestFactory(tenant=contoso, display_name="Gina Guest", job_title="Visitor")


def let_guests(contoso: Tenant, access: GuestAccess) -> None:
    Tenant.objects.filter(pk=contoso.pk).update(guest_access=access)


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_guests_have_limited_access_unless_somebody_chooses_otherwise(contoso: Tenant) -> None:
    assert contoso.guest_access == GuestAccess.LIMITED


@pytest.mark.rule("T14", "COL-2")
@pytest.mark.parametrize("access", [GuestAccess.LIMITED, GuestAccess.RESTRICTED])
@pytest.mark.parametrize("url", LISTS)
def test_guests_enumerate_nobody(
    client: Client, contoso: Tenant, gina: User, max_member: User, access: GuestAccess, url: str
) -> None:
    let_guests(contoso, access)

    answer = signed_in(client, gina).get(url)

    assert answer.status_code == 403
    assert "Max Member" not in answer.content.decode()


@pytest.mark.rule("T14")
def test_guests_read_like_members_where_the_tenant_says_so(
    client: Client, contoso: Tenant, gina: User, max_member: User
) -> None:
    let_guests(contoso, GuestAccess.MEMBER)
    signed_in(client, gina)

    assert "Max Member" in client.get("/users/").content.decode()
    assert "Secret Agent" in client.get(f"/users/{max_member.pk}/properties/").content.decode()
    assert client.get("/users/download/").status_code == 403


@pytest.mark.rule("T14", "COL-2")
def test_limited_guests_see_the_basics_of_whose_object_id_they_know(
    client: Client, contoso: Tenant, gina: User, max_member: User
) -> None:
    html = signed_in(client, gina).get(f"/users/{max_member.pk}/").content.decode()

    assert "Max Member" in html
    assert max_member.user_principal_name in html
    assert "Secret Agent" not in html
    assert "Assigned roles" not in html
    assert client.get(f"/users/{uuid.uuid4()}/").status_code == 404


@pytest.mark.rule("T14", "COL-2")
@pytest.mark.parametrize("tail", DETAILS[1:])
def test_limited_guests_see_no_more_than_the_basics(
    client: Client, gina: User, max_member: User, tail: str
) -> None:
    answer = signed_in(client, gina).get(f"/users/{max_member.pk}/{tail}")

    assert answer.status_code == 403
    assert "Max Member" not in answer.content.decode()


@pytest.mark.rule("T14", "COL-2")
@pytest.mark.parametrize("tail", DETAILS)
def test_restricted_guests_see_nobody_and_learn_of_nobody(
    client: Client, contoso: Tenant, gina: User, max_member: User, tail: str
) -> None:
    let_guests(contoso, GuestAccess.RESTRICTED)
    signed_in(client, gina)

    known, unknown = (client.get(f"/users/{pk}/{tail}") for pk in (max_member.pk, uuid.uuid4()))

    assert known.status_code == unknown.status_code == 403
    assert "Max Member" not in known.content.decode()


@pytest.mark.rule("T14", "T17")
@pytest.mark.parametrize("access", list(GuestAccess))
@pytest.mark.parametrize("tail", DETAILS)
def test_everybody_reads_their_own_profile(
    client: Client, contoso: Tenant, gina: User, access: GuestAccess, tail: str
) -> None:
    let_guests(contoso, access)

    answer = signed_in(client, gina).get(f"/users/{gina.pk}/{tail}")

    assert answer.status_code == 200
    assert "Gina Guest" in answer.content.decode()


@pytest.mark.rule("COL-2", "USR-23")
def test_guests_with_a_role_keep_the_rights_of_the_role(
    client: Client, contoso: Tenant, max_member: User
) -> None:
    let_guests(contoso, GuestAccess.RESTRICTED)
    reader = PasscodeGuestFactory(tenant=contoso)
    RoleAssignment.objects.create(tenant=contoso, user=reader, role=Role.GLOBAL_READER.value)

    signed_in(client, reader)

    assert "Max Member" in client.get("/users/").content.decode()
    assert "Secret Agent" in client.get(f"/users/{max_member.pk}/properties/").content.decode()


@pytest.mark.rule("T14")
def test_guest_page_links_to_no_list(client: Client, gina: User) -> None:
    html = signed_in(client, gina).get(f"/users/{gina.pk}/").content.decode()

    assert 'href="/users/"' not in html
    assert 'action="/users/"' not in html


@pytest.mark.rule("COL-1", "BET-8", "T23")
def test_choice_acts_at_once_and_is_logged(
    client: Client, contoso: Tenant, gina: User, max_member: User
) -> None:
    grace = AdministratorFactory(tenant=contoso)
    guest = signed_in(Client(), gina)
    assert guest.get("/users/").status_code == 403

    answer = signed_in(client, grace).post(
        SETTINGS, {"guest_access": GuestAccess.MEMBER, "shown": GuestAccess.LIMITED}
    )

    assert answer.status_code == 302
    assert guest.get("/users/").status_code == 200
    event = AuditEvent.objects.of(contoso).get(activity="Update authorization policy")
    assert event.category == "AuthorizationPolicy"
    assert event.modified_properties[0]["new"] == GuestAccess.MEMBER


@pytest.mark.rule("COL-1")
@pytest.mark.parametrize("posted", ["", "everything", "\x00"])
def test_unknown_choice_changes_nothing(client: Client, contoso: Tenant, posted: str) -> None:
    signed_in(client, AdministratorFactory(tenant=contoso))

    answer = client.post(SETTINGS, {"guest_access": posted, "shown": GuestAccess.LIMITED})

    assert answer.status_code == 400
    assert "Choose one of the three." in answer.content.decode()
    contoso.refresh_from_db()
    assert contoso.guest_access == GuestAccess.LIMITED


def test_two_administrators_do_not_overwrite_each_other(client: Client, contoso: Tenant) -> None:
    signed_in(client, AdministratorFactory(tenant=contoso))
    let_guests(contoso, GuestAccess.RESTRICTED)

    answer = client.post(
        SETTINGS, {"guest_access": GuestAccess.MEMBER, "shown": GuestAccess.LIMITED}
    )

    assert answer.status_code == 409
    contoso.refresh_from_db()
    assert contoso.guest_access == GuestAccess.RESTRICTED


@pytest.mark.rule("T17", "USR-12", "AUD-1")
def test_reader_sees_the_setting_and_changes_nothing(client: Client, contoso: Tenant) -> None:
    signed_in(client, MemberFactory(tenant=contoso, roles=[Role.GLOBAL_READER]))

    html = client.get(SETTINGS).content.decode()
    answer = client.post(
        SETTINGS, {"guest_access": GuestAccess.MEMBER, "shown": GuestAccess.LIMITED}
    )

    assert "Privileged Role Administrator" in html
    assert answer.status_code == 403
    contoso.refresh_from_db()
    assert contoso.guest_access == GuestAccess.LIMITED
    event = AuditEvent.objects.of(contoso).get(activity="Update authorization policy")
    assert event.result == "failure"


@pytest.fixture
def desk(contoso: Tenant, max_member: User) -> Group:
    desk: Group = Group.objects.create(tenant=contoso, display_name="Partner desk")
    GroupMembership.objects.create(tenant=contoso, group=desk, user=max_member)
    return desk


@pytest.mark.rule("T14")
def test_limited_guests_see_who_is_in_a_group_whose_object_id_they_know(
    client: Client, gina: User, desk: Group
) -> None:
    signed_in(client, gina)

    assert "Partner desk" in client.get(f"/groups/{desk.pk}/").content.decode()
    assert "Max Member" in client.get(f"/groups/{desk.pk}/members/").content.decode()
    assert client.get("/groups/").status_code == 403
    assert client.get(f"/groups/{uuid.uuid4()}/").status_code == 404


@pytest.mark.rule("T14")
@pytest.mark.parametrize("tail", ["", "members/", "owners/"])
def test_restricted_guests_see_no_group_and_learn_of_none(
    client: Client, contoso: Tenant, gina: User, desk: Group, tail: str
) -> None:
    let_guests(contoso, GuestAccess.RESTRICTED)
    signed_in(client, gina)

    known, unknown = (client.get(f"/groups/{pk}/{tail}") for pk in (desk.pk, uuid.uuid4()))

    assert known.status_code == unknown.status_code == 403
    assert "Partner desk" not in known.content.decode()


@pytest.mark.rule("T14")
def test_restricted_guests_see_of_their_own_groups_only_the_object_id(
    client: Client, contoso: Tenant, gina: User, desk: Group
) -> None:
    let_guests(contoso, GuestAccess.RESTRICTED)
    GroupMembership.objects.create(tenant=contoso, group=desk, user=gina)

    html = signed_in(client, gina).get(f"/users/{gina.pk}/groups/").content.decode()

    assert str(desk.pk) in html
    assert "Partner desk" not in html
