"""From the mailed link to the landing, without effect until somebody posts (SEC-24 to SEC-27)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guests.models import Identity, User
from identityproviders.models import PasscodeRequest, SignInTransaction
from identityproviders.passcodes import one_time_codes
from invitations.blocking import tokens
from invitations.inviting import tickets
from invitations.inviting.actions import redeem_url
from invitations.lifecycle.actions import revoke_invitation
from invitations.models import InvitationBlock
from invitations.redemption.actions import redeem_invitation
from portal.audit.models import AuditEvent
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, TARGET, Invite, mails_of, proven, signed_in
from tests.support.page import read_page, words
from tests.support.redemption import CONSENT, LANDING, MISMATCH, opened, path_of, rows

MASKED = "n***@firstupconsultants.com"
SCANNERS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0) SafeLinks",
    "Barracuda Sentinel (EE)",
    "Mimecast/1.0 (URL protection)",
    "Proofpoint URL Defense",
    "curl/8.5.0",
    "python-requests/2.32",
    "Slackbot-LinkExpanding 1.0",
    "GoogleImageProxy",
    "",
]


def shown(response: Any) -> str:
    """The page's text."""
    return words(response).replace("'", "’")


@pytest.mark.rule("SEC-27", "SEC-24", "SEC-68", "SEC-70")
def test_the_ticket_moves_to_the_server(invite: Invite) -> None:
    invitation = invite().invitation
    client = Client()

    response = client.get(path_of(invitation))

    assert (response.status_code, response["Location"]) == (303, LANDING)
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    page = client.get(LANDING)
    everything = page.content.decode() + str(page.headers) + str(dict(client.session))
    assert tickets.ticket_of(invitation) not in everything
    foreign = ("http:", "https:", "//")
    assert not any(address.startswith(foreign) for address in read_page(page).addresses)


@pytest.mark.rule("RED-1", "SEC-25")
def test_the_landing_names_organization_inviter_and_the_masked_address(invite: Invite) -> None:
    text = shown(opened(invite().invitation).get(LANDING))

    assert "Fabrikam invited you" in text
    assert "Ada" in text
    assert "fabrikam.com" in text
    assert MASKED in text
    assert NICOLE not in text


@pytest.mark.rule("EX-17", "SEC-24", "INV-6", "BET-20")
def test_ex_17_scanners_change_nothing(invite: Invite, passcodes_leave: None) -> None:
    invitation = invite().invitation
    [mail] = mails_of(invitation)
    token = tokens.make_block_token(mail, invitation.key_id)
    links = [
        path_of(invitation),
        reverse("invitations:open_block", args=[token]),
        reverse("invitations:block_one_click", args=[token]),
    ]
    before = rows()

    for agent in SCANNERS:
        for method in ("get", "head"):
            for link in links:
                for _ in range(2):
                    client = Client(headers={"User-Agent": agent})
                    response = getattr(client, method)(link, follow=True)
                    assert response.status_code == 200

    assert rows() == before
    assert not InvitationBlock.unscoped.exists()
    client = opened(invitation)
    assert client.post(LANDING)["Location"] == "/signin/code/"
    client.post("/signin/code/")
    request = PasscodeRequest.unscoped.get()
    one_time_codes.hand_over_passcode(request)
    client.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})
    client.post(CONSENT, {"accept": ""})
    assert User.unscoped.get(pk=invitation.user_id).is_accepted


@pytest.mark.rule("EX-17", "SEC-24", "INV-7")
def test_a_hundred_openings_of_one_browser_before_and_after_change_nothing(
    invite: Invite, passcodes_leave: None
) -> None:
    """A preview in the mail program keeps its cookies from one opening to the next."""
    invitation = invite().invitation
    client = Client(headers={"User-Agent": SCANNERS[0]})
    for guest_is in ("pending", "accepted"):
        if guest_is == "accepted":
            redeem_invitation(proven(invitation))
        before = rows()
        for _ in range(50):
            assert client.head(path_of(invitation), follow=True).status_code == 200
            assert client.get(path_of(invitation), follow=True).status_code == 200
        assert rows() == before


@pytest.fixture
def passcodes_leave(db: None) -> None:
    """A passcode worker lives (REL-16)."""
    sweeper.note_heartbeat("tests", ["passcode"])


@pytest.mark.rule("SEC-24", "SEC-67")
def test_accepting_needs_the_csrf_token(invite: Invite) -> None:
    client = Client(enforce_csrf_checks=True)
    opened(invite().invitation, client)
    assert client.post(LANDING).status_code == 403


@pytest.mark.rule("SEC-25", "RED-1", "T19")
def test_not_signed_in_the_redemption_order_of_the_invited_address_begins(
    invite: Invite, passcodes_leave: None
) -> None:
    invitation = invite().invitation
    client = opened(invitation)

    response = client.post(LANDING, {"address": "mallory@evil.example"})

    assert response["Location"] == "/signin/code/"
    txn = SignInTransaction.unscoped.get()
    assert (txn.address_key, txn.proof_key) == (NICOLE, NICOLE)
    assert (txn.user, txn.invitation_id) == (invitation.user, invitation.pk)
    assert MASKED in shown(client.get("/signin/code/")) or NICOLE in shown(
        client.get("/signin/code/")
    )


@pytest.mark.rule("SEC-25", "CON-1", "T19", "HRD-1")
def test_signed_in_at_home_as_the_invited_identity_consent_comes_next(
    invite: Invite, contoso: Tenant
) -> None:
    grace = MemberFactory(tenant=contoso, email="grace@contoso.com", display_name="Grace")
    invitation = invite("grace@contoso.com").invitation
    client = opened(invitation, signed_in(grace))

    response = client.post(LANDING)

    assert response["Location"] == CONSENT
    assert client.post(CONSENT, {"accept": ""}).status_code == 303
    identity = Identity.unscoped.get(user=invitation.user)
    assert identity.issuer == "ExternalAzureAD"
    assert (identity.provider_key, identity.subject) == (str(contoso.pk), str(grace.pk))


@pytest.mark.rule("SEC-25", "T23", "SEC-103")
@pytest.mark.parametrize("who", ["guest", "member", "administrator", "elsewhere"])
def test_signed_in_as_somebody_else(
    invite: Invite, fabrikam: Tenant, contoso: Tenant, ada: User, member: User, who: str
) -> None:
    people: dict[str, User] = {
        "guest": PasscodeGuestFactory(tenant=fabrikam),
        "member": member,
        "administrator": ada,
        "elsewhere": MemberFactory(tenant=contoso),
    }
    invitation = invite().invitation
    client = opened(invitation, signed_in(people[who]))

    assert client.get(LANDING)["Location"] == MISMATCH
    assert client.post(LANDING)["Location"] == MISMATCH
    for _ in range(2):
        text = shown(client.get(MISMATCH))
    assert people[who].display_name in text
    assert MASKED in text
    assert NICOLE not in text
    events = AuditEvent.objects.of(fabrikam).filter(activity="invitation.identity_mismatch")
    assert [(e.actor_id, e.result) for e in events] == [(people[who].pk, "failure")]
    assert not Identity.unscoped.filter(user=invitation.user).exists()

    assert client.post(MISMATCH, {"sign_out": ""})["Location"] == LANDING
    assert "_auth_user_id" not in client.session
    assert "Fabrikam invited you" in shown(client.get(LANDING))


@pytest.mark.rule("SEC-25")
def test_cancelling_a_mismatch_keeps_the_session_and_forgets_the_invitation(
    invite: Invite, member: User
) -> None:
    client = opened(invite().invitation, signed_in(member))

    assert client.post(MISMATCH, {"cancel": ""})["Location"] == "/"
    assert "_auth_user_id" in client.session
    assert client.get(LANDING).status_code == 404


@pytest.mark.rule("RED-7", "INV-7", "SEC-25", "CON-1")
def test_an_accepted_guest_signs_in_and_goes_on_without_consent(
    invite: Invite, passcodes_leave: None
) -> None:
    invitation = invite().invitation
    redeem_invitation(proven(invitation))
    SignInTransaction.unscoped.all().delete()
    client = opened(invitation)

    assert "You have accepted this invitation already" in shown(client.get(LANDING))
    assert client.post(LANDING)["Location"] == "/signin/code/"
    client.post("/signin/code/")
    request = PasscodeRequest.unscoped.get()
    one_time_codes.hand_over_passcode(request)
    response = client.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})
    assert response["Location"] == f"/leaving/?invitation={invitation.pk}"
    assert f"url={TARGET}" in client.get(response["Location"]).content.decode()
    assert Identity.unscoped.filter(user=invitation.user).count() == 1


@pytest.mark.rule("RED-7", "INV-7")
def test_signed_in_already_the_link_leads_straight_on(invite: Invite) -> None:
    invitation = invite().invitation
    user = redeem_invitation(proven(invitation))

    client = opened(invitation, signed_in(user, method="mail"))

    assert client.get(LANDING)["Location"] == f"/leaving/?invitation={invitation.pk}"


@pytest.mark.rule("SEC-26", "RED-7")
def test_every_dead_link_gives_the_same_neutral_page(
    invite: Invite, ada: User, contoso: Tenant
) -> None:
    revoked = invite("a@partner.example").invitation
    superseded = path_of(revoked)
    revoke_invitation(revoked, by=ada)
    deleted = invite("b@partner.example").invitation
    User.unscoped.filter(pk=deleted.user_id).update(deleted_at=timezone.now())
    suspended = invite("c@partner.example").invitation

    dead = ["/redeem/x/", f"/redeem/{'A' * 43}/", superseded, path_of(revoked), path_of(deleted)]
    answers = [Client().get(path) for path in dead]
    Tenant.objects.filter(pk=suspended.tenant_id).update(is_suspended=True)
    answers.append(Client().get(path_of(suspended)))

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    text = shown(answers[0])
    assert "This link is no longer valid" in text
    assert "Fabrikam" not in text
    assert not any(answer.cookies for answer in answers)


@pytest.mark.rule("SEC-26", "SEC-23")
def test_a_link_revoked_while_the_landing_is_open_is_dead(invite: Invite, ada: User) -> None:
    invitation = invite().invitation
    client = opened(invitation)
    revoke_invitation(invitation, by=ada)

    for answer in (client.get(LANDING), client.post(LANDING), client.get(MISMATCH)):
        assert answer.status_code == 404
        assert "no longer valid" in shown(answer)


@pytest.mark.rule("T22")
def test_a_landing_without_an_opened_link_says_what_to_do(client: Client, db: None) -> None:
    answer = client.get(LANDING)
    assert answer.status_code == 404
    assert "Open your invitation again" in shown(answer)


@pytest.mark.rule("SEC-62")
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
    ],
)
def test_a_poisoned_host_reaches_no_link(
    invite: Invite, ada: User, headers: dict[str, str]
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    client = signed_in(ada)
    answer = client.post(reverse("invitations:resend", args=[invitation.user_id]), headers=headers)
    assert answer.status_code in {302, 400}
    assert "evil.example" not in redeem_url(invitation)
    page = client.get(reverse("invitations:link", args=[invitation.user_id]), headers=headers)
    assert b"evil.example" not in page.content
