"""The tab Assignments, sponsors that are groups, and inviting from a group (T9, INF-5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from guests.groups.actions import GroupGone
from guests.models import Group, GroupMembership, Sponsorship, User
from invitations.models import Invitation
from portal.audit.models import AuditEvent
from portal.errors import InvalidInput, NotAllowed
from portal.outbox.models import OutgoingMail
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import (
    AdministratorFactory,
    GroupFactory,
    MemberFactory,
    PasscodeGuestFactory,
    TenantFactory,
)
from tests.support.inviting import invite_guest

pytestmark = pytest.mark.django_db

URL = "/users/invite/"
NICOLE, TARGET = "nicole@partner.example", "https://apps.fabrikam.com/start"
FILLED = {"email": NICOLE, "redirect_url": TARGET, "is_mail_wanted": "on", "go": "invite"}


@pytest.fixture
def fabrikam() -> Tenant:
    return TenantFactory(display_name="Fabrikam", domain="fabrikam.com")


@pytest.fixture
def ada(fabrikam: Tenant, client: Client) -> User:
    ada = AdministratorFactory(tenant=fabrikam, display_name="Ada")
    client.force_login(ada)
    return ada


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def guest() -> User:
    return User.unscoped.external().get()


def activities(user: User) -> list[str]:
    found = AuditEvent.objects.of(user.tenant).filter(target_id=str(user.pk))
    return sorted(found.values_list("activity", flat=True))


@pytest.mark.rule("INF-2", "T9")
def test_invite_makes_guest_assignments_and_invitation_together(
    client: Client, fabrikam: Tenant, ada: User
) -> None:
    sales = GroupFactory(tenant=fabrikam, display_name="Sales")
    chosen = {"groups": str(sales.pk), "roles": ["GuestInviter"]}
    review = text(client.post(URL, {**FILLED, **chosen, "go": "review"}))
    assert "Sales" in review
    assert "Guest Inviter" in review

    assert client.post(URL, {**FILLED, **chosen}).status_code == 302

    assert [row.group for row in guest().group_memberships.all()] == [sales]
    assert guest().roles == {"GuestInviter"}
    assert activities(guest()) == [
        "Add member to group",
        "Add member to role",
        "Invite external user",
    ]


@pytest.mark.rule("INF-2")
def test_a_refused_assignment_creates_nothing(client: Client, fabrikam: Tenant, ada: User) -> None:
    gone = Group(tenant=fabrikam, display_name="Gone")
    with pytest.raises(GroupGone):
        invite_guest(fabrikam, by=ada, address=NICOLE, redirect_url=TARGET, groups=[gone])

    assert not User.unscoped.external().exists()
    assert not Invitation.unscoped.exists()
    assert not OutgoingMail.unscoped.exists()


@pytest.mark.rule("T9", "T21", "SEC-80")
def test_twenty_groups_of_the_own_tenant_at_most(fabrikam: Tenant, ada: User) -> None:
    many = [GroupFactory(tenant=fabrikam) for _ in range(21)]
    for groups in (many, [GroupFactory()]):
        with pytest.raises(InvalidInput) as refused:
            invite_guest(fabrikam, by=ada, address=NICOLE, redirect_url=TARGET, groups=groups)
        assert refused.value.field == "groups"


@pytest.mark.rule("T9", "SEC-83", "USR-12")
def test_a_guest_inviter_assigns_nothing(client: Client, fabrikam: Tenant) -> None:
    gus = MemberFactory(tenant=fabrikam, roles=(Role.GUEST_INVITER,))
    sales = GroupFactory(tenant=fabrikam)
    client.force_login(gus)
    assert "Assignments" not in text(client.get(URL))
    sent = {"groups": str(sales.pk), "roles": "GlobalReader"}
    client.post(URL, {**FILLED, **sent})

    assert guest().roles == frozenset()
    assert not GroupMembership.objects.of(fabrikam).exists()
    for more in ({"groups": [sales]}, {"roles": [Role.GLOBAL_READER]}):
        with pytest.raises(NotAllowed):
            invite_guest(
                fabrikam,
                by=gus,
                address="other@partner.example",
                redirect_url=TARGET,
                **more,
            )


@pytest.mark.rule("T9")
def test_an_owner_assigns_the_own_groups(client: Client, fabrikam: Tenant) -> None:
    owner = MemberFactory(tenant=fabrikam)
    mine = GroupFactory(tenant=fabrikam, display_name="Mine", owners=[owner])
    client.force_login(owner)
    html = text(client.post(URL, {**FILLED, "go": "assignments"}))
    assert "Mine" in html
    assert "Global Reader" not in html

    client.post(URL, {**FILLED, "groups": str(mine.pk)})

    assert [row.group for row in guest().group_memberships.all()] == [mine]


@pytest.mark.rule("DIR-25")
def test_a_group_sponsors_a_guest_beside_a_person(
    client: Client, fabrikam: Tenant, ada: User
) -> None:
    sales = GroupFactory(tenant=fabrikam, display_name="Sales")

    client.post(URL, {**FILLED, "sponsors": [str(sales.pk), str(ada.pk)]})

    parties = {row.party for row in Sponsorship.objects.of(fabrikam).filter(guest=guest())}
    assert parties == {sales, ada}


@pytest.mark.rule("DIR-25")
def test_groups_of_the_same_name_are_told_apart_by_their_description(
    client: Client, fabrikam: Tenant, ada: User
) -> None:
    one, _other = (
        GroupFactory(tenant=fabrikam, display_name="Sales", description=f"Sells in {place}")
        for place in ("Turin", "Lahti")
    )
    html = text(client.post(URL, {**FILLED, "sponsors-search": "sales", "go": "properties"}))
    assert "Sells in Turin" in html
    assert "Sells in Lahti" in html

    client.post(URL, {**FILLED, "sponsors": str(one.pk)})

    assert Sponsorship.objects.of(fabrikam).get(guest=guest()).party == one


@pytest.mark.rule("INF-5")
def test_an_unknown_address_is_invited_into_the_group(
    client: Client, fabrikam: Tenant, ada: User
) -> None:
    sales = GroupFactory(tenant=fabrikam, display_name="Sales")
    adding = f"/groups/{sales.pk}/members/add/"
    html = text(client.post(adding, {"go": "find", "chosen-search": NICOLE}))
    link = f"/users/invite/?email=nicole%40partner.example&amp;group={sales.pk}"
    assert link in html

    page = client.get(link.replace("&amp;", "&"))
    assert f'value="{NICOLE}"' in text(page)
    assert f'name="groups" value="{sales.pk}"' in text(page)
    client.post(URL, {**FILLED, "groups": str(sales.pk), "message": "Welcome"})

    assert [row.group for row in guest().group_memberships.all()] == [sales]
    assert Invitation.unscoped.get().message == "Welcome"


@pytest.mark.rule("INF-5")
def test_the_offer_to_invite_is_for_addresses_nobody_has_and_for_those_who_may(
    client: Client, fabrikam: Tenant, ada: User
) -> None:
    known = PasscodeGuestFactory(tenant=fabrikam, address="known@partner.example")
    owner = MemberFactory(tenant=fabrikam)
    sales = GroupFactory(tenant=fabrikam, members=[known], owners=[owner])
    adding = f"/groups/{sales.pk}/members/add/"

    def offered(search: str) -> bool:
        return "/users/invite/?" in text(
            client.post(adding, {"go": "find", "chosen-search": search})
        )

    assert offered(NICOLE)
    assert not offered("known@partner.example")
    assert not offered("nicole")
    assert not offered("someone@fabrikam.com")
    owners = f"/groups/{sales.pk}/owners/add/"
    answer = client.post(owners, {"go": "find", "chosen-search": NICOLE})
    assert "/users/invite/?" not in text(answer)
