"""Inviting an address that only a deleted guest has: restore or invite as new (INV-13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from guests.models import Group, GroupMembership, Identity, RoleAssignment, User
from guests.users.deletion.actions import delete_user
from invitations.inviting import tickets
from invitations.inviting.guest_quota import QuotaSpent
from invitations.lifecycle import resetting
from invitations.models import Invitation
from invitations.redemption.actions import redeem_invitation
from portal.audit import log
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed, TooSoon
from portal.outbox.models import OutgoingMail
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values.email_address import parse_email_address
from tests.factories import MemberFactory
from tests.support.invitations import NICOLE, TARGET, Invite, proven, signed_in
from tests.support.inviting import restore_and_invite, send_invitations
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

WIZARD, CLASSIC = "/users/invite/", "/users/create/classic/"
FILLED = {
    "email": NICOLE,
    "redirect_url": TARGET,
    "is_mail_wanted": "on",
    "message": "Welcome back",
    "go": "invite",
}
QUESTION = "can still be restored"


@pytest.fixture
def deleted(invite: Invite, ada: User, fabrikam: Tenant) -> User:
    """Nicole, who accepted, joined a group and was deleted."""
    guest = redeem_invitation(proven(invite(is_mail_wanted=False).invitation))
    group = Group.objects.create(tenant=fabrikam, display_name="Partner desk")
    GroupMembership.objects.create(tenant=fabrikam, group=group, user=guest)
    delete_user(guest, by=ada)
    return User.unscoped.select_related("tenant").get(pk=guest.pk)


def body(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def again(user: User) -> User:
    return User.unscoped.select_related("tenant").get(pk=user.pk)


@pytest.mark.rule("INV-13")
def test_the_wizard_asks_first_and_keeps_what_was_typed(deleted: User, ada: User) -> None:
    answer = signed_in(ada).post(WIZARD, FILLED)

    assert answer.status_code == 400
    assert QUESTION in body(answer)
    assert read_page(answer).values("deleted_guest") == ["restore", "new"]
    assert 'value="Welcome back"' in body(answer)
    assert User.unscoped.filter(invited_address_key=NICOLE).count() == 1
    assert again(deleted).deleted_at is not None


@pytest.mark.rule("INV-13", "ORG-5", "INV-17", "DIR-28")
def test_restore_and_re_invite_keeps_the_object_and_starts_over(
    deleted: User, ada: User, fabrikam: Tenant
) -> None:
    old = tickets.ticket_of(Invitation.unscoped.get(user=deleted))

    answer = signed_in(ada).post(WIZARD, FILLED | {"deleted_guest": "restore"})

    assert answer.status_code == 302
    guest = again(deleted)
    assert guest.deleted_at is None
    assert guest.is_pending
    assert not Identity.unscoped.filter(user=guest).exists()
    assert GroupMembership.objects.of(fabrikam).filter(user=guest).exists()
    assert Client().get(f"/redeem/{old}/").status_code == 404
    current = Invitation.objects.of(fabrikam).open().get(user=guest)
    assert (current.message, current.redirect_url) == ("Welcome back", TARGET)
    assert OutgoingMail.unscoped.get(subject_id=current.pk).recipient == NICOLE
    assert Client().get(f"/redeem/{tickets.ticket_of(current)}/").status_code == 303
    rows = set(AuditEvent.unscoped.filter(result="success").values_list("activity", flat=True))
    assert {log.RESTORE_USER.name, log.INVITE_RESET.name} <= rows


@pytest.mark.rule("INV-13", "ORG-5")
def test_invite_as_new_makes_another_object_and_leaves_the_deleted_one(
    deleted: User, ada: User
) -> None:
    answer = signed_in(ada).post(WIZARD, FILLED | {"deleted_guest": "new"})

    assert answer.status_code == 302
    assert again(deleted).deleted_at is not None
    fresh = User.unscoped.get(invited_address_key=NICOLE, deleted_at__isnull=True)
    assert fresh.pk != deleted.pk
    assert not fresh.group_memberships.exists()


@pytest.mark.rule("INV-13", "DEL-3")
def test_who_may_not_restore_invites_as_new_and_learns_of_no_deleted_guest(
    deleted: User, inviter: User, member: User
) -> None:
    for person in (inviter, member):
        review = signed_in(person).post(WIZARD, FILLED | {"go": "review"})
        assert QUESTION not in body(review)

    answer = signed_in(inviter).post(WIZARD, FILLED | {"deleted_guest": "restore"})

    assert answer.status_code == 302
    assert again(deleted).deleted_at is not None
    assert User.unscoped.present().filter(invited_address_key=NICOLE).exists()


@pytest.mark.rule("INV-13", "DEL-3", "AUD-1")
def test_the_action_refuses_who_may_not_restore_and_the_log_tells(
    deleted: User, inviter: User
) -> None:
    with pytest.raises(NotAllowed):
        restore_and_invite(deleted, by=inviter, address=NICOLE, redirect_url=TARGET)

    assert again(deleted).deleted_at is not None
    assert AuditEvent.unscoped.filter(activity="Restore user", result="failure").count() == 1


@pytest.mark.rule("INV-13", "CRE-4")
def test_the_classic_form_asks_the_same_question(deleted: User, ada: User) -> None:
    sent = {"kind": "invite", "email": NICOLE, "display_name": "Nicole", "go": "save"}
    browser = signed_in(ada)

    asked = browser.post(CLASSIC, sent)
    assert asked.status_code == 400
    assert QUESTION in body(asked)

    answer = browser.post(CLASSIC, sent | {"deleted_guest": "restore"})
    assert answer.status_code == 302
    assert again(deleted).is_pending
    assert again(deleted).deleted_at is None


@pytest.mark.rule("INV-13")
def test_a_present_guest_with_the_address_comes_first(
    deleted: User, ada: User, invite: Invite
) -> None:
    invite(is_mail_wanted=False)

    answer = signed_in(ada).post(WIZARD, FILLED | {"go": "review"})

    assert QUESTION not in body(answer)


@pytest.mark.rule("INV-13", "T18")
def test_a_spent_quota_refuses_and_nothing_is_restored(
    deleted: User, ada: User, fabrikam: Tenant
) -> None:
    Tenant.objects.filter(pk=fabrikam.pk).update(guest_quota=0)
    deleted = again(deleted)

    with pytest.raises(QuotaSpent):
        restore_and_invite(deleted, by=ada, address=NICOLE, redirect_url=TARGET)

    assert again(deleted).deleted_at is not None


@pytest.mark.rule("INV-13", "T21", "SEC-32")
def test_a_restored_guest_counts_for_the_hourly_limit_of_the_inviter(
    deleted: User, ada: User
) -> None:
    send_invitations(ada, 499)

    with pytest.raises(TooSoon) as refusal:
        restore_and_invite(deleted, by=ada, address=NICOLE, redirect_url=TARGET)

    assert 3590 <= refusal.value.retry_after <= 3601
    assert again(deleted).deleted_at is not None


@pytest.mark.rule("INV-13", "REL-23")
def test_a_refused_address_leaves_the_guest_deleted(
    deleted: User, ada: User, set_policy: Callable[..., object]
) -> None:
    set_policy(restriction="deny", listed=[NICOLE.partition("@")[2]])

    answer = signed_in(ada).post(WIZARD, FILLED | {"deleted_guest": "restore"})

    assert answer.status_code == 400
    assert again(deleted).deleted_at is not None


@pytest.mark.rule("INV-13", "ROL-5")
def test_a_deleted_administrator_is_not_offered_to_a_user_administrator(
    deleted: User, fabrikam: Tenant
) -> None:
    RoleAssignment.objects.create(
        tenant=fabrikam, user=deleted, role=Role.GLOBAL_ADMINISTRATOR.value
    )
    ulla = MemberFactory(tenant=fabrikam, roles=(Role.USER_ADMINISTRATOR,))

    assert resetting.restorable_guest(fabrikam, parse_email_address(NICOLE), by=ulla) is None
