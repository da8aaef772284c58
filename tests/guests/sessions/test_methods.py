"""Authentication methods of a user, and the Per-user MFA page (USR-14, T6)."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guests.models import User
from guests.sessions import authentication_methods
from identityproviders.models import PasscodeDevice
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db
LIST = "/users/per-user-mfa/"


def page(client: Client, user: User) -> str:
    answer = client.get(f"/users/{user.pk}/authentication-methods/")
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.rule("USR-14")
def test_internal_users_show_how_old_their_password_is(
    client: Client, contoso: Tenant, grace: User
) -> None:
    mel = MemberFactory(tenant=contoso, must_change_password=True)
    client.force_login(grace)

    html = page(client, mel)

    main = read_page(html).find("main")
    assert main.definition("Password").text == "Set"
    assert main.definition("Last password change").find("time").has("datetime")
    assert main.definition("Change at next sign-in").text == "Yes"
    assert "Not registered" in html
    assert '<th scope="row">contoso.onmicrosoft.com</th>' in html
    assert not inline_code(html)


@pytest.mark.rule("USR-14", "BET-1")
def test_a_pending_guest_shows_what_is_expected(
    client: Client, contoso: Tenant, grace: User
) -> None:
    guest = GuestFactory(tenant=contoso, address="lee@partner.example")
    client.force_login(grace)

    html = page(client, guest)

    assert "<dt>Expected sign-in method</dt>" in html
    assert "Passcode lock" in html


@pytest.mark.rule("SEC-77", "SEC-80")
def test_methods_are_for_the_person_and_those_who_help(
    client: Client, contoso: Tenant, grace: User
) -> None:
    mel = MemberFactory(tenant=contoso)
    client.force_login(mel)

    page(client, mel)
    refused = client.get(f"/users/{grace.pk}/authentication-methods/")

    assert refused.status_code == 403
    assert "Helpdesk Administrator" in refused.content.decode()
    client.force_login(grace)
    unknown = client.get(f"/users/{uuid.uuid4()}/authentication-methods/")
    assert unknown.status_code == 404


@pytest.mark.rule("T6", "SEC-17")
def test_a_code_by_mail_is_no_second_factor(client: Client, contoso: Tenant, grace: User) -> None:
    guest = PasscodeGuestFactory(tenant=contoso)
    PasscodeDevice.objects.create(user=guest)
    client.force_login(grace)

    html = client.get(LIST).content.decode()

    assert not authentication_methods.has_second_factor(guest)
    assert html.count(">Disabled</span>") == 2
    assert ">Enabled</span>" not in html
    assert client.get(f"{LIST}?state=disabled").content.decode().count(">Disabled</span>") == 2
    assert "Nothing matches" in client.get(f"{LIST}?state=enabled").content.decode()


@pytest.mark.rule("T6", "USR-12")
def test_the_command_leads_there_or_names_the_roles(
    client: Client, contoso: Tenant, grace: User
) -> None:
    client.force_login(grace)
    assert f'href="{LIST}"' in client.get("/users/").content.decode()

    client.force_login(MemberFactory(tenant=contoso, roles=(Role.GUEST_INVITER,)))
    command = read_page(client.get("/users/")).find("button", containing="Per-user MFA")
    assert command.is_disabled
    assert "Needs one of" in command.name
    assert client.get(LIST).status_code == 403


def test_the_list_costs_the_same_however_long_it_is(
    client: Client, contoso: Tenant, grace: User
) -> None:
    client.force_login(grace)
    client.get(LIST)

    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for _n in range(55):
        MemberFactory(tenant=contoso, password=None)
    with CaptureQueriesContext(connection) as many:
        html = client.get(LIST).content.decode()

    assert len(many) == len(few)
    assert "50 of 56 shown" in html
    assert not inline_code(html)
