"""How long invitations last, reminders, and consent that is open (INV-2, INV-4, BET-13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from guests.models import User
from identityproviders.models import PasscodeRequest
from identityproviders.passcodes import one_time_codes
from invitations.blocking.actions import block_invitations
from invitations.blocking.tokens import Blockable
from invitations.delivery import reminders
from invitations.inviting import tickets
from invitations.inviting.errors import RedemptionRefused
from invitations.lifecycle.actions import resend_invitation
from invitations.models import Invitation, InvitationPolicy
from invitations.redemption.actions import redeem_invitation
from portal.audit.models import AuditEvent
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import sweeper
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import MemberFactory
from tests.support.invitations import NICOLE, Invite, proven, signed_in

pytestmark = pytest.mark.django_db

SETTINGS = reverse("invitations:invitation_settings")
Pass = Callable[..., None]


def link_of(invitation: Invitation) -> str:
    return f"/redeem/{tickets.ticket_of(invitation)}/"


def again(invitation: Invitation) -> Invitation:
    found: Invitation = Invitation.unscoped.select_related("tenant", "user").get(pk=invitation.pk)
    return found


@pytest.fixture
def days_pass() -> Pass:
    """`days_pass(3)` moves every invitation back."""

    def move(days: float) -> None:
        amount = timedelta(days=days)
        Invitation.unscoped.update(
            created_at=F("created_at") - amount,
            requested_at=F("requested_at") - amount,
            resent_at=F("resent_at") - amount,
            reminded_at=F("reminded_at") - amount,
        )
        OutgoingMail.unscoped.update(created_at=F("created_at") - amount)

    return move


@pytest.mark.rule("INV-4", "SEC-23", "SEC-26")
def test_an_old_link_says_that_it_expired_and_a_resend_revives_it(
    invite: Invite, fabrikam: Tenant, ada: User, days_pass: Pass
) -> None:
    InvitationPolicy.objects.create(tenant=fabrikam, maximum_age_days=7)
    invitation = invite(NICOLE).invitation
    days_pass(7.1)

    page = Client().get(link_of(invitation))
    assert page.status_code == 410
    assert "This invitation has expired" in page.content.decode()
    resend_invitation(again(invitation), by=ada)

    assert Client().get(link_of(invitation)).status_code == 303


@pytest.mark.rule("INV-4", "SEC-23")
def test_by_default_no_invitation_expires(invite: Invite, days_pass: Pass) -> None:
    invitation = invite(NICOLE).invitation
    days_pass(4000)

    assert Client().get(link_of(invitation)).status_code == 303


@pytest.mark.rule("SEC-23", "RED-2")
def test_an_expired_invitation_is_not_redeemed_by_a_direct_link_either(
    invite: Invite, fabrikam: Tenant, days_pass: Pass
) -> None:
    InvitationPolicy.objects.create(tenant=fabrikam, maximum_age_days=7)
    invitation = invite(NICOLE).invitation
    days_pass(8)

    with pytest.raises(RedemptionRefused, match="expired"):
        redeem_invitation(proven(again(invitation), invitation_id=None))

    assert again(invitation).user.is_pending


@pytest.mark.rule("INV-7", "SEC-23")
def test_the_link_of_an_accepted_guest_does_not_expire(
    invite: Invite, fabrikam: Tenant, days_pass: Pass
) -> None:
    InvitationPolicy.objects.create(tenant=fabrikam, maximum_age_days=7)
    invitation = invite(NICOLE).invitation
    redeem_invitation(proven(invitation))
    days_pass(8)

    assert Client().get(link_of(invitation)).status_code == 303


@pytest.mark.rule("BET-13")
def test_pending_guests_are_reminded_as_often_as_the_tenant_says(
    invite: Invite, fabrikam: Tenant, days_pass: Pass
) -> None:
    InvitationPolicy.objects.create(tenant=fabrikam, reminder_after_days=3, maximum_reminders=2)
    invitation = invite(NICOLE).invitation
    sent = []
    for _day in range(6):
        days_pass(2)
        sent.append(reminders.send_due())

    assert sent == [0, 1, 0, 1, 0, 0]
    assert OutgoingMail.unscoped.filter(subject_id=invitation.pk).count() == 3
    events = AuditEvent.objects.of(fabrikam).filter(activity="Resend invitation")
    assert sorted(e.additional_details["Reminder"] for e in events) == [1, 2]


@pytest.mark.rule("BET-13", "SEC-33", "INV-5")
@pytest.mark.parametrize(
    "why", ["off", "accepted", "blocked", "handed over", "disabled", "expired"]
)
def test_nobody_is_reminded_who_should_not_be(
    invite: Invite, fabrikam: Tenant, days_pass: Pass, why: str
) -> None:
    if why != "off":
        age = 1 if why == "expired" else None
        InvitationPolicy.objects.create(
            tenant=fabrikam, reminder_after_days=3, maximum_age_days=age
        )
    invitation = invite(NICOLE, is_mail_wanted=why != "handed over").invitation
    mails = OutgoingMail.unscoped.count()
    if why == "accepted":
        redeem_invitation(proven(invitation))
    if why == "blocked":
        block_invitations(Blockable(fabrikam, NICOLE))
    if why == "disabled":
        User.unscoped.filter(pk=invitation.user_id).update(account_enabled=False)
    days_pass(4)

    assert reminders.send_due() == 0

    assert OutgoingMail.unscoped.count() == mails


@pytest.mark.rule("INV-2", "CON-5", "EX-27")
def test_an_invitation_is_in_progress_while_consent_is_open(invite: Invite) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])
    invitation = invite(NICOLE, is_mail_wanted=False).invitation
    browser = Client()
    browser.get(link_of(invitation))
    browser.post("/redeem/")
    browser.post("/signin/code/")
    request = PasscodeRequest.unscoped.get()
    one_time_codes.hand_over_passcode(request)
    assert again(invitation).status == "PendingAcceptance"

    browser.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})
    assert again(invitation).status == "InProgress"
    browser.post("/consent/", {"cancel": ""})

    assert again(invitation).status == "PendingAcceptance"
    assert again(invitation).user.is_pending


@pytest.mark.rule("INV-4", "BET-13", "AUD-1")
def test_the_settings_are_saved_and_logged(fabrikam: Tenant, ada: User) -> None:
    browser = signed_in(ada)
    values = {
        "maximum_age_days": "14",
        "reminder_after_days": "",
        "maximum_reminders": "3",
        "version": "0",
    }

    assert browser.post(SETTINGS, values)["Location"] == reverse("invitations:invitations")

    policy = InvitationPolicy.objects.get(tenant=fabrikam)
    assert (policy.maximum_age_days, policy.reminder_after_days) == (14, None)
    assert browser.post(SETTINGS, values | {"maximum_age_days": "9"}).status_code == 409
    event = AuditEvent.objects.of(fabrikam).get(activity="Update authorization policy")
    assert {c["name"] for c in event.modified_properties} == {
        "maximum_age_days",
        "maximum_reminders",
    }


@pytest.mark.rule("INV-4", "T17")
@pytest.mark.parametrize(
    "values", [{"maximum_age_days": "0"}, {"maximum_age_days": "366"}, {"maximum_reminders": "x"}]
)
def test_bad_values_are_refused_and_readers_save_nothing(
    fabrikam: Tenant, ada: User, values: dict[str, str]
) -> None:
    good = {"maximum_reminders": "2", "version": "0"}
    reader = signed_in(MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,)))

    assert signed_in(ada).post(SETTINGS, good | values).status_code == 400
    assert reader.get(SETTINGS).status_code == 200
    assert reader.post(SETTINGS, good).status_code == 403
    assert not InvitationPolicy.objects.filter(tenant=fabrikam).exists()
