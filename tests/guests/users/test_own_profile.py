"""What everybody may change of their own profile (T17 "own profile")."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import User
from guests.users.editing.actions import COLUMNS, OWN, UserEdit, edit_user
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.tenants.models import Tenant
from tests.factories import MemberFactory, PasscodeGuestFactory
from tests.support.edit_form import row, save, text, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["member", "guest"])
def mel(contoso: Tenant, client: Client, request: pytest.FixtureRequest) -> User:
    factory = MemberFactory if request.param == "member" else PasscodeGuestFactory
    mel = factory(tenant=contoso, display_name="Mel Weber", job_title="Buyer")
    client.force_login(mel)
    return mel


@pytest.mark.rule("T17")
def test_members_and_guests_change_their_phone_and_language(client: Client, mel: User) -> None:
    answer = save(client, mel, mobile_phone="+49 30 123", preferred_language="de")

    assert answer.status_code == 302
    mel.refresh_from_db()
    assert (mel.mobile_phone, mel.preferred_language) == ("+49 30 123", "de")
    event = AuditEvent.objects.of(mel.tenant).get(activity="Update user", actor_id=mel.pk)
    assert event.target_id == str(mel.pk)


@pytest.mark.rule("T17", "SEC-81")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("display_name", "Boss"),
        ("job_title", "CEO"),
        ("user_type", "Member"),
        ("mail", "boss@contoso.com"),
        ("account_enabled", ""),
        ("department", "Board"),
    ],
)
def test_other_properties_of_the_own_profile_stay(
    client: Client, mel: User, name: str, value: str
) -> None:
    before = row(mel)

    save(client, mel, **{name: value})

    assert row(mel) == before


@pytest.mark.rule("T17")
@pytest.mark.parametrize("name", sorted(COLUMNS - OWN))
def test_action_refuses_what_the_form_locks(mel: User, name: str) -> None:
    with pytest.raises(NotAllowed):
        edit_user(mel, by=mel, edits=[UserEdit(name, getattr(mel, name), "x")])


@pytest.mark.rule("T17")
def test_own_profile_is_the_only_one(client: Client, contoso: Tenant, mel: User) -> None:
    other = MemberFactory(tenant=contoso)
    before = row(other)

    answer = client.get(url_of(other))
    posted = client.post(url_of(other), {"go": "save", "mobile_phone": "1"})

    assert answer.status_code == posted.status_code == 403
    assert row(other) == before


@pytest.mark.rule("USR-18")
def test_form_offers_no_more_than_can_be_changed(client: Client, mel: User) -> None:
    html = text(client.get(url_of(mel)))

    assert 'name="mobile_phone"' in html
    job_title = html[html.index('name="job_title"') - 200 : html.index('name="job_title"') + 200]
    assert "disabled" in job_title
