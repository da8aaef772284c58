"""The guest's page and the list: state of the mail, Resend, redemption link (USR-19, T7, BET-3)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guests.models import User
from invitations.blocking.actions import block_invitations
from invitations.blocking.tokens import Blockable
from invitations.inviting import tickets
from invitations.inviting.actions import InviteResult
from invitations.lifecycle.actions import revoke_invitation
from invitations.models import Invitation
from portal.audit.models import AuditEvent
from portal.outbox.models import MailState, OutgoingMail
from portal.outbox.sending import delivery
from portal.tenants.models import Tenant
from tests.factories import MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, TARGET, Invite, SetPolicy, mails_of, signed_in
from tests.support.page import words
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def console(ada: User) -> Client:
    return signed_in(ada)


@pytest.fixture
def invited(invite: Invite) -> InviteResult:
    return invite(display_name="Nicole Wagner")


def page_of(user: User) -> str:
    return f"/users/{user.pk}/"


def tile(client: Client, user: User) -> str:
    """The words of the B2B collaboration tile."""
    response = client.get(page_of(user))
    assert response.status_code == 200
    _before, found, rest = words(response).partition("B2B collaboration")
    assert found
    return rest[:1200]


# What the tile says


@pytest.mark.rule("USR-19", "BET-1", "BET-3", "T7")
def test_a_pending_guest_has_state_method_mail_and_links(
    console: Client, invited: InviteResult
) -> None:
    shown = tile(console, invited.user)
    for part in (
        "Pending acceptance",
        "by Ada",
        "Pending since",
        "Expected sign-in method",
        "Email one-time passcode",
        "Last invitation mail Queued",
        TARGET,
        "Resend invitation",
        "Copy redemption link",
    ):
        assert part in shown, part


@pytest.mark.rule("USR-19", "T7", "RED-7")
def test_an_accepted_guest_has_a_settled_method_and_nothing_to_resend(
    console: Client, fabrikam: Tenant
) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    shown = tile(console, guest)
    assert "Accepted" in shown
    assert "Sign-in method" in shown
    assert "Expected" not in shown
    assert "Resend" not in words(console.get(page_of(guest)))
    assert "Copy redemption link" not in shown


@pytest.mark.rule("T7")
def test_an_internal_user_has_no_tile(console: Client, member: User) -> None:
    assert "<h3>B2B collaboration</h3>" not in console.get(page_of(member)).content.decode()


@pytest.mark.rule("BET-3", "REL-8", "INV-23")
@pytest.mark.parametrize(
    ("state", "label"),
    [
        (MailState.PENDING, "Queued"),
        (MailState.SENDING, "Sending"),
        (MailState.SENT, "Sent"),
        (MailState.FAILED, "Failed"),
        (MailState.EXPIRED, "Failed"),
        (MailState.CANCELLED, "Canceled"),
        (MailState.HELD, "On hold"),
        (MailState.BOUNCED, "Bounced"),
        (MailState.SUPPRESSED, "Not sent: earlier mail bounced"),
    ],
)
def test_the_tile_names_each_state_of_the_mail(
    console: Client, invited: InviteResult, state: MailState, label: str
) -> None:
    OutgoingMail.unscoped.update(state=state)
    assert f"Last invitation mail {label}" in tile(console, invited.user)


@pytest.mark.rule("BET-3", "REL-8")
def test_a_refused_mail_shows_the_relays_words(
    console: Client, invited: InviteResult, smtp_sink: SmtpSink
) -> None:
    smtp_sink.refuse(NICOLE, "550 5.1.1 <b>No such user</b>")
    [mail] = mails_of(invited.invitation)
    assert delivery.deliver_mail(mail.pk) is MailState.FAILED

    response = console.get(page_of(invited.user))
    assert "Failed" in tile(console, invited.user)
    assert "The mail server answered: 550 5.1.1 <b>No such user</b>" in words(response)
    assert "<b>No such user" not in response.content.decode()
    assert "Delivery failed" in words(console.get("/users/"))


@pytest.mark.rule("BET-3", "REL-7")
def test_a_deferred_mail_says_that_it_is_tried_again(
    console: Client, invited: InviteResult, smtp_sink: SmtpSink
) -> None:
    smtp_sink.refuse(NICOLE, "451 4.3.0 Try later")
    [mail] = mails_of(invited.invitation)
    assert delivery.deliver_mail(mail.pk) is MailState.PENDING
    assert "Deferred, trying again" in tile(console, invited.user)
    assert "451 4.3.0 Try later" in tile(console, invited.user)
    assert "Delivery failed" not in words(console.get("/users/"))


@pytest.mark.rule("BET-3", "INV-5", "INV-16")
def test_the_tile_says_why_no_mail_went_out(
    console: Client, invite: Invite, fabrikam: Tenant
) -> None:
    handed = invite("a@partner.example", is_mail_wanted=False).user
    assert "Not sent: the link was handed over" in tile(console, handed)
    block_invitations(Blockable(fabrikam, NICOLE))
    assert "Not sent: blocked by the guest" in tile(console, invite().user)


@pytest.mark.rule("T15", "T7")
def test_who_may_not_invite_sees_neither_button_nor_link(
    invited: InviteResult, member: User, set_policy: SetPolicy
) -> None:
    browsing = signed_in(member)
    assert "Copy redemption link" in tile(browsing, invited.user)
    set_policy(allow_invites_from="adminsAndGuestInviters")
    assert "Copy redemption link" not in tile(browsing, invited.user)
    assert "Resend" not in words(browsing.get(page_of(invited.user)))


# Resend and link


@pytest.mark.rule("INV-15", "T7", "T21")
def test_resend_sends_again_and_says_so(console: Client, invited: InviteResult) -> None:
    url = f"{page_of(invited.user)}invitation/resend/"
    answer = console.post(url)
    assert answer["Location"] == page_of(invited.user)
    assert f"Invitation is on its way to {NICOLE}" in words(console.get(page_of(invited.user)))
    assert len(mails_of(invited.invitation)) == 2

    console.post(url)
    shown = words(console.get(page_of(invited.user)))
    assert "The invitation was not sent" in shown
    assert "less than 5 minutes ago" in shown
    assert len(mails_of(invited.invitation)) == 2


@pytest.mark.rule("INV-15", "INV-16")
def test_resend_to_a_blocked_or_accepted_guest_says_why_not(
    console: Client, invited: InviteResult, fabrikam: Tenant
) -> None:
    url = f"{page_of(invited.user)}invitation/resend/"
    block_invitations(Blockable(fabrikam, NICOLE))
    console.post(url)
    assert "the guest blocked invitations" in words(console.get(page_of(invited.user)))
    User.unscoped.filter(pk=invited.user.pk).update(external_user_state="Accepted")
    console.post(url)
    assert "not waiting for an answer" in words(console.get(page_of(invited.user)))
    assert len(mails_of(invited.invitation)) == 1


@pytest.mark.rule("SEC-24", "SEC-67", "AUD-1")
def test_resend_needs_a_post_and_the_right(
    console: Client, invited: InviteResult, member: User, fabrikam: Tenant, set_policy: SetPolicy
) -> None:
    url = f"{page_of(invited.user)}invitation/resend/"
    assert console.get(url).status_code == 405
    set_policy(allow_invites_from="adminsAndGuestInviters")
    assert signed_in(member).post(url).status_code == 403
    assert len(mails_of(invited.invitation)) == 1
    event = AuditEvent.objects.of(fabrikam).get(activity="Resend invitation")
    assert (event.result, event.actor_id) == ("failure", member.pk)


@pytest.mark.rule("T7", "SEC-21", "SEC-70")
def test_the_link_pane_shows_the_link_to_whom_may_invite(
    console: Client, invited: InviteResult, member: User, set_policy: SetPolicy
) -> None:
    url = f"{page_of(invited.user)}invitation/link/"
    page = console.get(url)
    assert invited.redeem_url in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    ticket = tickets.ticket_of(invited.invitation)
    assert ticket not in console.get(page_of(invited.user)).content.decode()
    assert ticket not in console.get("/users/").content.decode()

    set_policy(allow_invites_from="adminsAndGuestInviters")
    refused = signed_in(member).get(url)
    assert refused.status_code == 403
    assert ticket not in refused.content.decode()


@pytest.mark.rule("T7", "RED-7")
@pytest.mark.parametrize("state", ["accepted", "revoked", "deleted", "disabled inviter"])
def test_the_link_pane_is_for_open_invitations(
    console: Client, invited: InviteResult, ada: User, inviter: User, state: str
) -> None:
    guests = User.unscoped.filter(pk=invited.user.pk)
    expected = 404
    if state == "accepted":
        guests.update(external_user_state="Accepted")
        Invitation.unscoped.update(status="Completed")
    elif state == "revoked":
        revoke_invitation(invited.invitation, by=ada)
    elif state == "deleted":
        guests.update(deleted_at=timezone.now())
    else:
        Invitation.unscoped.update(inviter=inviter)
        User.unscoped.filter(pk=inviter.pk).update(account_enabled=False)
        expected = 200
    assert console.get(f"{page_of(invited.user)}invitation/link/").status_code == expected


@pytest.mark.rule("SEC-79", "SEC-80")
def test_another_tenants_ids_are_unknown(invited: InviteResult, contoso: Tenant) -> None:
    stranger = signed_in(MemberFactory(tenant=contoso))
    assert stranger.get(f"{page_of(invited.user)}invitation/link/").status_code == 404
    assert stranger.post(f"{page_of(invited.user)}invitation/resend/").status_code == 404
    unknown = "/users/00000000-0000-0000-0000-000000000001/"
    assert stranger.get(f"{unknown}invitation/link/").status_code == 404
    assert stranger.post(f"{unknown}invitation/resend/").status_code == 404
    assert len(mails_of(invited.invitation)) == 1


# The list


@pytest.mark.rule("BET-3", "USR-1")
def test_the_list_costs_the_same_queries_however_many_mails_failed(
    console: Client, invite: Invite
) -> None:
    def cost() -> int:
        console.get("/users/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            body = console.get("/users/").content.decode()
        assert body.count("Delivery failed") == OutgoingMail.unscoped.count()
        return len(queries)

    invite("first@partner.example")
    OutgoingMail.unscoped.update(state=MailState.FAILED)
    one = cost()
    for number in range(12):
        invite(f"p{number}@partner.example")
    OutgoingMail.unscoped.update(state=MailState.FAILED)
    assert cost() == one


@pytest.mark.rule("BET-3")
def test_only_the_newest_mail_decides_about_the_mark(
    console: Client, invited: InviteResult
) -> None:
    OutgoingMail.unscoped.update(state=MailState.FAILED)
    console.post(f"{page_of(invited.user)}invitation/resend/")
    assert "Delivery failed" not in words(console.get("/users/"))
    assert "Last invitation mail Queued" in tile(console, invited.user)
