"""Accepting with a personal account, with one of two accounts, with another one than invited."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from guests.models import Identity, User
from identityproviders.models import (
    OrganizationOrder,
    PasscodePolicy,
    PasscodeRequest,
    PasscodeRule,
    PersonalAccount,
    RedemptionOrder,
    SignInTransaction,
)
from identityproviders.passcodes import one_time_codes
from identityproviders.sign_in import verified_identity
from identityproviders.sign_in.actions import next_url
from invitations.inviting import tickets
from invitations.models import Invitation
from portal.audit.models import AuditEvent, SignInEvent
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, GuestFactory, MemberFactory
from tests.support.invitations import NICOLE, Invite, signed_in

pytestmark = pytest.mark.django_db

OLGA = "olga@contoso.com"
ANOTHER_PASSWORD = "another good battery staple"


@pytest.fixture(autouse=True)
def passcode_worker(db: None) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])


@pytest.fixture
def olga(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, email=OLGA, display_name="Olga Orlova")


def personal_account(address: str) -> PersonalAccount:
    account = PersonalAccount(address_key=address, display_name="Nicole")
    account.set_password(PASSWORD)
    account.save()
    return account


def opened(invitation: Invitation, browser: Client | None = None) -> Client:
    """A browser that pressed *Accept invitation*."""
    browser = browser or Client()
    browser.get(f"/redeem/{tickets.ticket_of(invitation)}/")
    browser.post("/redeem/")
    return browser


def place(browser: Client) -> str:
    """The page the sign-in of this browser is at."""
    txn = SignInTransaction.unscoped.select_related("tenant", "user").get(
        pk=browser.session["sign_in"]
    )
    return next_url(txn)


def type_code(browser: Client) -> Any:
    """Press *Send code* and type what was sent."""
    browser.post("/signin/code/")
    request = PasscodeRequest.unscoped.latest("created_at")
    one_time_codes.hand_over_passcode(request)
    return browser.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})


def identity_of(invitation: Invitation) -> tuple[str, str]:
    row = Identity.unscoped.get(user_id=invitation.user_id)
    return row.issuer, row.subject


def is_pending(invitation: Invitation) -> bool:
    user = User.unscoped.get(pk=invitation.user_id)
    return user.is_pending and not Identity.unscoped.filter(user=user).exists()


@pytest.mark.rule("EX-4", "T19")
def test_ex_4_a_guest_with_a_personal_account_signs_in_with_it_and_gets_no_code(
    invite: Invite,
) -> None:
    account = personal_account(NICOLE)
    invitation = invite(is_mail_wanted=False).invitation
    browser = opened(invitation)

    assert place(browser) == "/signin/password/"
    assert "personal account" in browser.get("/signin/password/").content.decode()
    wrong = browser.post("/signin/password/", {"password": "not the right password"})
    assert wrong.status_code == 400
    answer = browser.post("/signin/password/", {"password": PASSWORD})

    assert answer["Location"] == "/consent/"
    browser.post("/consent/", {"accept": ""})
    assert identity_of(invitation) == ("MicrosoftAccount", str(account.pk))
    assert not PasscodeRequest.unscoped.exists()
    last = SignInEvent.unscoped.get(is_final=True)
    assert (last.identity_provider, last.discovery_row) == ("MicrosoftAccount", "D5")


@pytest.mark.rule("EX-5", "T19", "HRD-5")
@pytest.mark.parametrize("wanted", ["organization", "personal"])
def test_ex_5_a_guest_with_both_accounts_chooses(invite: Invite, olga: User, wanted: str) -> None:
    account = personal_account(OLGA)
    invitation = invite(OLGA, is_mail_wanted=False).invitation
    browser = opened(invitation)

    assert place(browser) == "/signin/account/"
    assert browser.post("/signin/account/", {"account": "google"}).status_code == 400
    assert browser.post("/signin/account/", {"account": wanted})["Location"] == "/signin/password/"
    browser.post("/signin/password/", {"password": PASSWORD})
    browser.post("/consent/", {"accept": ""})

    expected = {
        "organization": ("ExternalAzureAD", str(olga.pk)),
        "personal": ("MicrosoftAccount", str(account.pk)),
    }
    assert identity_of(invitation) == expected[wanted]


@pytest.mark.rule("T19", "SEC-25")
def test_whoever_is_signed_in_at_home_chooses_that_account_without_a_password(
    invite: Invite, olga: User
) -> None:
    personal_account(OLGA)
    invitation = invite(OLGA, is_mail_wanted=False).invitation
    browser = opened(invitation, signed_in(olga))

    answer = browser.post("/signin/account/", {"account": "organization"})

    assert answer["Location"] == "/consent/"


@pytest.mark.rule("EX-6", "T19", "OTP-1", "SEC-75")
def test_ex_6_without_codes_and_account_the_guest_creates_a_personal_account(
    invite: Invite, fabrikam: Tenant
) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="disabled")
    invitation = invite(is_mail_wanted=False).invitation
    browser = opened(invitation)

    assert type_code(browser)["Location"] == "/signin/account/new/"
    mail = OutgoingMail.unscoped.get(kind="passcode")
    assert mail.recipient == NICOLE
    values = {"display_name": "Nicole", "new_password": "short", "repeated": "short"}
    assert browser.post("/signin/account/new/", values).status_code == 400
    assert not PersonalAccount.objects.exists()
    assert is_pending(invitation)
    values = {"display_name": "Nicole", "new_password": PASSWORD, "repeated": PASSWORD}
    assert browser.post("/signin/account/new/", values)["Location"] == "/consent/"
    browser.post("/consent/", {"accept": ""})

    account = PersonalAccount.objects.get(address_key=NICOLE)
    assert identity_of(invitation) == ("MicrosoftAccount", str(account.pk))
    event = AuditEvent.objects.of(fabrikam).get(activity="Create personal account")
    assert PASSWORD not in str(event.__dict__)


@pytest.mark.rule("SEC-41", "SEC-36")
@pytest.mark.parametrize(
    "url", ["/signin/account/new/", "/signin/password/new/", "/signin/account/another/"]
)
def test_no_step_works_before_its_proof(invite: Invite, fabrikam: Tenant, url: str) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="disabled")
    invitation = invite(is_mail_wanted=False).invitation
    browser = opened(invitation)
    values = {"display_name": "Eve", "new_password": PASSWORD, "repeated": PASSWORD}

    browser.post(url, values)

    assert not PersonalAccount.objects.exists()
    assert is_pending(invitation)


@pytest.mark.rule("T19")
def test_an_account_made_in_another_window_is_signed_in_to(
    invite: Invite, fabrikam: Tenant
) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="disabled")
    invitation = invite(is_mail_wanted=False).invitation
    browser = opened(invitation)
    type_code(browser)
    personal_account(NICOLE)
    values = {"display_name": "Nicole", "new_password": PASSWORD, "repeated": PASSWORD}

    assert browser.post("/signin/account/new/", values)["Location"] == "/signin/password/"


@pytest.mark.rule("EX-12", "DIR-24", "T20")
def test_ex_12_an_account_created_later_changes_nothing_until_the_reset(
    fabrikam: Tenant,
) -> None:
    GuestFactory(tenant=fabrikam, address=NICOLE, accepted_with="mail")
    personal_account(NICOLE)
    browser = Client()

    answer = browser.post("/fabrikam.com/signin/", {"address": NICOLE})

    assert answer["Location"] == "/signin/code/"


@pytest.mark.rule("T20", "SEC-37")
def test_an_accepted_guest_signs_in_with_the_bound_personal_account(fabrikam: Tenant) -> None:
    account = personal_account(NICOLE)
    guest = GuestFactory(
        tenant=fabrikam, address=NICOLE, accepted_with="MicrosoftAccount", subject=str(account.pk)
    )
    browser = Client()
    browser.post("/fabrikam.com/signin/", {"address": NICOLE})

    answer = browser.post("/signin/password/", {"password": PASSWORD})

    assert answer["Location"] == "/myapps/fabrikam.com/"
    assert browser.session["_auth_user_id"] == str(guest.pk)


@pytest.mark.rule("SEC-75", "SEC-97", "AUD-1")
def test_a_forgotten_password_is_made_anew_after_a_code(invite: Invite, fabrikam: Tenant) -> None:
    account = personal_account(NICOLE)
    invitation = invite(is_mail_wanted=False).invitation
    browser = opened(invitation)

    assert browser.post("/signin/password/forgotten/")["Location"] == "/signin/code/"
    assert type_code(browser)["Location"] == "/signin/password/new/"
    assert OutgoingMail.unscoped.get(kind="passcode").recipient == NICOLE
    values = {"new_password": ANOTHER_PASSWORD, "repeated": ANOTHER_PASSWORD}
    assert browser.post("/signin/password/new/", values)["Location"] == "/consent/"

    account.refresh_from_db()
    assert account.check_password(ANOTHER_PASSWORD)
    assert AuditEvent.objects.of(fabrikam).filter(activity="Reset password").exists()


@pytest.mark.rule("HRD-9", "RED-8", "SEC-36")
def test_another_account_is_bound_after_one_code_to_the_invited_mailbox(
    invite: Invite, olga: User
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    browser = opened(invitation)
    assert "Sign in with another account" in browser.get("/signin/code/").content.decode()

    values = {"account": "organization", "address": OLGA}
    assert browser.post("/signin/account/another/", values)["Location"] == "/signin/password/"
    answer = browser.post("/signin/password/", {"password": PASSWORD})
    assert answer["Location"] == "/signin/code/"
    assert "One more step" in browser.get("/signin/code/").content.decode()
    assert is_pending(invitation)
    assert browser.get("/consent/")["Location"] == "/signin/code/"
    assert type_code(browser)["Location"] == "/consent/"
    assert OutgoingMail.unscoped.get(kind="passcode").recipient == NICOLE
    browser.post("/consent/", {"accept": ""})

    assert identity_of(invitation) == ("ExternalAzureAD", str(olga.pk))


NO_PERSONAL = {"microsoft_account_fallback": False}
NO_ORGANIZATION = {"primary": [{"name": "azureActiveDirectory", "enabled": False}]}


@pytest.mark.rule("CTA-4", "CTA-5", "BET-18", "HRD-9")
@pytest.mark.parametrize("of_organization", [False, True])
@pytest.mark.parametrize(
    ("kind", "order"), [("personal", NO_PERSONAL), ("organization", NO_ORGANIZATION)]
)
def test_another_account_is_no_way_around_the_redemption_order(
    invite: Invite,
    fabrikam: Tenant,
    olga: User,
    kind: str,
    order: dict[str, Any],
    of_organization: bool,
) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="enabled")
    if of_organization:
        OrganizationOrder.objects.create(tenant=fabrikam, domain="firstupconsultants.com", **order)
    else:
        RedemptionOrder.objects.create(tenant=fabrikam, **order)
    personal_account("nicole@outlook.com")
    browser = opened(invite(is_mail_wanted=False).invitation)
    address = OLGA if kind == "organization" else "nicole@outlook.com"

    page = browser.get("/signin/account/another/").content.decode()
    answer = browser.post("/signin/account/another/", {"account": kind, "address": address})

    assert f'value="{kind}"' not in page
    assert answer.status_code == 400
    assert SignInTransaction.unscoped.get().method == "passcode"


@pytest.mark.rule("CTA-4", "CTA-5", "HRD-9", "BET-10")
@pytest.mark.parametrize("is_forced", [False, True])
def test_another_account_is_not_offered_where_only_codes_are_left(
    invite: Invite, fabrikam: Tenant, is_forced: bool
) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="enabled")
    if is_forced:
        PasscodeRule.objects.create(
            tenant=fabrikam, domain="firstupconsultants.com", effect="force"
        )
    else:
        RedemptionOrder.objects.create(tenant=fabrikam, **NO_PERSONAL, **NO_ORGANIZATION)
    browser = opened(invite(is_mail_wanted=False).invitation)

    assert "another account" not in browser.get("/signin/code/").content.decode()
    values = {"account": "organization", "address": OLGA}
    for answer in (
        browser.get("/signin/account/another/"),
        browser.post("/signin/account/another/", values),
    ):
        assert answer["Location"] == "/signin/code/"


@pytest.mark.rule("HRD-9", "SEC-75")
@pytest.mark.parametrize("kind", ["organization", "personal"])
def test_an_account_that_nobody_has_looks_like_one_with_a_wrong_password(
    invite: Invite, kind: str
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    browser = opened(invitation)

    values = {"account": kind, "address": "nobody@contoso.com"}
    assert browser.post("/signin/account/another/", values)["Location"] == "/signin/password/"
    answer = browser.post("/signin/password/", {"password": PASSWORD})

    assert answer.status_code == 400
    assert "That password isn’t right" in answer.content.decode()
    assert browser.post("/signin/password/forgotten/").status_code == 410 or kind == "organization"


@pytest.mark.rule("SEC-25", "RED-8")
def test_an_account_with_another_address_that_nobody_chose_is_refused(
    invite: Invite, olga: User
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    browser = opened(invitation)
    txn = SignInTransaction.unscoped.select_related("tenant", "user").get()

    verified_identity.accept_authentication(txn, verified_identity.identity_of_member(olga))

    assert (txn.step, txn.error_code) == ("refused", 50020)
    assert is_pending(invitation)
    assert browser.get("/signin/not-possible/").status_code == 403
