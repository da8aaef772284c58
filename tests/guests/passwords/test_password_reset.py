"""Reset password: who may, for whom, and what the person has to do then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guests.models import User
from guests.passwords.actions import reset_password
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, AdministratorFactory, MemberFactory, PasscodeGuestFactory
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


def url_of(user: User) -> str:
    return f"/users/{user.pk}/reset-password/"


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.rule("USR-24", "SES-6")
def test_temporary_password_is_shown_once_and_ends_sessions(
    client: Client, grace: User, mel: User
) -> None:
    browser = Client()
    browser.force_login(mel)
    assert browser.get("/users/").status_code == 200
    assert "Reset the password of Mel Weber?" in text(client.get(url_of(mel)))
    mel.refresh_from_db()
    assert mel.check_password(PASSWORD)

    answer = client.post(url_of(mel))

    html = text(answer)
    password = read_page(answer).find("code").text
    mel.refresh_from_db()
    assert mel.check_password(password)
    assert mel.must_change_password
    assert mel.password_expires_at is not None
    left = mel.password_expires_at - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    assert "no-store" in answer["Cache-Control"]
    assert not inline_code(html)
    assert password not in text(client.get(url_of(mel)))
    assert browser.get("/users/").status_code == 302
    event = AuditEvent.objects.of(mel.tenant).get(activity="Reset password")
    assert (event.actor_id, event.target_id) == (grace.pk, str(mel.pk))
    assert password not in f"{event.modified_properties}{event.additional_details}"


@pytest.mark.rule("USR-24")
def test_guests_of_others_have_no_password_here(
    client: Client, contoso: Tenant, grace: User
) -> None:
    guest = PasscodeGuestFactory(tenant=contoso)

    html = text(client.get(f"/users/{guest.pk}/"))
    assert 'aria-describedby="refused-reset"' in html
    assert "their own organization or their identity provider" in html
    answer = client.post(url_of(guest))

    assert answer.status_code == 409
    assert "has no password here" in text(answer)
    guest.refresh_from_db()
    assert not guest.has_usable_password()


@pytest.mark.rule("ROL-5", "USR-24")
@pytest.mark.parametrize(
    ("actor", "target", "is_allowed"),
    [
        (Role.GLOBAL_ADMINISTRATOR, Role.GLOBAL_ADMINISTRATOR, True),
        (Role.USER_ADMINISTRATOR, None, True),
        (Role.USER_ADMINISTRATOR, Role.HELPDESK_ADMINISTRATOR, True),
        (Role.USER_ADMINISTRATOR, Role.USER_ADMINISTRATOR, True),
        (Role.USER_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, False),
        (Role.USER_ADMINISTRATOR, Role.GLOBAL_ADMINISTRATOR, False),
        (Role.HELPDESK_ADMINISTRATOR, None, True),
        (Role.HELPDESK_ADMINISTRATOR, Role.HELPDESK_ADMINISTRATOR, False),
        (Role.HELPDESK_ADMINISTRATOR, Role.USER_ADMINISTRATOR, False),
        (Role.GUEST_INVITER, None, False),
        (Role.GLOBAL_READER, None, False),
    ],
)
def test_reach_of_the_roles(
    contoso: Tenant, actor: Role, target: Role | None, is_allowed: bool
) -> None:
    by = MemberFactory(tenant=contoso, roles=(actor,))
    person = MemberFactory(tenant=contoso, roles=(target,) if target else ())

    if is_allowed:
        assert reset_password(person, by=by)
        return
    with pytest.raises(NotAllowed):
        reset_password(person, by=by)
    assert AuditEvent.objects.of(contoso).get(activity="Reset password").result == "failure"


def test_own_password_is_not_reset_here(client: Client, grace: User) -> None:
    assert "You can’t reset your own password here" in text(client.get(url_of(grace)))
    assert client.post(url_of(grace)).status_code == 409


@pytest.mark.rule("USR-12", "SEC-77")
def test_who_may_not_sees_the_roles(client: Client, contoso: Tenant, mel: User) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,)))

    for url in ("/users/", f"/users/{mel.pk}/"):
        assert 'aria-describedby="refused-reset"' in text(client.get(url))
    assert client.get(url_of(mel)).status_code == 403
    assert client.post(url_of(mel)).status_code == 403
    assert client.post("/users/reset-password/", {"user": str(mel.pk)}).status_code == 403


def test_list_leads_to_the_question(client: Client, grace: User, mel: User) -> None:
    answer = client.post("/users/reset-password/", {"user": str(mel.pk)})

    assert answer.status_code == 302
    assert answer["Location"] == url_of(mel)


@pytest.mark.rule("SEC-80")
def test_users_of_other_tenants_do_not_exist_here(client: Client, grace: User) -> None:
    assert client.post(url_of(MemberFactory())).status_code == 404
