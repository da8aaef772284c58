"""Accepting with an account of another organization; who is stopped on the way (RED-8)."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import Identity, User
from identityproviders.models import PasscodePolicy, PasscodeRequest, SignInTransaction
from identityproviders.passcodes import one_time_codes
from invitations.inviting.errors import NoLongerValid, RedemptionRefused
from invitations.lifecycle.actions import revoke_invitation
from invitations.models import Invitation, InvitationStatus
from invitations.redemption.actions import redeem_invitation
from portal.audit.models import AuditEvent, SignInEvent
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import (
    PASSWORD,
    GuestFactory,
    MemberFactory,
    PasscodeGuestFactory,
    TenantFactory,
)
from tests.support.invitations import NICOLE, Invite, proven, signed_in
from tests.support.page import words
from tests.support.redemption_at_home import is_untouched, opened

pytestmark = pytest.mark.django_db

OLGA = "olga@contoso.com"
MY_APPS = "/myapps/fabrikam.com/"


@pytest.fixture
def olga(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, email=OLGA, display_name="Olga Orlova")


@pytest.fixture
def invitation(invite: Invite, olga: User) -> Invitation:
    return invite(OLGA, is_mail_wanted=False).invitation


@pytest.mark.rule("T19", "RED-8", "SEC-25", "CON-6", "DIR-8")
def test_the_password_at_home_proves_who_the_guest_is(
    invitation: Invitation, olga: User, fabrikam: Tenant
) -> None:
    browser = opened(invitation)
    assert browser.post("/redeem/")["Location"] == "/signin/password/"
    assert "Contoso" in words(browser.get("/signin/password/"))
    wrong = browser.post("/signin/password/", {"password": "something else entirely"})
    assert wrong.status_code == 400
    assert is_untouched(invitation)
    answer = browser.post("/signin/password/", {"password": PASSWORD})
    assert answer["Location"] == "/consent/"
    assert is_untouched(invitation)
    answer = browser.post("/consent/", {"accept": ""})
    assert answer["Location"] == f"/leaving/?invitation={invitation.pk}"
    identity = Identity.unscoped.get(user_id=invitation.user_id)
    assert (identity.issuer, identity.subject) == ("ExternalAzureAD", str(olga.pk))
    assert browser.get("/myapps/fabrikam.com/").status_code == 200


@pytest.mark.rule("SIN-3", "RED-8", "SEC-66")
@pytest.mark.parametrize("state", ["disabled", "deleted", "suspended"])
def test_an_account_that_ended_at_home_before_accept_binds_nothing(
    invitation: Invitation, olga: User, contoso: Tenant, state: str
) -> None:
    browser = opened(invitation, signed_in(olga))
    assert browser.post("/redeem/")["Location"] == "/consent/"
    accounts = User.unscoped.filter(pk=olga.pk)
    if state == "disabled":
        accounts.update(account_enabled=False)
    elif state == "deleted":
        accounts.update(deleted_at=invitation.created_at)
    else:
        Tenant.objects.filter(pk=contoso.pk).update(is_suspended=True)
    txn = SignInTransaction.unscoped.select_related("tenant", "user", "home_user__tenant").get()
    with pytest.raises(RedemptionRefused) as refused:
        redeem_invitation(txn)
    assert refused.value.code == 50057
    assert is_untouched(invitation)


@pytest.mark.rule("DIR-11", "SEC-37", "T20")
def test_another_mail_at_home_changes_nothing_about_the_guest(
    fabrikam: Tenant, contoso: Tenant, olga: User
) -> None:
    guest = GuestFactory(
        tenant=fabrikam,
        address=OLGA,
        accepted_with="ExternalAzureAD",
        provider_key=str(contoso.pk),
        subject=str(olga.pk),
    )
    User.unscoped.filter(pk=olga.pk).update(mail="olga.new@contoso.com")
    browser = Client()
    browser.post("/fabrikam.com/signin/", {"address": OLGA})
    assert browser.post("/signin/password/", {"password": PASSWORD})["Location"] == MY_APPS
    assert User.unscoped.get(pk=guest.pk).mail == OLGA


@pytest.mark.rule("SIN-3", "RED-7", "SEC-40")
@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_disabled_guest_is_told_after_the_proof(
    invite: Invite, fabrikam: Tenant, is_accepted: bool
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    if is_accepted:
        redeem_invitation(proven(invitation))
        SignInTransaction.unscoped.all().delete()
    sweeper.note_heartbeat("tests", ["passcode"])
    browser = opened(invitation)
    assert browser.post("/redeem/")["Location"] == "/signin/code/"
    browser.post("/signin/code/")
    request = PasscodeRequest.unscoped.get()
    one_time_codes.hand_over_passcode(request)
    User.unscoped.filter(pk=invitation.user_id).update(account_enabled=False)
    browser.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})
    assert "_auth_user_id" not in browser.session
    assert browser.get("/myapps/fabrikam.com/").status_code == 302
    assert Identity.unscoped.filter(user_id=invitation.user_id).exists() is is_accepted


@pytest.mark.rule("SIN-3", "COL-13", "SEC-30")
def test_a_disabled_guest_cannot_begin_to_redeem_either(invite: Invite) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    User.unscoped.filter(pk=invitation.user_id).update(account_enabled=False)
    sweeper.note_heartbeat("tests", ["passcode"])
    browser = opened(invitation)
    browser.post("/redeem/")
    browser.post("/signin/code/")
    assert is_untouched(invitation)
    assert not SignInEvent.unscoped.filter(status="success").exists()


@pytest.mark.rule("SEC-25", "INV-7", "RED-7")
def test_the_link_of_an_accepted_guest_is_not_for_other_accounts(
    invite: Invite, member: User, fabrikam: Tenant
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    redeem_invitation(proven(invitation))
    before = User.unscoped.filter(pk=invitation.user_id).values().get()
    for other in (member, PasscodeGuestFactory(tenant=fabrikam, address="x@partner.example")):
        browser = opened(invitation, signed_in(other))
        assert browser.get("/redeem/")["Location"] == "/redeem/mismatch/"
        page = browser.get("/redeem/mismatch/")
        assert other.display_name in words(page)
        assert NICOLE not in words(page)
    assert User.unscoped.filter(pk=invitation.user_id).values().get() == before
    assert AuditEvent.unscoped.filter(activity="invitation.identity_mismatch").count() == 2


@pytest.mark.rule("SEC-25", "RED-8", "SEC-36")
def test_a_session_at_another_tenant_under_the_same_address_is_no_proof(
    invite: Invite, contoso: Tenant
) -> None:
    elsewhere = PasscodeGuestFactory(tenant=contoso, address=NICOLE)
    claimed = MemberFactory(tenant=contoso, email="eve@contoso.com", mail=NICOLE)
    User.unscoped.filter(pk=claimed.pk).update(account_enabled=False)
    invitation = invite(is_mail_wanted=False).invitation
    sweeper.note_heartbeat("tests", ["passcode"])
    browser = opened(invitation, signed_in(elsewhere, method="mail"))
    assert browser.get("/redeem/").status_code == 200
    assert browser.post("/redeem/")["Location"] == "/signin/code/"
    assert is_untouched(invitation)


@pytest.mark.rule("SEC-21", "SEC-25")
def test_the_ticket_alone_never_gives_a_session_or_the_address(invite: Invite) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    browser = opened(invitation)
    browser.get("/redeem/")
    assert "_auth_user_id" not in browser.session
    assert browser.post("/consent/", {"accept": ""}).status_code == 410
    browser.post("/redeem/")
    answer = browser.post("/consent/", {"accept": ""})
    assert answer.status_code in {303, 410}
    assert is_untouched(invitation)
    assert Invitation.unscoped.get().status == InvitationStatus.PENDING


@pytest.mark.rule("T19", "RED-7", "SEC-19")
def test_with_codes_off_the_guest_makes_an_account_and_stays_pending_until_then(
    invite: Invite, fabrikam: Tenant
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    PasscodePolicy.objects.create(tenant=fabrikam, stored="disabled")
    browser = opened(invitation)
    answer = browser.post("/redeem/")
    assert answer["Location"] == "/signin/code/"
    assert "Confirm your address" in browser.get(answer["Location"]).content.decode()
    assert browser.get("/signin/account/new/")["Location"] == "/signin/code/"
    assert is_untouched(invitation)
    PasscodePolicy.objects.filter(tenant=fabrikam).update(stored="enabled")
    browser = opened(invitation)
    assert browser.post("/redeem/")["Location"] == "/signin/code/"
    assert "Get a code to sign in" in browser.get("/signin/code/").content.decode()


@pytest.mark.rule("SEC-25", "RED-8", "HRD-1")
def test_somebody_else_with_the_same_mail_at_a_third_tenant_proves_nothing(
    invitation: Invitation, olga: User
) -> None:
    third = TenantFactory(display_name="Wingtip", domain="wingtiptoys.com")
    eve = MemberFactory(tenant=third, email="eve@wingtiptoys.com", mail=OLGA)
    browser = opened(invitation, signed_in(eve))
    assert browser.post("/redeem/")["Location"] == "/signin/password/"
    txn = SignInTransaction.unscoped.get()
    assert (txn.step, txn.home_user, txn.proven_issuer) == ("method", olga, "")
    assert browser.post("/consent/", {"accept": ""})["Location"] == "/signin/password/"
    assert is_untouched(invitation)


@pytest.mark.rule("SEC-25", "SEC-36")
def test_a_member_of_the_inviting_tenant_with_the_same_mail_is_somebody_else(
    invite: Invite, member: User
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    User.unscoped.filter(pk=member.pk).update(mail=NICOLE, other_mails=[NICOLE])
    browser = opened(invitation, signed_in(member))
    assert browser.get("/redeem/")["Location"] == "/redeem/mismatch/"
    assert browser.post("/redeem/")["Location"] == "/redeem/mismatch/"
    assert is_untouched(invitation)


@pytest.mark.rule("SEC-23", "SEC-26", "SEC-22")
def test_a_proof_begun_with_a_revoked_link_does_not_take_the_next_invitation(
    invite: Invite, ada: User
) -> None:
    first = invite(is_mail_wanted=False).invitation
    begun = proven(first)
    revoke_invitation(first, by=ada)
    second = invite(is_mail_wanted=False).invitation
    assert second != first
    with pytest.raises(NoLongerValid):
        redeem_invitation(begun)
    assert is_untouched(second)
    assert Invitation.unscoped.get(pk=second.pk).status == InvitationStatus.PENDING
    assert redeem_invitation(proven(second)).is_accepted


@pytest.mark.rule("SEC-36", "SEC-35", "HRD-1", "RED-2")
@pytest.mark.parametrize("way", ["link", "direct"])
def test_an_account_elsewhere_that_only_claims_the_address_takes_no_guest(
    invite: Invite, contoso: Tenant, way: str
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    eve = MemberFactory(tenant=contoso, email="eve@contoso.com", mail=NICOLE)
    if way == "link":
        browser = opened(invitation, signed_in(eve))
        answer = browser.post("/redeem/")
    else:
        browser = Client()
        answer = browser.post("/fabrikam.com/signin/", {"address": NICOLE})
    assert answer["Location"] == "/signin/code/"
    browser.post("/signin/password/", {"password": PASSWORD})
    browser.post("/consent/", {"accept": ""})
    assert is_untouched(invitation)
    assert not SignInTransaction.unscoped.exclude(proven_issuer="").exists()
