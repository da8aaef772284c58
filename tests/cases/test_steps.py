"""The steps of issue 12 that no other test takes, by their numbers.

The others: 2 to 4 stand in `identityproviders/passcodes/test_code_limits.py`, 6, 7 and 9 in
`identityproviders/federation/test_outcomes.py`, 8 and 9 in `identityproviders/oidc/test_client.py`,
11 in `portal/test_settings.py`.
"""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import User
from identityproviders.models import PasscodeRequest
from identityproviders.passcodes import one_time_codes
from invitations.models import Invitation
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import delivery, sweeper
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, PasscodeGuestFactory
from tests.support.invitations import signed_in
from tests.support.inviting import invite_guest
from tests.support.page import read_page
from tests.support.redemption import LANDING, MISMATCH, opened
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db

MIXED, MIXED_ASCII = "zora@\u0430pple.example", "zora@xn--pple-43d.example"


@pytest.fixture
def grace(db: None) -> User:
    """Contoso's Global Administrator; a worker for codes lives."""
    sweeper.note_heartbeat("tests", ["passcode"])
    return AdministratorFactory(tenant__domain="contoso.com", tenant__display_name="Contoso")


@pytest.fixture
def contoso(grace: User) -> Tenant:
    tenant: Tenant = grace.tenant
    return tenant


def invited(grace: User, address: str) -> Invitation:
    """An invitation by Grace."""
    return invite_guest(
        grace.tenant, by=grace, address=address, redirect_url="https://contoso.com/"
    ).invitation


def deliver_all() -> None:
    """Let a worker try every mail that waits."""
    for pk in OutgoingMail.unscoped.filter(state="pending").values_list("pk", flat=True):
        delivery.deliver_mail(pk)


@pytest.mark.rule("SEC-85", "REL-10")
@pytest.mark.parametrize(
    ("typed", "leaves_to"),
    [
        ("nils@bücher.example", "nils@xn--bcher-kva.example"),
        ("olga@под.example", "olga@xn--d1atc.example"),
    ],
)
def test_step_1_mails_for_a_unicode_domain_arrive_and_stop_nobody_elses(
    grace: User, contoso: Tenant, smtp_sink: SmtpSink, typed: str, leaves_to: str
) -> None:
    PasscodeGuestFactory(tenant=contoso, address="pia@partner.example")
    client, other = opened(invited(grace, typed)), Client()
    client.post(LANDING)
    client.post("/signin/code/")
    other.post("/contoso.com/signin/", {"address": "pia@partner.example"})
    other.post("/signin/code/")

    deliver_all()

    assert len(smtp_sink.to(leaves_to)) == 2
    assert len(smtp_sink.to("pia@partner.example")) == 1
    assert typed in smtp_sink.to(leaves_to)[-1].text


@pytest.mark.rule("SEC-25", "SIN-4")
def test_step_5_the_page_of_another_account_names_both_by_their_own_addresses(
    grace: User, contoso: Tenant
) -> None:
    pia = PasscodeGuestFactory(tenant=contoso, address="pia@partner.example")
    browser = opened(invited(grace, "nicole@partner.example"), signed_in(pia, method="mail"))

    page = browser.get(MISMATCH)

    assert "pia@partner.example" in read_page(page).text
    assert "n***@partner.example" in read_page(page).text
    assert "#EXT#" not in page.content.decode()


@pytest.mark.rule("OTP-5", "SEC-16")
@pytest.mark.parametrize(
    "between", ["\u00a0", "-", "\u2013", "\u2011", " \u2014 ", "\u202f", "\u200b"]
)
def test_step_10_a_pasted_code_is_taken_whatever_stands_between_its_halves(
    contoso: Tenant, between: str
) -> None:
    PasscodeGuestFactory(tenant=contoso, address="pia@partner.example")
    client = Client()
    client.post("/contoso.com/signin/", {"address": "pia@partner.example"})
    client.post("/signin/code/")
    request = PasscodeRequest.unscoped.get()
    one_time_codes.hand_over_passcode(request)
    code = one_time_codes.derive_passcode(request)

    client.post("/signin/code/enter/", {"code": f"{code[:4]}{between}{code[4:]}\u00a0"})

    assert "_auth_user_id" in client.session


@pytest.mark.rule("OTP-5", "SEC-16")
@pytest.mark.parametrize("text", ["1234 567", "1234.5678", "1234 5678 9", "12 34ab78"])
def test_step_10_other_texts_are_no_code(text: str) -> None:
    assert one_time_codes.digits_of(text) == ""


@pytest.mark.rule("SEC-86")
def test_step_12_a_domain_of_mixed_scripts_is_marked_wherever_it_is_shown(
    grace: User, smtp_sink: SmtpSink
) -> None:
    invitation = invited(grace, MIXED)
    admin, guest = signed_in(grace), opened(invitation)
    guest.post(LANDING)
    pages = [
        opened(invitation).get(LANDING),
        guest.get("/signin/code/"),
        admin.get(f"/users/{invitation.user_id}/"),
        admin.get(f"/external-identities/invitations/{invitation.pk}/"),
        admin.get("/external-identities/invitations/"),
        admin.get("/mail-delivery/"),
    ]

    for page in pages:
        text = read_page(page).text
        assert "\u0430pple.example" in text
        assert "xn--pple-43d.example" in text
        assert "Mixed scripts" in text
    deliver_all()
    assert f"{MIXED} ({MIXED_ASCII})" in smtp_sink.to(MIXED_ASCII)[0].text
