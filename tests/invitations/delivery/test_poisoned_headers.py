"""Links never follow what a request claims about host and scheme (SEC-62, AB-14)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from guests.models import User
from identityproviders.models import PasscodeRequest
from invitations.inviting import tickets
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import delivery, sweeper
from tests.support.invitations import NICOLE, TARGET, Invite, later, signed_in
from tests.support.smtp_sink import ReceivedMail, SmtpSink

pytestmark = pytest.mark.django_db

BASE = "https://portal.example"
POISON = {
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_HOST": "evil.example",
    "HTTP_X_FORWARDED_SERVER": "evil.example",
    "HTTP_X_FORWARDED_PORT": "8443",
    "HTTP_FORWARDED": "for=1.2.3.4;host=evil.example;proto=http",
    "HTTP_X_ORIGINAL_URL": "https://evil.example/",
    "HTTP_X_REWRITE_URL": "https://evil.example/",
    "HTTP_ORIGIN": "https://evil.example",
    "HTTP_REFERER": "https://evil.example/",
}


@pytest.fixture(autouse=True)
def base(settings: Settings) -> None:
    settings.PORTAL_BASE_URL = BASE


def delivered(sink: SmtpSink) -> list[ReceivedMail]:
    for mail in OutgoingMail.unscoped.filter(state="pending"):
        delivery.deliver_mail(mail.pk)
    return sink.messages


def hosts_in(mail: ReceivedMail) -> set[str]:
    return set(re.findall(r"https?://([^/\s\">]+)", mail.text + mail.html)) | set(
        re.findall(r"https?://([^/\s>]+)", str(mail.message["List-Unsubscribe"] or ""))
    )


@pytest.mark.rule("SEC-62", "AB-14")
def test_mails_contain_the_base_url_whatever_the_request_says(
    ada: User, invite: Invite, smtp_sink: SmtpSink
) -> None:
    console = signed_in(ada)
    filled = {"email": NICOLE, "redirect_url": TARGET, "is_mail_wanted": "on", "go": "invite"}
    assert console.post("/users/invite/", filled, **POISON).status_code == 302  # type: ignore[arg-type]
    guest = User.unscoped.external().get()
    later(guest.invitations.get(), minutes=10)
    resent = console.post(f"/users/{guest.pk}/invitation/resend/", **POISON)  # type: ignore[arg-type]
    assert resent.status_code == 302
    sweeper.note_heartbeat("tests", ["passcode"])
    visitor = Client(**POISON)  # type: ignore[arg-type]
    visitor.get(f"/redeem/{tickets.ticket_of(guest.invitations.get())}/")
    assert visitor.post("/redeem/")["Location"] == "/signin/code/"
    visitor.post("/signin/code/")
    assert PasscodeRequest.unscoped.count() == 1

    mails = delivered(smtp_sink)
    assert len(mails) == 3
    for mail in mails:
        assert "evil.example" not in mail.content.decode()
        assert hosts_in(mail) <= {"portal.example", "fabrikam.com"}


@pytest.mark.rule("SEC-62")
@pytest.mark.parametrize(
    "host", ["evil.example", "portal.example.evil.example", "portal.example@evil.example", "a b"]
)
def test_a_foreign_host_header_is_refused_at_every_page(
    ada: User, invite: Invite, host: str
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    console = signed_in(ada)
    answers: list[Any] = [
        console.post(
            "/users/invite/", {"email": "b@x.example", "redirect_url": TARGET}, HTTP_HOST=host
        ),
        console.post(f"/users/{invitation.user_id}/invitation/resend/", HTTP_HOST=host),
        console.get(f"/users/{invitation.user_id}/invitation/link/", HTTP_HOST=host),
        Client().get(f"/redeem/{tickets.ticket_of(invitation)}/", HTTP_HOST=host),
        Client().get("/block/x/", HTTP_HOST=host),
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert not any("evil.example" in answer.content.decode() for answer in answers)
    assert not OutgoingMail.unscoped.exists()


@pytest.mark.rule("SEC-62", "T7")
def test_the_link_pane_shows_the_base_url(ada: User, invite: Invite) -> None:
    guest = invite(is_mail_wanted=False).user
    url = f"/users/{guest.pk}/invitation/link/"
    page = signed_in(ada).get(url, **POISON).content.decode()  # type: ignore[arg-type]
    assert f"{BASE}/redeem/" in page
    assert "evil.example" not in page
