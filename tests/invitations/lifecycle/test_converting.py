"""Convert an external user to an internal one: same object, a password here (INV-22)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import Client
from django.urls import reverse

from guests.models import Group, GroupMembership, Identity, User
from guests.roles.actions import insert_role
from invitations.inviting import tickets
from invitations.lifecycle.actions import convert_to_internal, may_convert
from invitations.models import Invitation, InvitationStatus
from invitations.overview import timeline
from portal.audit import log
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.permissions import Role
from portal.principals import SYSTEM
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory
from tests.support.invitations import TARGET, signed_in
from tests.support.inviting import invite_guest
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

NAME = "nia.new@fabrikam.com"


@pytest.fixture
def nia(fabrikam: Tenant) -> User:
    return GuestFactory(tenant=fabrikam, address="nia@partner.example")


def page_of(user: User) -> str:
    return reverse("invitations:convert_to_internal", args=[user.pk])


def again(user: User) -> User:
    return User.unscoped.select_related("tenant").get(pk=user.pk)


def convert_by_page(
    by: User, user: User, name: str = "nia.new", domain: str = "fabrikam.com"
) -> Any:
    return signed_in(by).post(page_of(user), {"name": name, "domain": domain})


@pytest.mark.rule("INV-22", "T7")
def test_same_object_loses_its_identity_and_signs_in_with_the_password_shown_once(
    nia: User, ada: User, fabrikam: Tenant
) -> None:
    group = Group.objects.create(tenant=fabrikam, display_name="Desk")
    GroupMembership.objects.create(tenant=fabrikam, group=group, user=nia)
    Identity.objects.create(
        tenant=fabrikam,
        user=nia,
        issuer="mail",
        provider_key="passcode",
        subject="nia@partner.example",
        sign_in_type="federated",
    )

    answer = convert_by_page(ada, nia)

    assert answer.status_code == 200
    password = read_page(answer).find("code").text
    assert len(password) == 24
    converted = again(nia)
    assert not converted.is_external
    assert converted.user_principal_name == NAME
    assert converted.user_type == "Guest"
    assert converted.must_change_password
    assert not Identity.unscoped.filter(user=nia).exists()
    assert GroupMembership.objects.of(fabrikam).filter(user=nia).exists()
    assert authenticate(username=NAME, password=password) == converted
    assert AuditEvent.unscoped.filter(activity=log.CONVERT_TO_INTERNAL.name).count() == 1


@pytest.mark.rule("INV-22", "SEC-23")
def test_the_link_that_was_sent_before_is_dead(ada: User, fabrikam: Tenant) -> None:
    invited = invite_guest(fabrikam, by=ada, address="nia@partner.example", redirect_url=TARGET)
    ticket = tickets.ticket_of(invited.invitation)

    convert_by_page(ada, invited.user)

    assert Invitation.unscoped.get(pk=invited.invitation.pk).status == InvitationStatus.REVOKED
    told = [str(moment.text) for moment in timeline.invitation_timeline(invited.invitation)]
    assert "Converted to an internal user: the link stopped working" in told
    browser = Client()
    answer = browser.get(f"/redeem/{ticket}/", follow=True)
    assert "no longer" in answer.content.decode()


@pytest.mark.rule("INV-22", "SES-6")
def test_sessions_from_before_end(nia: User, ada: User) -> None:
    before = signed_in(nia)
    assert before.get(f"/users/{nia.pk}/").status_code == 200

    convert_by_page(ada, nia)

    assert before.get(f"/users/{nia.pk}/").status_code == 302


@pytest.mark.rule("INV-22", "DIR-12", "DIR-14")
@pytest.mark.parametrize(
    ("name", "domain", "status"),
    [
        ("", "fabrikam.com", 400),
        (".nia", "fabrikam.com", 400),
        ("nia\u202e", "fabrikam.com", 400),
        ("nia", "partner.example", 400),
        ("ADA", "fabrikam.com", 400),
    ],
)
def test_a_bad_or_taken_name_changes_nothing(
    nia: User, ada: User, name: str, domain: str, status: int
) -> None:
    answer = convert_by_page(ada, nia, name, domain)

    assert answer.status_code == status
    assert again(nia).is_external


@pytest.mark.rule("INV-22", "T17", "ROL-5", "AUD-1")
def test_only_who_edits_the_user_and_hands_out_passwords_may(
    nia: User, inviter: User, fabrikam: Tenant
) -> None:
    ulla = MemberFactory(tenant=fabrikam, roles=(Role.USER_ADMINISTRATOR,))
    high = GuestFactory(tenant=fabrikam, address="high@partner.example")
    insert_role(high, Role.GLOBAL_ADMINISTRATOR, by=SYSTEM)
    for by, user in ((inviter, nia), (ulla, high)):
        with pytest.raises(NotAllowed):
            convert_to_internal(user, by=by, name="nia", domain="fabrikam.com")
    refused = AuditEvent.unscoped.filter(activity=log.CONVERT_TO_INTERNAL.name, result="failure")
    assert refused.count() == 2
    assert may_convert(ulla, nia)
    assert "Convert to internal user" in signed_in(ulla).get(f"/users/{nia.pk}/").content.decode()


@pytest.mark.rule("INV-22")
def test_an_internal_user_has_no_such_page(ada: User, fabrikam: Tenant) -> None:
    assert signed_in(ada).get(page_of(MemberFactory(tenant=fabrikam))).status_code == 404
