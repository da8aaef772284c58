"""Invite an internal user to B2B collaboration: same object, another way to sign in (INV-21)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import Client
from django.urls import reverse

from guests.models import Group, GroupMembership, Identity, User
from identityproviders.models import PasscodeRequest
from identityproviders.passcodes import one_time_codes
from invitations.inviting import internal_users, tickets
from invitations.models import Invitation
from portal.audit import log
from portal.audit.models import AuditEvent
from portal.errors import InvalidInput, NotAllowed, TooSoon
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import sweeper
from portal.permissions import InvitePolicy, Role
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, AdministratorFactory, GuestFactory, MemberFactory
from tests.support.invitations import TARGET, Invite, SetPolicy, signed_in
from tests.support.inviting import invite_member, reset_redemption, send_invitations

pytestmark = pytest.mark.django_db

OUTSIDE = "max@partner.example"
MAX = "max@fabrikam.com"


@pytest.fixture(autouse=True)
def passcode_worker(db: None) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])


def page_of(user: User) -> str:
    return reverse("invitations:invite_internal", args=[user.pk])


def again(user: User) -> User:
    return User.unscoped.select_related("tenant").get(pk=user.pk)


def by_password(password: str = PASSWORD) -> Client:
    browser = Client()
    browser.post(
        reverse("identityproviders:tenant_signin", args=["fabrikam.com"]), {"address": MAX}
    )
    browser.post(reverse("identityproviders:password"), {"password": password})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/users/").status_code == 200


def accept(invitation: Invitation) -> Client:
    browser = Client()
    browser.get(f"/redeem/{tickets.ticket_of(invitation)}/")
    browser.post("/redeem/")
    browser.post("/signin/code/")
    request = PasscodeRequest.unscoped.latest("created_at")
    one_time_codes.hand_over_passcode(request)
    browser.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})
    browser.post("/consent/", {"accept": ""})
    return browser


def body(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


@pytest.mark.rule("INV-21")
def test_same_object_gets_an_identity_and_after_acceptance_the_password_is_dead(
    member: User, ada: User, fabrikam: Tenant
) -> None:
    group = Group.objects.create(tenant=fabrikam, display_name="Desk")
    GroupMembership.objects.create(tenant=fabrikam, group=group, user=member)
    before = by_password()
    assert is_in(before)

    answer = signed_in(ada).post(
        page_of(member), {"choice": "another", "address": OUTSIDE, "send": "on"}
    )

    assert answer["Location"] == reverse("guests:user", args=[member.pk])
    invited = again(member)
    assert invited.is_pending
    assert invited.user_principal_name == MAX
    assert is_in(before)
    assert is_in(by_password())
    assert again(member).is_pending
    invitation = Invitation.objects.of(fabrikam).open().get(user=member)
    assert OutgoingMail.unscoped.get(subject_id=invitation.pk).recipient == OUTSIDE
    assert AuditEvent.unscoped.filter(activity=log.INVITE_INTERNAL.name, result="success").exists()

    guest = accept(invitation)

    assert is_in(guest)
    accepted = again(member)
    assert accepted.is_accepted
    assert accepted.user_type == "Member"
    assert Identity.unscoped.get(user=accepted).subject == OUTSIDE
    assert GroupMembership.objects.of(fabrikam).filter(user=accepted).exists()
    assert not is_in(before)
    assert not is_in(by_password())
    assert authenticate(username=MAX, password=PASSWORD) is None


@pytest.mark.rule("INV-21", "INV-18")
def test_a_reset_of_who_has_not_accepted_ends_the_password(member: User, ada: User) -> None:
    invite_member(member, by=ada, address=OUTSIDE, redirect_url=TARGET)

    reset_redemption(again(member), by=ada, redirect_url=TARGET)

    assert not is_in(by_password())


@pytest.mark.rule("INV-21", "INV-11")
@pytest.mark.parametrize("address", ["max.other@fabrikam.com", "not an address", "nia@x.example"])
def test_own_domains_nonsense_and_taken_addresses_are_refused(
    member: User, ada: User, fabrikam: Tenant, address: str
) -> None:
    GuestFactory(tenant=fabrikam, address="nia@x.example")

    answer = signed_in(ada).post(page_of(member), {"choice": "another", "address": address})

    assert answer.status_code == 400
    assert not again(member).is_external
    assert not Invitation.unscoped.filter(user=member).exists()


@pytest.mark.rule("INV-21", "T17", "ROL-5", "AUD-1")
def test_only_who_edits_users_and_invites_may(
    member: User, ada: User, inviter: User, fabrikam: Tenant, set_policy: SetPolicy
) -> None:
    ulla = MemberFactory(tenant=fabrikam, roles=(Role.USER_ADMINISTRATOR,))
    for by, user in ((inviter, member), (ulla, ada)):
        with pytest.raises(NotAllowed):
            invite_member(user, by=by, address=OUTSIDE, redirect_url=TARGET)
    refused = AuditEvent.unscoped.filter(activity=log.INVITE_INTERNAL.name, result="failure")
    assert refused.count() == 2
    set_policy(allow_invites_from=InvitePolicy.NOBODY.value)
    with pytest.raises(NotAllowed):
        invite_member(member, by=ulla, address=OUTSIDE, redirect_url=TARGET)


@pytest.mark.rule("INV-21", "USR-25")
def test_nobody_does_it_to_themselves_and_one_administrator_stays_internal(
    ada: User, fabrikam: Tenant
) -> None:
    own = signed_in(ada).post(page_of(ada), {"choice": "another", "address": OUTSIDE})
    assert own.status_code == 409
    second = AdministratorFactory(tenant=fabrikam)
    invite_member(second, by=ada, address=OUTSIDE, redirect_url=TARGET)
    assert again(second).is_pending
    assert not again(ada).is_external


@pytest.mark.rule("INV-21", "INV-12")
def test_the_page_offers_it_and_the_invite_form_points_there(
    fabrikam: Tenant, ada: User, inviter: User, invite: Invite
) -> None:
    nora = MemberFactory(tenant=fabrikam, mail=OUTSIDE)
    url = reverse("guests:user", args=[nora.pk])

    page = body(signed_in(ada).get(url))

    assert page.count(f'href="{page_of(nora)}"') == 2
    assert OUTSIDE in page
    assert page_of(nora) not in body(signed_in(inviter).get(url))
    assert f'value="{OUTSIDE}"' in body(signed_in(ada).get(page_of(nora)))
    with pytest.raises(InvalidInput, match="B2B collaboration"):
        invite(OUTSIDE)


@pytest.mark.rule("INV-21", "DIR-31")
def test_a_guest_or_a_deleted_user_is_not_invited_this_way(
    member: User, ada: User, fabrikam: Tenant
) -> None:
    guest = GuestFactory(tenant=fabrikam)
    assert signed_in(ada).get(page_of(guest)).status_code == 404
    User.unscoped.filter(pk=member.pk).update(deleted_at="2026-01-01T00:00:00Z")
    with pytest.raises(internal_users.NotInternal):
        invite_member(member, by=ada, address=OUTSIDE, redirect_url=TARGET)
    assert not Invitation.unscoped.filter(user=member).exists()


@pytest.mark.rule("INV-21", "T21", "SEC-32")
def test_a_member_is_invited_within_the_hourly_limit_of_the_inviter(
    member: User, ada: User
) -> None:
    send_invitations(ada, 500)

    with pytest.raises(TooSoon) as refusal:
        invite_member(member, by=ada, address=OUTSIDE, redirect_url=TARGET)

    assert 3590 <= refusal.value.retry_after <= 3601
    assert not again(member).is_external
