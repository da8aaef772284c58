"""Reset redemption status: same user, new acceptance (INV-17, INV-18, SEC-38)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import Group, GroupMembership, Identity, User
from identityproviders.models import PasscodeRequest, PersonalAccount, SignInTransaction
from identityproviders.passcodes import one_time_codes
from invitations.inviting import tickets
from invitations.inviting.errors import NotProven
from invitations.models import Invitation, ListedDomain
from invitations.redemption.actions import redeem_invitation
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import sweeper
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, TARGET, Invite, SetPolicy, proven, signed_in
from tests.support.inviting import reset_redemption

pytestmark = pytest.mark.django_db

NEW = "nicole@newplace.example"


@pytest.fixture(autouse=True)
def passcode_worker(db: None) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])


@pytest.fixture
def accepted(invite: Invite) -> User:
    """Nicole, who accepted with a code."""
    invitation = invite(is_mail_wanted=False).invitation
    guest: User = redeem_invitation(proven(invitation))
    return User.unscoped.select_related("tenant").get(pk=guest.pk)


def page_of(guest: User) -> str:
    return reverse("invitations:reset_redemption", args=[guest.pk])


def again(guest: User) -> User:
    return User.unscoped.select_related("tenant").get(pk=guest.pk)


def accept_by_code(browser: Client) -> str:
    """From the landing page on; the address of the last page."""
    browser.post("/redeem/")
    browser.post("/signin/code/")
    request = PasscodeRequest.unscoped.latest("created_at")
    one_time_codes.hand_over_passcode(request)
    browser.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})
    return str(browser.post("/consent/", {"accept": ""})["Location"])


@pytest.mark.rule("EX-23", "INV-17", "INV-18", "SEC-38")
def test_ex_23_after_a_reset_the_guest_redeems_with_a_new_address_and_stays_the_same_user(
    accepted: User, ada: User, fabrikam: Tenant
) -> None:
    group = Group.objects.create(tenant=fabrikam, display_name="Partner desk")
    GroupMembership.objects.create(tenant=fabrikam, group=group, user=accepted)
    old_link = tickets.ticket_of(Invitation.unscoped.get(user=accepted))
    admin = signed_in(ada)

    answer = admin.post(page_of(accepted), {"choice": "another", "address": NEW, "send": "on"})

    assert answer["Location"] == reverse("guests:user", args=[accepted.pk])
    guest = again(accepted)
    assert guest.is_pending
    assert not Identity.unscoped.filter(user=guest).exists()
    assert Client().get(f"/redeem/{old_link}/").status_code == 404
    mail = OutgoingMail.unscoped.get(kind="invitation", state="pending")
    assert mail.recipient == NEW
    invitation = Invitation.unscoped.get(pk=mail.subject_id)
    browser = Client()
    browser.get(f"/redeem/{tickets.ticket_of(invitation)}/")
    assert accept_by_code(browser).startswith("/leaving/")
    guest = again(accepted)
    assert (guest.pk, guest.user_principal_name) == (accepted.pk, accepted.user_principal_name)
    assert guest.group_memberships.filter(group=group).exists()
    assert Identity.unscoped.get(user=guest).subject == NEW
    assert NEW in guest.other_mails


@pytest.mark.rule("EX-23", "SEC-38")
def test_the_old_method_is_refused_after_the_reset(accepted: User, ada: User) -> None:
    reset_redemption(accepted, by=ada, address=NEW, redirect_url=TARGET, is_mail_wanted=False)
    browser = Client()
    browser.post("/fabrikam.com/signin/", {"address": NICOLE})
    browser.post("/signin/code/")

    mail = OutgoingMail.unscoped.get(kind="passcode")

    assert mail.recipient == NEW


@pytest.mark.rule("SEC-38", "SEC-37")
def test_a_proof_from_before_the_reset_binds_nothing(
    accepted: User, ada: User, fabrikam: Tenant
) -> None:
    stale: SignInTransaction = proven(Invitation.unscoped.get(user=accepted), invitation_id=None)

    reset_redemption(accepted, by=ada, redirect_url=TARGET, is_mail_wanted=False)

    with pytest.raises(NotProven):
        redeem_invitation(stale)
    assert again(accepted).is_pending


@pytest.mark.rule("SES-6", "SEC-66")
def test_a_reset_ends_every_session(accepted: User, ada: User) -> None:
    browser = signed_in(accepted)
    assert browser.get("/myapps/fabrikam.com/").status_code == 200

    reset_redemption(accepted, by=ada, redirect_url=TARGET, is_mail_wanted=False)

    assert browser.get("/myapps/fabrikam.com/").status_code == 302


@pytest.mark.rule("EX-12", "DIR-24", "T19")
def test_ex_12_after_a_reset_the_personal_account_is_found(fabrikam: Tenant, ada: User) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    account = PersonalAccount(address_key=NICOLE)
    account.set_password(PASSWORD)
    account.save()

    invitation = reset_redemption(
        guest, by=ada, redirect_url=TARGET, is_mail_wanted=False
    ).invitation
    browser = Client()
    browser.get(f"/redeem/{tickets.ticket_of(invitation)}/")

    assert browser.post("/redeem/")["Location"] == "/signin/password/"
    browser.post("/signin/password/", {"password": PASSWORD})
    browser.post("/consent/", {"accept": ""})
    assert Identity.unscoped.get(user=guest).issuer == "MicrosoftAccount"


@pytest.mark.rule("INV-17", "T18", "COL-13")
@pytest.mark.parametrize(
    "address", ["nobody", "max@fabrikam.com", "taken@partner.example", "a@denied.example"]
)
def test_an_address_that_cannot_be_invited_is_refused_at_the_field(
    accepted: User, ada: User, fabrikam: Tenant, set_policy: SetPolicy, address: str
) -> None:
    GuestFactory(tenant=fabrikam, address="taken@partner.example")
    set_policy(restriction="deny", listed=["denied.example"])
    before = Identity.unscoped.get(user=accepted).pk

    answer = signed_in(ada).post(page_of(accepted), {"choice": "another", "address": address})

    assert answer.status_code == 400
    assert 'id="address-error"' in answer.content.decode()
    assert again(accepted).is_accepted
    assert Identity.unscoped.get(user=accepted).pk == before
    assert ListedDomain.objects.of(fabrikam).count() == 1


@pytest.mark.rule("T17", "AUD-1", "ROL-5")
def test_who_may_reset_and_what_the_log_says(accepted: User, fabrikam: Tenant) -> None:
    helpdesk = MemberFactory(tenant=fabrikam, roles=(Role.HELPDESK_ADMINISTRATOR,))
    inviter = MemberFactory(tenant=fabrikam, roles=(Role.GUEST_INVITER,))

    with pytest.raises(NotAllowed):
        reset_redemption(accepted, by=inviter, redirect_url=TARGET)
    reset_redemption(accepted, by=helpdesk, redirect_url=TARGET)

    events = AuditEvent.objects.of(fabrikam).filter(
        activity="Invite external user with reset invitation status"
    )
    assert sorted(events.values_list("result", flat=True)) == ["failure", "success"]
    assert signed_in(inviter).get(page_of(accepted)).status_code == 403
    assert (
        "Reset redemption status"
        in signed_in(helpdesk).get(reverse("guests:user", args=[accepted.pk])).content.decode()
    )


@pytest.mark.rule("INV-17", "BET-23")
def test_a_guest_is_found_by_the_new_address_at_once(
    accepted: User, ada: User, fabrikam: Tenant
) -> None:
    reset_redemption(accepted, by=ada, address=NEW, redirect_url=TARGET, is_mail_wanted=False)

    page = signed_in(ada).get(reverse("guests:users"), {"search": NEW}).content.decode()

    assert accepted.display_name in page
