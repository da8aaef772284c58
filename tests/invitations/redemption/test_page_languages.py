"""The pages of an invitation speak its language where the browser's is not one of ours."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from guests.models import User
from invitations.blocking import tokens
from invitations.models import Invitation
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import sweeper
from tests.support.invitations import Invite, mails_of, proven
from tests.support.page import read_page
from tests.support.redemption import CONSENT, LANDING, opened, path_of

TURKISH = "tr-TR,tr;q=0.9,en-US;q=0.8,en;q=0.7"


@pytest.fixture
def german(invite: Invite) -> Invitation:
    """An invitation whose mail is in German."""
    return invite(message_language="de").invitation


def browser(accept: str) -> Client:
    """A browser that asks for these languages."""
    return Client(headers={"Accept-Language": accept})


def language(client: Client, path: str = LANDING) -> str:
    """The language that a page says it is in."""
    return read_page(client.get(path)).get("lang")


@pytest.mark.rule("EML-18")
@pytest.mark.parametrize(
    ("accept", "expected"),
    [(TURKISH, "de"), ("tr", "de"), ("", "de"), ("en-US,en", "en"), ("fr,tr", "fr")],
)
def test_landing_of_a_german_invitation(german: Invitation, accept: str, expected: str) -> None:
    assert language(opened(german, browser(accept))) == expected


@pytest.mark.rule("EML-18")
def test_a_chosen_language_goes_before_that_of_the_invitation(german: Invitation) -> None:
    client = browser(TURKISH)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"

    assert language(opened(german, client)) == "fr"


@pytest.mark.rule("EML-18", "OTP-15")
def test_code_pages_and_the_mail_of_a_german_invitation_are_german(
    german: Invitation,
) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])
    client = opened(german, browser(TURKISH))
    client.post(LANDING)

    assert language(client, "/signin/code/") == "de"
    client.post("/signin/code/")
    assert OutgoingMail.unscoped.get(kind="passcode").language == "de"


@pytest.mark.rule("EML-18", "SEC-65")
def test_pages_stay_german_through_sign_in_and_sign_out(german: Invitation) -> None:
    client = opened(german, browser(TURKISH))
    session = client.session
    session["sign_in"] = str(proven(german).pk)
    session.save()

    assert client.post(CONSENT, {"accept": ""}).status_code == 303
    assert "_auth_user_id" in client.session
    assert language(client, "/myapps/fabrikam.com/") == "de"
    client.post("/sign-out/")
    assert language(client, "/signed-out/") == "de"


@pytest.mark.rule("EML-18", "SEC-26")
def test_a_dead_link_says_so_in_the_language_of_the_browser_alone(german: Invitation) -> None:
    User.unscoped.filter(pk=german.user_id).update(deleted_at="2026-01-01T00:00:00Z")

    assert language(browser(TURKISH), path_of(german)) == "en"


@pytest.mark.rule("EML-18", "INV-16")
def test_blocking_from_a_german_mail_speaks_german(german: Invitation) -> None:
    client = browser(TURKISH)
    [mail] = mails_of(german)
    client.get(f"/block/{tokens.make_block_token(mail, german.key_id)}/")

    assert language(client, "/block/") == "de"
