"""The invitation mail, as a worker hands it to a real relay (EML-1 to EML-19, SEC-93 to SEC-97)."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from guests.models import User
from invitations.blocking import tokens
from invitations.blocking.actions import block_invitations
from invitations.blocking.tokens import Blockable
from invitations.delivery import mail_language
from invitations.delivery.emails import name_in_mail
from invitations.inviting import tickets
from invitations.lifecycle.actions import resend_invitation
from invitations.models import Invitation
from invitations.redemption.actions import redeem_invitation
from portal.audit.models import AuditEvent
from portal.languages import first_supported
from portal.outbox.mail_types import NotWantedError
from portal.outbox.models import MailState, OutgoingMail
from portal.outbox.sending import delivery
from portal.tenants.models import Tenant
from portal.values.email_address import CanonicalAddress
from tests.factories import MemberFactory
from tests.support.broker import StartWorker
from tests.support.hostile_headers import injections
from tests.support.invitations import NICOLE, TARGET, Invite, mails_of, message_of, part, proven
from tests.support.letters import assert_only_dark_rules
from tests.support.page import read_page
from tests.support.smtp_sink import SmtpSink

HEADERS = [
    "Subject",
    "From",
    "To",
    "Reply-To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("EX-14", "EML-2", "EML-4", "EML-5", "EML-15", "INV-23", "REL-5", "SEC-94")
def test_ex_14_the_mail_that_arrives(
    invite: Invite, fabrikam: Tenant, worker: StartWorker, smtp_sink: SmtpSink
) -> None:
    worker("mail")
    result = invite(message="See you on Monday.")
    [received] = smtp_sink.wait_for(1, to=NICOLE)

    message = received.message
    assert received.recipients == (NICOLE,)
    assert message["Subject"] == (
        "Ada invited you to access applications within their organization."
    )
    sender = message["From"].addresses[0]
    assert sender.display_name == "Microsoft Invitations on behalf of Fabrikam"
    assert sender.addr_spec == received.sender
    assert str(message["Reply-To"]) == "ada@fabrikam.com"
    assert "Fabrikam has not provided a privacy statement." in received.text
    assert "Fabrikam has not provided a privacy statement." in received.html
    [mail] = mails_of(result.invitation)
    assert message["Message-ID"].startswith(f"<{mail.pk}@")
    _wait_until_sent(mail)
    assert Invitation.unscoped.get(pk=result.invitation.pk).last_sent_at is not None
    event = AuditEvent.objects.of(fabrikam).get(activity="Invitation email sent")
    assert (event.actor_kind, event.target_id) == ("system", str(result.user.pk))


def _wait_until_sent(mail: OutgoingMail) -> None:
    """The relay's answer is stored right after the mail arrived."""
    deadline = timezone.now().timestamp() + 10
    while OutgoingMail.unscoped.get(pk=mail.pk).state != MailState.SENT:
        assert timezone.now().timestamp() < deadline


GOLDEN_TEXT = """\
Were you expecting this invitation?
Go on only if you know the person and the organization named below. Invitations can be forged to \
look like they come from a company you trust.

You’re invited to Fabrikam

Ada
ada@fabrikam.com

Organization: Fabrikam
Domain: fabrikam.com
Invited address: nicole@firstupconsultants.com

Message from Ada (ada@fabrikam.com):

> Hello Nicole,
> see https://fabrikam.com/agenda & <b>bring</b> a friend.

After accepting you arrive at https://fabrikam.com/welcome
Keep this e-mail: the link also takes you back there later.

Accept invitation:
http://127.0.0.1:8000/redeem/TICKET/

--
Block future invitations from this organization:
http://127.0.0.1:8000/block/TOKEN/

This invitation is from Fabrikam (fabrikam.com). Read Fabrikam’s privacy statement:
https://fabrikam.com/privacy
Foyer sent this e-mail for Fabrikam and has checked neither the sender nor the message.
"""
IN_ORDER = [
    "Were you expecting this invitation?",
    "You’re invited to Fabrikam",
    "ada@fabrikam.com",
    "Organization",
    "Domain",
    "Invited address",
    "Message from Ada",
    "Hello Nicole,",
    "After accepting you arrive at",
    "https://fabrikam.com/welcome",
    "Accept invitation",
    "/redeem/TICKET/",
    "Block future invitations",
    "This invitation is from Fabrikam (",
    "privacy statement",
    "has checked neither the sender nor the message",
]


@pytest.fixture
def letter(invite: Invite, fabrikam: Tenant) -> OutgoingMail:
    """The mail of an invitation with everything in it."""
    fabrikam.privacy_statement_url = "https://fabrikam.com/privacy"
    fabrikam.save()
    message = "Hello Nicole,\nsee https://fabrikam.com/agenda & <b>bring</b> a friend."
    return mails_of(invite(message=message).invitation)[0]


def masked(text: str, mail: OutgoingMail) -> str:
    """`text` with the secrets of this run replaced."""
    invitation = Invitation.unscoped.get(pk=mail.subject_id)
    token = tokens.make_block_token(mail, invitation.key_id)
    return text.replace(tickets.ticket_of(invitation), "TICKET").replace(token, "TOKEN")


@pytest.mark.rule("EML-1", "EML-7", "EML-8", "EML-11", "EML-12", "EML-13", "EML-14", "EML-15")
def test_the_text_part_says_everything_in_order(letter: OutgoingMail) -> None:
    text = masked(part(message_of(letter), "plain"), letter)
    assert text.rstrip() == GOLDEN_TEXT.rstrip()


@pytest.mark.rule("EML-1", "EML-7", "EML-9", "EML-10", "EML-11", "SEC-31")
def test_the_html_part_says_the_same_in_the_same_order(letter: OutgoingMail) -> None:
    html = masked(part(message_of(letter), "html"), letter)
    body = html[html.index("Were you expecting") :]

    at = 0
    for words in IN_ORDER:
        assert words in body[at:], words
        at = body.index(words, at)
    assert "&lt;b&gt;bring&lt;/b&gt;" in html
    assert "Hello Nicole,<br>" in html
    assert 'href="https://fabrikam.com/agenda' not in html
    assert 'href="https://fabrikam.com/privacy"' in html


@pytest.mark.rule("EML-7", "SEC-62")
def test_nothing_is_loaded_and_links_lead_to_the_portal(letter: OutgoingMail) -> None:
    html = masked(part(message_of(letter), "html"), letter)

    page = read_page(html)
    tags = {element.node.tag for element in page.descendants()}
    assert not tags & {"img", "script", "link", "iframe", "form", "object"}
    assert_only_dark_rules(html)
    assert not any(one.has("src") for one in page.descendants())
    assert 'class=""' not in html
    assert "url(" not in html
    assert set(page.addresses) == {
        "mailto:ada@fabrikam.com",
        "http://127.0.0.1:8000/redeem/TICKET/",
        "http://127.0.0.1:8000/block/TOKEN/",
        "https://fabrikam.com/privacy",
    }


@pytest.mark.rule("EML-6", "SEC-94", "SEC-33", "SEC-95")
def test_exactly_these_headers(letter: OutgoingMail) -> None:
    message = message_of(letter)

    assert list(message.keys()) == HEADERS
    assert str(message["To"]) == NICOLE
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    unsubscribe = masked(str(message["List-Unsubscribe"]), letter)
    assert unsubscribe == "<http://127.0.0.1:8000/block/TOKEN/one-click/>"
    assert "fabrikam" not in message["From"].addresses[0].domain


@pytest.mark.rule("REL-5", "SEC-93")
def test_every_try_has_the_same_bytes(letter: OutgoingMail) -> None:
    first, second = (message_of(letter).as_bytes() for _ in range(2))
    assert first == second
    assert not re.search(rb"(?<!\r)\n", first)
    assert max(map(len, first.split(b"\r\n"))) <= 998
    first.decode("ascii")


@pytest.mark.rule("EML-16", "INV-15")
def test_a_resent_mail_has_the_same_content(letter: OutgoingMail, ada: User) -> None:
    invitation = Invitation.unscoped.select_related("tenant", "user").get(pk=letter.subject_id)
    resend_invitation(invitation, by=ada)
    first, again = mails_of(invitation)
    texts = [masked(part(message_of(mail), "plain"), mail) for mail in (first, again)]
    assert texts[0] == texts[1]
    assert message_of(first)["Subject"] == message_of(again)["Subject"]
    assert message_of(first)["Message-ID"] != message_of(again)["Message-ID"]


@pytest.mark.rule("INV-10", "SEC-97", "EML-14")
def test_a_copy_has_no_ticket_and_a_block_link_of_its_own(invite: Invite) -> None:
    invitation = invite(cc=["boss@partner.example"]).invitation
    [copy] = mails_of(invitation, copies=True)
    message = message_of(copy)
    everything = part(message, "plain") + part(message, "html")

    assert str(message["To"]) == "boss@partner.example"
    assert "Cc" not in message
    assert tickets.ticket_of(invitation) not in message.as_bytes().decode()
    assert "/redeem/" not in everything
    assert f"This is a copy: {NICOLE} has received the link to accept." in everything
    about = tokens.read_block_token(tokens.make_block_token(copy, invitation.key_id))
    assert about == Blockable(invitation.tenant, CanonicalAddress("boss@partner.example"))


@pytest.mark.rule("INV-8", "EML-5", "EML-11")
def test_without_an_address_of_the_inviter_there_is_no_message(
    invite: Invite, fabrikam: Tenant
) -> None:
    nobody = MemberFactory(tenant=fabrikam, display_name="No Mail", mail="")
    [mail] = mails_of(invite(by=nobody, message="Secret words").invitation)
    message = message_of(mail)

    assert "Reply-To" not in message
    assert "Secret words" not in part(message, "plain") + part(message, "html")


@pytest.mark.rule("EML-3", "EML-10", "EX-15")
def test_without_an_inviter_the_tenant_takes_their_place(letter: OutgoingMail) -> None:
    Invitation.unscoped.filter(pk=letter.subject_id).update(inviter=None)
    message = message_of(letter)

    assert message["Subject"].startswith("Fabrikam invited you")
    assert "Reply-To" not in message
    assert "Message from" not in part(message, "plain")


@pytest.mark.rule("EML-4", "SEC-62")
def test_brand_and_addresses_are_settings(letter: OutgoingMail, settings: Settings) -> None:
    settings.INVITATION_SENDER_BRAND = "Foyer"
    settings.PORTAL_BASE_URL = "https://portal.example"
    settings.PORTAL_MAIL_FROM = "guests@portal.example"
    message = message_of(letter)

    assert str(message["From"]) == "Foyer Invitations on behalf of Fabrikam <guests@portal.example>"
    assert message["Message-ID"] == f"<{letter.pk}@portal.example>"
    assert "https://portal.example/redeem/" in part(message, "plain")
    assert "127.0.0.1" not in message.as_string()


@pytest.mark.rule("EML-12", "SEC-86")
def test_a_long_redirect_url_is_cut_behind_its_host(letter: OutgoingMail) -> None:
    url = "https://xn--bcher-kva.example/" + "a" * 200
    Invitation.unscoped.filter(pk=letter.subject_id).update(redirect_url=url)
    assert "arrive at https://bücher.example/…\n" in part(message_of(letter), "plain")


@pytest.mark.rule("REL-11")
@pytest.mark.parametrize("reason", ["revoked", "accepted", "blocked", "deleted"])
def test_what_is_not_wanted_any_more_is_not_sent(
    letter: OutgoingMail, reason: str, smtp_sink: SmtpSink
) -> None:
    invitation = Invitation.unscoped.select_related("tenant", "user").get(pk=letter.subject_id)
    if reason == "revoked":
        Invitation.unscoped.filter(pk=invitation.pk).update(status="Revoked")
    elif reason == "accepted":
        redeem_invitation(proven(invitation))
    elif reason == "blocked":
        block_invitations(Blockable(invitation.tenant, NICOLE))
    else:
        User.unscoped.filter(pk=invitation.user_id).update(deleted_at=timezone.now())

    with pytest.raises(NotWantedError):
        message_of(letter)
    assert delivery.deliver_mail(letter.pk) is MailState.CANCELLED
    assert smtp_sink.messages == []


@pytest.mark.rule("REL-8", "T23", "BET-3")
def test_a_refused_mail_leaves_its_reason(
    letter: OutgoingMail, fabrikam: Tenant, smtp_sink: SmtpSink
) -> None:
    smtp_sink.refuse(NICOLE, "550 5.1.1 No such user <nicole@firstupconsultants.com>")

    assert delivery.deliver_mail(letter.pk) is MailState.FAILED

    event = AuditEvent.objects.of(fabrikam).get(activity="Invitation email failed")
    assert event.result == "failure"
    assert event.result_reason.startswith("550 5.1.1 No such user")
    assert Invitation.unscoped.get(pk=letter.subject_id).last_sent_at is None


@pytest.mark.rule("EML-18")
def test_the_first_supported_language_is_taken(settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "German"), ("fr", "French")]
    assert first_supported(["", "xx", "de-AT", "fr"]) == "de"
    assert first_supported(["", "not a tag", "en-US"]) == "en"
    assert first_supported([]) == "en"


@pytest.mark.rule("EML-18")
@pytest.mark.parametrize(
    ("asked", "own", "home", "host", "expected"),
    [
        ("de-DE", "en-US", "en", "en", "de"),
        ("", "de", "en", "en", "de"),
        ("tlh", "", "de", "en", "de"),
        ("", "tlh", "", "de", "de"),
        ("", "", "", "", "en"),
    ],
)
def test_an_invitation_speaks_as_asked_then_as_the_guest_the_home_and_the_inviting_tenant(
    asked: str, own: str, home: str, host: str, expected: str
) -> None:
    invitation = Invitation(
        message_language=asked,
        user=User(preferred_language=own),
        tenant=Tenant(notification_language=host),
    )
    account = User(tenant=Tenant(notification_language=home)) if home else None

    assert mail_language.mail_language(invitation, account) == expected


@pytest.mark.rule("SEC-31", "EML-19", "SEC-86")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Grace Nakamura", "Grace Nakamura"),
        ("  Grace\r\nBcc: x@evil.example ", "Grace Bcc x evil. example"),
        ("https://evil.example/a?b", "https evil. example a b"),
        ("Contoso Ltd.", "Contoso Ltd."),
        ("J. R. R. Smith & Sons", "J. R. R. Smith & Sons"),
        ("\u202egnp.exe", "gnp. exe"),
        ("x" * 80, "x" * 64),
        ("Zo\u00eb", "Zo\u00eb"),
    ],
)
def test_names_carry_no_links_and_no_breaks(text: str, expected: str) -> None:
    assert name_in_mail(text) == expected


@pytest.mark.rule("SEC-93", "EML-19", "SEC-97", "AB-14")
def test_500_injections_give_exactly_the_expected_headers_and_one_recipient(
    letter: OutgoingMail, fabrikam: Tenant, ada: User
) -> None:
    invitation_row = Invitation.unscoped.filter(pk=letter.subject_id)
    for text in injections():
        name = text.replace("\x00", "\x01")[:250]  # PostgreSQL stores no NUL
        User.unscoped.filter(pk=ada.pk).update(display_name=name, mail="ada@fabrikam.com")
        Tenant.objects.filter(pk=fabrikam.pk).update(display_name=name)
        invitation_row.update(message=name, redirect_url=TARGET)
        raw = message_of(letter).as_bytes()
        message = message_from_bytes(raw, policy=policy.default)
        assert list(message.keys()) == HEADERS, text
        assert [a.addr_spec for a in message["To"].addresses] == [NICOLE], text
        assert len(message["From"].addresses) == 1, text
        assert [a.addr_spec for a in message["Reply-To"].addresses] == ["ada@fabrikam.com"], text
        assert not message.defects, text
        assert message.get_content_type() == "multipart/alternative", text


@pytest.mark.rule("SEC-93", "EML-5")
@pytest.mark.parametrize(
    "text", ["ada@fabrikam.com\r\nBcc: m@evil.example", "Ada <m@evil.example>"]
)
def test_an_odd_mail_of_the_inviter_is_no_reply_to(
    letter: OutgoingMail, ada: User, text: Any
) -> None:
    User.unscoped.filter(pk=ada.pk).update(mail=text)
    assert "Reply-To" not in message_of(letter)
