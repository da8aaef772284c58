"""Users | New user: the classic page with two tiles (CRE-4, INF-4)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from guests.models import User
from invitations.models import Invitation
from portal.outbox.models import OutgoingMail
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, GroupFactory, MemberFactory
from tests.support.invitations import SetPolicy
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db

URL = "/users/create/classic/"
NICOLE = "nicole@partner.example"
SHARED = {
    "display_name": "Nicole Wagner",
    "given_name": "Nicole",
    "job_title": "Pilot",
    "usage_location": "DE",
    "block_sign_in": "no",
    "is_password_generated": "on",
    "go": "save",
}
CREATE = {**SHARED, "kind": "create", "name": "nicole", "domain": "fabrikam.com"}
INVITE = {**SHARED, "kind": "invite", "email": NICOLE, "message": "Hello"}


@pytest.fixture
def ada(fabrikam: Tenant, client: Client) -> User:
    ada = AdministratorFactory(tenant=fabrikam, display_name="Ada")
    client.force_login(ada)
    return ada


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def nicole() -> User:
    return User.unscoped.get(display_name="Nicole Wagner")


@pytest.mark.rule("CRE-4", "T6")
def test_page_has_two_tiles_and_stands_in_the_new_user_menu(client: Client, ada: User) -> None:
    assert f'href="{URL}"' in text(client.get("/users/"))

    html = text(client.get(URL))

    tiles = read_page(html).fields("kind")
    assert [(tile.value, tile.is_checked) for tile in tiles] == [
        ("create", True),
        ("invite", False),
    ]
    for name in ("name", "domain", "display_name", "password", "usage_location", "manager-search"):
        assert f'name="{name}"' in html
    for name in ("email", "message", "block_sign_in", "department", "company_name"):
        assert f'name="{name}"' in html
    assert 'name="kind" value="invite" checked' in text(client.get(f"{URL}?kind=invite"))
    assert not inline_code(html)
    assert "Enter the name" not in html


@pytest.mark.rule("CRE-4", "CRE-3")
def test_create_makes_a_user_and_shows_the_password_once(
    client: Client, fabrikam: Tenant, ada: User
) -> None:
    sales = GroupFactory(tenant=fabrikam)
    answer = client.post(
        URL, {**CREATE, "groups": str(sales.pk), "roles": "GuestInviter", "block_sign_in": "yes"}
    )

    assert "This password is shown only now." in text(answer)
    user = nicole()
    assert (user.user_principal_name, user.job_title) == ("nicole@fabrikam.com", "Pilot")
    assert user.must_change_password
    assert not user.account_enabled
    assert user.roles == {"GuestInviter"}
    assert [row.group for row in user.group_memberships.all()] == [sales]


@pytest.mark.rule("INF-4", "INF-2")
def test_invite_always_sends_the_mail(client: Client, fabrikam: Tenant, ada: User) -> None:
    sales = GroupFactory(tenant=fabrikam)
    sent = {"groups": str(sales.pk), "roles": "GlobalReader", "is_mail_wanted": ""}

    assert client.post(URL, {**INVITE, **sent}).headers["Location"] == "/users/"

    guest = nicole()
    assert guest.is_pending
    assert guest.account_enabled
    assert (guest.job_title, guest.usage_location) == ("Pilot", "DE")
    assert guest.roles == {"GlobalReader"}
    assert [row.group for row in guest.group_memberships.all()] == [sales]
    assert guest.sponsorships.get().party == ada
    assert Invitation.unscoped.get().message == "Hello"
    assert OutgoingMail.unscoped.filter(recipient=NICOLE).exists()


@pytest.mark.rule("INF-4")
def test_an_invited_guest_can_be_blocked_at_once(client: Client, ada: User) -> None:
    client.post(URL, {**INVITE, "block_sign_in": "yes"})

    assert not nicole().account_enabled


@pytest.mark.rule("CRE-4")
def test_switching_the_tile_keeps_what_was_typed(client: Client, ada: User) -> None:
    html = text(client.post(URL, {**CREATE, "email": NICOLE, "kind": "invite", "go": "find"}))

    for value in ("Nicole Wagner", "Pilot", "DE", NICOLE):
        assert f'value="{value}"' in html
    assert 'name="name" value="nicole"' in html
    assert "Enter the" not in html
    assert not User.unscoped.filter(display_name="Nicole Wagner").exists()


@pytest.mark.rule("CRE-4", "CRE-1", "DIR-14")
@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({**CREATE, "name": ""}, "Enter the part of the name before the @."),
        ({**CREATE, "name": "a#b"}, "Use up to 64 letters"),
        ({**CREATE, "display_name": ""}, "Enter the name that others see."),
        ({**INVITE, "email": ""}, "Enter the e-mail address of the guest."),
        ({**INVITE, "email": "max@fabrikam.com"}, "belongs to your own organization"),
        ({**INVITE, "message": "x" * 5001}, "5,000 characters at most"),
    ],
)
def test_the_rules_of_the_wizards_hold(
    client: Client, ada: User, sent: dict[str, str], message: str
) -> None:
    answer = client.post(URL, sent)

    assert answer.status_code == 400
    assert "<title>Error:" in text(answer)
    assert message in text(answer)
    assert not User.unscoped.filter(display_name="Nicole Wagner").exists()


@pytest.mark.rule("T15", "T17", "USR-12")
def test_each_tile_is_for_those_who_may(
    client: Client, fabrikam: Tenant, set_policy: SetPolicy
) -> None:
    client.force_login(MemberFactory(tenant=fabrikam))
    html = text(client.get(URL))
    assert 'value="invite" checked' in html
    assert 'name="kind" value="create"' not in html
    assert 'name="block_sign_in"' not in html
    assert client.post(URL, {**CREATE, "email": ""}).status_code == 400
    assert client.post(URL, {**INVITE, "block_sign_in": "yes"}).status_code == 403
    assert not User.unscoped.filter(display_name="Nicole Wagner").exists()

    set_policy(allow_invites_from="adminsAndGuestInviters")
    assert client.get(URL).status_code == 403
    assert client.post(URL, INVITE).status_code == 403
    client.force_login(MemberFactory(tenant=fabrikam, roles=(Role.GUEST_INVITER,)))
    assert client.post(URL, INVITE).status_code == 302
