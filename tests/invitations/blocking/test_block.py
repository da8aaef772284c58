"""Block future invitations: page, one click, and what it stops (INV-16, SEC-33, EX-16)."""

from __future__ import annotations

import re

import pytest
from django.core import mail as outbox_of_django
from django.test import Client

from guests.models import User
from identityproviders.models import PasscodeRequest
from invitations.blocking import tokens
from invitations.lifecycle.actions import resend_invitation
from invitations.models import InvitationBlock
from portal.audit.models import AuditEvent
from portal.errors import DomainError
from portal.outbox.models import MailState, OutgoingMail
from portal.outbox.sending import delivery, sweeper
from portal.tenants.models import Tenant
from tests.factories import PasscodeGuestFactory
from tests.support.invitations import (
    NICOLE,
    TARGET,
    Invite,
    later,
    mails_of,
    message_of,
    part,
    signed_in,
)
from tests.support.page import inline_code
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(invite: Invite) -> str:
    """The token in the footer of Nicole's invitation."""
    invitation = invite().invitation
    return tokens.make_block_token(mails_of(invitation)[0], invitation.key_id)


def activities(tenant: Tenant) -> list[str]:
    return list(
        AuditEvent.objects.of(tenant)
        .filter(activity__contains="subscribed")
        .order_by("created_at", "id")
        .values_list("activity", flat=True)
    )


@pytest.mark.rule("INV-16", "SEC-24", "SEC-27", "SEC-68", "EML-14")
def test_the_footer_link_asks_before_it_blocks(
    client: Client, token: str, fabrikam: Tenant
) -> None:
    opened = client.get(f"/block/{token}/")
    assert (opened.status_code, opened["Location"]) == (303, "/block/")
    assert opened["Referrer-Policy"] == "no-referrer"
    assert "no-store" in opened["Cache-Control"]
    page = client.get("/block/")
    body = page.content.decode()
    assert "Block future invitations?" in body
    assert "n***@firstupconsultants.com" in body
    assert NICOLE not in body
    assert token not in body
    assert inline_code(body) == []
    assert not InvitationBlock.unscoped.exists()

    assert client.post("/block/", {"block": ""})["Location"] == "/block/"
    assert "Invitations are blocked" in client.get("/block/").content.decode()
    assert InvitationBlock.objects.of(fabrikam).get().address_key == NICOLE
    assert activities(fabrikam) == ["Email unsubscribed"]


@pytest.mark.rule("INV-16", "SEC-33")
def test_blocking_twice_changes_nothing_and_unblocking_undoes_it(
    client: Client, token: str, fabrikam: Tenant
) -> None:
    client.get(f"/block/{token}/")
    for _ in range(2):
        client.post("/block/", {"block": ""})
    for _ in range(2):
        client.post("/block/", {"unblock": ""})
    assert not InvitationBlock.unscoped.exists()
    assert activities(fabrikam) == ["Email unsubscribed", "Email subscribed"]


@pytest.mark.rule("SEC-33", "SEC-67", "EML-6")
def test_one_click_needs_no_cookie_no_token_of_ours_and_no_redirect(
    token: str, fabrikam: Tenant
) -> None:
    mail_program = Client(enforce_csrf_checks=True)
    url = f"/block/{token}/one-click/"
    for _ in range(2):
        answer = mail_program.post(
            url,
            "List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == 200
        assert not answer.cookies
        assert answer.content == b""
    assert InvitationBlock.objects.of(fabrikam).count() == 1
    assert activities(fabrikam) == ["Email unsubscribed"]


@pytest.mark.rule("SEC-24", "EX-17", "SEC-33")
def test_reading_any_of_the_links_blocks_nobody(client: Client, token: str) -> None:
    for _ in range(20):
        for url in (f"/block/{token}/", "/block/", f"/block/{token}/one-click/"):
            assert client.get(url).status_code in {200, 303}
            assert client.head(url).status_code in {200, 303}
    assert not InvitationBlock.unscoped.exists()


@pytest.mark.rule("SEC-67")
def test_only_the_one_click_address_goes_without_the_forms_token(token: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.get(f"/block/{token}/")
    assert strict.post("/block/", {"block": ""}).status_code == 403
    assert strict.post(f"/block/{token}/", {"block": ""}).status_code in {403, 405}
    assert not InvitationBlock.unscoped.exists()


@pytest.mark.rule("SEC-26", "SEC-33")
@pytest.mark.parametrize("text", ["x", "A" * 64, "%00", "..%2f", "ü", "A" * 3000])
def test_a_forged_token_gets_the_neutral_page(client: Client, token: str, text: str) -> None:
    for url in (f"/block/{text}/", f"/block/{text}/one-click/"):
        answer = client.get(url)
        assert answer.status_code == 404
    assert client.post(f"/block/{text}/one-click/").status_code == 404
    assert client.get("/block/").status_code == 404
    assert not InvitationBlock.unscoped.exists()


@pytest.mark.rule("SEC-33", "EML-6", "EML-14")
def test_header_and_footer_of_the_mail_carry_the_same_token(invite: Invite) -> None:
    invitation = invite(cc=["boss@partner.example"]).invitation
    for mail in mails_of(invitation) + mails_of(invitation, copies=True):
        message = message_of(mail)
        footer = re.findall(r"/block/([\w-]+)/", part(message, "plain"))
        header = re.findall(r"/block/([\w-]+)/one-click/>", str(message["List-Unsubscribe"]))
        assert footer == header
        about = tokens.read_block_token(footer[0])
        assert about is not None
        assert about.address_key == mail.recipient.lower()


@pytest.mark.rule("SEC-33", "REL-11", "EX-16", "INV-16")
def test_after_one_click_no_mail_leaves_in_twenty_attempts(
    token: str, invite: Invite, ada: User, fabrikam: Tenant, smtp_sink: SmtpSink
) -> None:
    Client().post(f"/block/{token}/one-click/")
    invitation = invite().invitation
    console = signed_in(ada)
    filled = {"email": NICOLE, "redirect_url": TARGET, "is_mail_wanted": "on", "go": "invite"}
    for number in range(20):
        later(invitation, minutes=10)
        if number % 2:
            assert console.post("/users/invite/", filled).status_code == 302
        else:
            invitation.refresh_from_db()
            assert not resend_invitation(invitation, by=ada).is_mail_queued

    for mail in OutgoingMail.unscoped.all():
        assert delivery.deliver_mail(mail.pk) is MailState.CANCELLED
    assert smtp_sink.messages == []
    assert OutgoingMail.unscoped.count() == 1, "the one that was queued before the click"
    events = AuditEvent.objects.of(fabrikam).filter(activity="Email not sent, user unsubscribed")
    assert events.count() == 20
    assert User.objects.of(fabrikam).external().count() == 1


@pytest.mark.rule("SEC-33", "INV-16")
def test_the_block_is_for_one_organization_and_one_address(
    token: str, invite: Invite, contoso: Tenant
) -> None:
    Client().post(f"/block/{token}/one-click/")
    assert invite("nicole+x@firstupconsultants.com").is_mail_queued
    assert not InvitationBlock.objects.of(contoso).exists()


@pytest.mark.rule("SEC-33")
def test_codes_still_arrive_at_a_blocked_address(
    token: str, fabrikam: Tenant, smtp_sink: SmtpSink
) -> None:
    Client().post(f"/block/{token}/one-click/")
    User.unscoped.external().delete()
    PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    sweeper.note_heartbeat("tests", ["passcode"])
    visitor = Client()
    visitor.post("/fabrikam.com/signin/", {"address": NICOLE})
    visitor.post("/signin/code/")
    request = PasscodeRequest.unscoped.get()
    mail = OutgoingMail.unscoped.get(subject_id=request.pk)
    assert delivery.deliver_mail(mail.pk) is MailState.SENT
    assert outbox_of_django.outbox == []


@pytest.mark.rule("SEC-33", "EX-16", "INV-12")
def test_unblocking_lets_the_next_invitation_through(
    client: Client, token: str, invite: Invite, ada: User
) -> None:
    client.get(f"/block/{token}/")
    client.post("/block/", {"block": ""})
    client.post("/block/", {"unblock": ""})
    invitation = invite().invitation
    try:
        assert resend_invitation(invitation, by=ada).is_mail_queued
    except DomainError as error:  # pragma: no cover
        raise AssertionError(str(error)) from error


@pytest.mark.rule("SEC-40", "SEC-26")
def test_the_page_of_a_suspended_organization_is_gone(
    client: Client, token: str, fabrikam: Tenant
) -> None:
    client.get(f"/block/{token}/")
    Tenant.objects.filter(pk=fabrikam.pk).update(is_suspended=True)
    assert client.get("/block/").status_code == 404
    assert client.post("/block/", {"block": ""}).status_code == 404
