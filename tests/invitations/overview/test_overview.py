"""External Identities | Overview: what it counts (EXT-1, EXT-2)."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from guests.models import User
from identityproviders.models import Federation
from invitations.models import Invitation
from invitations.overview import figures
from portal.audit import log
from portal.outbox.models import NOT_ARRIVED, MailState, OutgoingMail
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, Invite, signed_in
from tests.support.page import words

pytestmark = pytest.mark.django_db

URL = "/external-identities/"
names = (f"guest{n}@partner.example" for n in itertools.count())


def text_of(browser: Client) -> str:
    answer: Any = browser.get(URL)
    assert answer.status_code == 200
    return words(answer)


@pytest.mark.rule("EXT-2")
def test_guests_pending_and_stale_ones_are_counted(fabrikam: Tenant) -> None:
    now = timezone.now()
    PasscodeGuestFactory(tenant=fabrikam, address=next(names))
    fresh, stale = (GuestFactory(tenant=fabrikam, address=next(names)) for _ in range(2))
    long_ago = now - timedelta(days=31)
    User.unscoped.filter(pk=stale.pk).update(
        created_at=long_ago, external_user_state_changed_at=long_ago
    )
    gone = GuestFactory(tenant=fabrikam, address=next(names))
    User.unscoped.filter(pk=gone.pk).update(deleted_at=now)
    MemberFactory(tenant=fabrikam)

    found = figures.guest_figures(fabrikam, now)

    assert (found.now, found.pending, found.stale) == (3, 2, 1)
    assert (found.before, found.more) == (1, 2)
    assert fresh.is_pending


@pytest.mark.rule("EXT-2", "T5")
def test_guests_are_shown_by_method(fabrikam: Tenant) -> None:
    for issuer in ("mail", "mail", "ExternalAzureAD", "google.com", "https://idp.partner.example/"):
        address = next(names)
        GuestFactory(tenant=fabrikam, address=address, accepted_with=issuer, subject=address)

    shares = figures.method_shares(fabrikam, pending=4)

    assert [share.count for share in shares] == [1, 0, 1, 1, 2, 4]
    assert shares[4].percent == "22.2%"


@pytest.mark.rule("EXT-2", "BET-3")
@pytest.mark.parametrize("state", sorted(NOT_ARRIVED))
def test_an_invitation_counts_as_undelivered_until_a_newer_mail_leaves(
    invite: Invite, fabrikam: Tenant, state: MailState
) -> None:
    invitation: Invitation = invite(NICOLE).invitation
    mail = OutgoingMail.unscoped.get(subject_id=invitation.pk)
    OutgoingMail.unscoped.filter(pk=mail.pk).update(state=state)

    assert figures.mail_figures(fabrikam, timezone.now()).failed == 1
    mail.pk, mail.state, mail.created_at = None, MailState.SENT, timezone.now()
    mail._state.adding = True
    mail.save(force_insert=True)
    assert figures.mail_figures(fabrikam, timezone.now()).failed == 0


@pytest.mark.rule("EXT-2", "LOG-1")
def test_sign_ins_of_guests_are_counted_by_method_and_day(fabrikam: Tenant) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address=next(names))
    member = MemberFactory(tenant=fabrikam)
    final = {"is_final": True, "status": "success"}
    for issuer in ("mail", "mail", "https://idp.partner.example/"):
        log.record_sign_in(fabrikam, user=guest, identifier="a", identity_provider=issuer, **final)
    log.record_sign_in(fabrikam, user=member, identifier="b", **final)
    log.record_sign_in(
        fabrikam, user=guest, identifier="a", is_final=True, status="failure", error_code=50057
    )

    days, shares = figures.sign_in_days(fabrikam, timezone.now())

    assert (len(days), days[-1].total, sum(day.total for day in days)) == (30, 3, 3)
    assert [share.count for share in shares] == [0, 0, 0, 1, 2]
    assert sum(part.height for part in days[-1].parts) == pytest.approx(100, abs=0.1)


@pytest.mark.rule("EXT-2", "IDP-3", "BET-26")
def test_the_page_says_what_wants_a_look(fabrikam: Tenant, ada: User, invite: Invite) -> None:
    browser = signed_in(ada)
    assert "No worker sends mails right now" in text_of(browser)
    Federation.objects.create(
        tenant=fabrikam,
        display_name="Partner",
        protocol="saml",
        issuer="https://idp.partner.example/",
        certificate_expires_at=timezone.now() + timedelta(days=3),
    )
    invitation = invite(NICOLE).invitation
    OutgoingMail.unscoped.filter(subject_id=invitation.pk).update(state=MailState.FAILED)

    page = text_of(browser)

    assert "1 invitation could not be delivered" in page
    assert "1 provider certificate expires on" in page
    assert "Email one-time passcode: Enabled." in page


@pytest.mark.rule("EXT-2")
def test_the_queries_do_not_grow_with_the_guests(
    fabrikam: Tenant, ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(ada)
    browser.get(URL)
    with CaptureQueriesContext(connection) as before:
        browser.get(URL)
    for _ in range(5):
        PasscodeGuestFactory(tenant=fabrikam, address=next(names))

    with django_assert_num_queries(len(before)):
        browser.get(URL)


@pytest.mark.rule("EXT-1", "T17")
@pytest.mark.parametrize(
    ("role", "is_open"),
    [(Role.GUEST_INVITER, True), (Role.GLOBAL_READER, True), (Role.HELPDESK_ADMINISTRATOR, False)],
)
def test_who_opens_the_overview(fabrikam: Tenant, role: Role, is_open: bool) -> None:
    browser = signed_in(MemberFactory(tenant=fabrikam, roles=(role,)))

    assert (browser.get(URL).status_code == 200) is is_open
