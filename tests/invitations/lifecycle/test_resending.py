"""Resending, revoking, blocking as actions (INV-15, INV-16, SEC-23, SEC-33)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from guests.models import User
from invitations.blocking.actions import block_invitations, unblock_invitations
from invitations.blocking.tokens import Blockable
from invitations.inviting.errors import NotPending
from invitations.inviting.invite_notes import InviteNote
from invitations.lifecycle.actions import resend_invitation, revoke_invitation
from invitations.models import InvitationBlock, InvitationStatus
from invitations.redemption.actions import redeem_invitation
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed, TooSoon
from portal.outbox.models import MailState
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory
from tests.support.invitations import NICOLE, Invite, SetPolicy, later, mails_of, proven


@pytest.mark.rule("INV-15", "INV-12", "T23", "EML-16")
def test_resending_sends_the_same_link_again(invite: Invite, inviter: User) -> None:
    first = invite(message="Hello")

    result = resend_invitation(first.invitation, by=inviter)

    assert result.is_mail_queued
    assert result.redeem_url == first.redeem_url
    assert len(mails_of(first.invitation)) == 2
    assert result.invitation.message == "Hello"
    event = AuditEvent.objects.of(first.user.tenant).get(activity="Resend invitation")
    assert (event.result, event.actor_id) == ("success", inviter.pk)


@pytest.mark.rule("INV-15")
def test_the_message_may_be_edited(invite: Invite, ada: User) -> None:
    invitation = invite(message="Hello").invitation
    assert resend_invitation(invitation, by=ada, message="Again").invitation.message == "Again"


@pytest.mark.rule("INV-15", "T21", "SEC-32")
def test_one_mail_in_five_minutes(invite: Invite, ada: User) -> None:
    invitation = invite().invitation
    resend_invitation(invitation, by=ada)

    with pytest.raises(TooSoon) as refusal:
        resend_invitation(invitation, by=ada)
    assert 290 <= refusal.value.retry_after <= 301
    later(invitation, seconds=refusal.value.retry_after)
    assert resend_invitation(invitation, by=ada).is_mail_queued


@pytest.mark.rule("INV-15", "T21", "SEC-32")
def test_ten_mails_a_day(invite: Invite, ada: User) -> None:
    invitation = invite().invitation
    now = timezone.now()
    for n in range(10):
        with time_machine.travel(now + timedelta(minutes=6 * (n + 1)), tick=False):
            resend_invitation(invitation, by=ada)
    with time_machine.travel(now + timedelta(hours=2), tick=False), pytest.raises(TooSoon):
        resend_invitation(invitation, by=ada)
    with time_machine.travel(now + timedelta(hours=26), tick=False):
        assert resend_invitation(invitation, by=ada).is_mail_queued


@pytest.mark.rule("INV-15", "T15", "AUD-1")
def test_resending_needs_the_right_to_invite(
    invite: Invite, set_policy: SetPolicy, member: User, contoso: Tenant
) -> None:
    invitation = invite().invitation
    set_policy(allow_invites_from="adminsAndGuestInviters")
    for person in (member, AdministratorFactory(tenant=contoso)):
        with pytest.raises(NotAllowed):
            resend_invitation(invitation, by=person)
    failures = AuditEvent.objects.of(invitation.tenant).filter(activity="Resend invitation")
    assert [(e.result, e.actor_id) for e in failures] == [("failure", member.pk)]
    assert len(mails_of(invitation)) == 1


@pytest.mark.rule("INV-15")
def test_only_pending_invitations_are_sent_again(invite: Invite, ada: User) -> None:
    accepted = invite("a@partner.example").invitation
    redeem_invitation(proven(accepted))
    accepted.refresh_from_db()
    revoked = invite("b@partner.example").invitation
    revoke_invitation(revoked, by=ada)
    for invitation in (accepted, revoked):
        with pytest.raises(NotPending):
            resend_invitation(invitation, by=ada)


@pytest.mark.rule("SEC-23", "REL-11", "T23")
def test_revoking_cancels_queued_mails(invite: Invite, ada: User) -> None:
    invitation = invite(cc=["boss@partner.example"]).invitation

    revoke_invitation(invitation, by=ada)

    assert invitation.status == InvitationStatus.REVOKED
    mails = mails_of(invitation) + mails_of(invitation, copies=True)
    assert {mail.state for mail in mails} == {MailState.CANCELLED}
    assert AuditEvent.objects.of(invitation.tenant).filter(activity="Revoke invitation").exists()
    with pytest.raises(NotPending):
        revoke_invitation(invitation, by=ada)


@pytest.mark.rule("SEC-103", "AUD-1")
def test_the_inviter_and_administrators_may_revoke(
    invite: Invite, inviter: User, member: User, contoso: Tenant
) -> None:
    invitation = invite(by=inviter).invitation
    for person in (member, AdministratorFactory(tenant=contoso)):
        with pytest.raises(NotAllowed):
            revoke_invitation(invitation, by=person)
    failed = AuditEvent.objects.of(invitation.tenant).get(activity="Revoke invitation")
    assert failed.result == "failure"

    revoke_invitation(invitation, by=inviter)


@pytest.mark.rule("INV-16", "SEC-33", "T23")
def test_blocking_is_idempotent_and_can_be_undone(fabrikam: Tenant, contoso: Tenant) -> None:
    about = Blockable(fabrikam, NICOLE)

    assert [block_invitations(about), block_invitations(about)] == [True, False]
    assert InvitationBlock.objects.of(fabrikam).count() == 1
    assert not InvitationBlock.objects.of(contoso).exists()
    assert [unblock_invitations(about), unblock_invitations(about)] == [True, False]
    names = (
        AuditEvent.objects.of(fabrikam).order_by("created_at").values_list("activity", flat=True)
    )
    assert list(names) == ["Email unsubscribed", "Email subscribed"]


@pytest.mark.rule("SEC-33", "INV-16")
def test_after_a_block_nothing_is_sent_by_any_way(
    invite: Invite, fabrikam: Tenant, ada: User
) -> None:
    invitation = invite().invitation
    block_invitations(Blockable(fabrikam, NICOLE))
    for _ in range(10):
        later(invitation, minutes=6)
        assert invite().notes[-1] is InviteNote.MAIL_SUPPRESSED
        later(invitation, minutes=6)
        assert not resend_invitation(invitation, by=ada).is_mail_queued
    assert len(mails_of(invitation)) == 1
