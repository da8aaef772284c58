"""Back and *Use another account* lead where they say (HRD-9, SEC-25, issue 12)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import User
from identityproviders.models import PersonalAccount, SignInTransaction
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.support.inviting import invite_guest
from tests.support.page import read_page, words
from tests.support.redemption import opened
from tests.support.visitor import NOBODY, PRIYA, Visitor

pytestmark = pytest.mark.django_db

SEND, ENTER = reverse("identityproviders:send_code"), reverse("identityproviders:enter_code")
PASSWORD = reverse("identityproviders:password")
ANOTHER = reverse("identityproviders:another_account")
LANDING = reverse("invitations:landing")
INVITED = "nils@partner.example"


def link(answer: Any, name: str) -> str:
    """Where the only link with this name leads."""
    return read_page(answer).find("link", name).get("href")


@pytest.fixture
def accepting(contoso: Tenant, grace: User, passcode_worker: None) -> Client:
    """The browser of an invited person after *Accept invitation*."""
    client = opened(
        invite_guest(
            contoso, by=grace, address=INVITED, redirect_url="https://contoso.com/"
        ).invitation
    )
    client.post(LANDING)
    return client


@pytest.mark.rule("HRD-9")
def test_invited_person_with_a_code_finds_the_page_for_another_account(accepting: Client) -> None:
    accepting.post(SEND)

    assert link(accepting.get(ENTER), "Use another account") == ANOTHER


@pytest.mark.rule("HRD-9")
def test_invited_person_without_another_way_goes_back_to_the_invitation(
    accepting: Client, contoso: Tenant
) -> None:
    accepting.post(SEND)
    SignInTransaction.unscoped.update(discovery_row="")
    page = accepting.get(ENTER)

    assert "Use another account" not in words(page)
    assert {
        one.get("href") for one in read_page(page).find_all("link", "Back to the invitation")
    } == {LANDING}


@pytest.mark.rule("SEC-25")
def test_no_page_of_an_invitation_offers_another_address(accepting: Client) -> None:
    assert "use another address" not in accepting.get(SEND).content.decode()
    assert link(accepting.get(SEND), "Back to the invitation") == LANDING


@pytest.mark.rule("SIN-1")
def test_other_people_type_another_address_where_they_began(visitor: Visitor, priya: User) -> None:
    visitor.type_address(PRIYA)
    visitor.send_code()

    assert link(visitor.get(ENTER), "Use another account") == "/contoso.com/signin/"


@pytest.mark.rule("BET-16", "INV-20")
@pytest.mark.parametrize(
    ("begin", "back"),
    [
        (reverse("identityproviders:find_organizations"), "/signin/options/"),
        (reverse("invitations:manage_blocks"), "/blocked-organizations/"),
    ],
)
def test_proof_of_a_mailbox_goes_back_to_its_own_start(
    contoso: Tenant, begin: str, back: str
) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])
    client = Client()
    client.post(begin, {"address": NOBODY})
    client.post(SEND)

    assert link(client.get(ENTER), "Use another address") == back


@pytest.mark.rule("SEC-25")
def test_password_page_of_an_invitation_masks_the_invited_address(
    contoso: Tenant, grace: User
) -> None:
    PersonalAccount.objects.create(address_key=INVITED)
    client = opened(
        invite_guest(
            contoso, by=grace, address=INVITED, redirect_url="https://contoso.com/"
        ).invitation
    )
    client.post(LANDING)

    page = client.get(PASSWORD)

    assert page.status_code == 200
    assert "n***@partner.example" in words(page)
    assert INVITED not in page.content.decode()
