"""External Identities | Invitations: the list and the story of each (INV-2, BET-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from guests.models import User
from invitations.blocking.actions import block_invitations, unblock_invitations
from invitations.blocking.tokens import Blockable
from invitations.models import Invitation
from invitations.overview import timeline
from invitations.redemption.actions import redeem_invitation
from portal.outbox.models import MailState, OutgoingMail
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values.email_address import canonical_address
from tests.factories import MemberFactory
from tests.support.invitations import NICOLE, TARGET, Invite, proven, signed_in
from tests.support.inviting import reset_redemption
from tests.support.page import words

pytestmark = pytest.mark.django_db

LIST = reverse("invitations:invitations")


def page_of(invitation: Invitation) -> str:
    return reverse("invitations:invitation", args=[invitation.pk])


def story(invitation: Invitation) -> list[str]:
    return [str(moment.text) for moment in timeline.invitation_timeline(invitation)]


@pytest.mark.rule("INV-2", "BET-3", "BET-1")
def test_the_list_shows_state_mail_method_and_inviter(invite: Invite, ada: User) -> None:
    invite(NICOLE)
    row = words(signed_in(ada).get(LIST))

    for text in (NICOLE, "Pending acceptance", "Queued", "Email one-time passcode", "Ada"):
        assert text in row


@pytest.mark.rule("BET-3")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=PendingAcceptance", {"pending", "stale", "failed"}),
        ("status=Completed", {"done"}),
        ("delivery=failed", {"failed"}),
        ("age=stale", {"stale"}),
        ("search=stale", {"stale"}),
        ("search=nobody", set()),
    ],
)
def test_filters_and_search(invite: Invite, ada: User, query: str, found: set[str]) -> None:
    made = {
        name: invite(f"{name}@partner.example").invitation
        for name in ("pending", "done", "stale", "failed")
    }
    redeem_invitation(proven(made["done"]))
    long_ago = timezone.now() - timedelta(days=31)
    Invitation.unscoped.filter(pk=made["stale"].pk).update(created_at=long_ago)
    OutgoingMail.unscoped.filter(subject_id=made["failed"].pk).update(state=MailState.FAILED)

    page = words(signed_in(ada).get(f"{LIST}?{query}"))

    assert {name for name in made if f"{name}@partner.example" in page} == found


@pytest.mark.rule("BET-3")
def test_the_queries_do_not_grow_with_the_invitations(
    invite: Invite, ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    invite(NICOLE)
    browser = signed_in(ada)
    browser.get(LIST)
    with CaptureQueriesContext(connection) as before:
        browser.get(LIST)
    for number in range(5):
        invite(f"guest{number}@partner.example")

    with django_assert_num_queries(len(before)):
        browser.get(LIST)


@pytest.mark.rule("BET-3", "INV-16")
def test_the_timeline_tells_that_the_guest_blocked_invitations(invite: Invite, ada: User) -> None:
    invitation = invite(NICOLE).invitation
    OutgoingMail.unscoped.filter(subject_id=invitation.pk).update(
        state=MailState.SENT, finished_at=timezone.now()
    )
    about = Blockable(invitation.tenant, canonical_address(NICOLE))

    block_invitations(about)
    page = words(signed_in(ada).get(page_of(invitation)))
    unblock_invitations(about)

    assert story(invitation)[-2:] == [
        "The guest blocked invitations",
        "The guest allows invitations again",
    ]
    assert "Sent, then blocked by the guest" in page


@pytest.mark.rule("BET-3", "REL-8")
def test_the_timeline_tells_a_bounced_invitation(invite: Invite) -> None:
    invitation = invite(NICOLE).invitation
    OutgoingMail.unscoped.filter(subject_id=invitation.pk).update(
        state=MailState.FAILED,
        finished_at=timezone.now(),
        reply_code=550,
        reply_text="no such user",
    )

    moments = timeline.invitation_timeline(invitation)

    assert {str(m.text) for m in moments[:2]} == {"Invited", "Mail queued"}
    assert moments[-1].text == "Mail could not be delivered"
    assert moments[-1].detail == "550 no such user"


@pytest.mark.rule("BET-3", "INV-17")
def test_the_timeline_tells_acceptance_and_reset_of_this_invitation_only(
    invite: Invite, ada: User
) -> None:
    first = invite(is_mail_wanted=False).invitation
    guest = redeem_invitation(proven(first))
    second = reset_redemption(
        User.unscoped.select_related("tenant").get(pk=guest.pk),
        by=ada,
        redirect_url=TARGET,
        is_mail_wanted=False,
    ).invitation

    assert story(first) == ["Invited", "Accepted"]
    assert story(second) == ["Invited again after a reset"]


@pytest.mark.rule("SEC-23", "REL-11")
def test_revoke_kills_the_link_from_the_pane(invite: Invite, ada: User) -> None:
    invitation = invite(NICOLE).invitation
    browser = signed_in(ada)
    assert "Revoke" in words(browser.get(page_of(invitation)))

    assert browser.post(page_of(invitation), {"revoke": ""})["Location"] == page_of(invitation)

    page = words(browser.get(page_of(invitation)))
    assert "Revoked: the link stopped working" in page
    assert 'name="revoke"' not in browser.get(page_of(invitation)).content.decode()


@pytest.mark.rule("INV-15", "T21")
def test_resend_from_the_pane_obeys_the_wait(invite: Invite, ada: User) -> None:
    invitation = invite(NICOLE).invitation
    browser = signed_in(ada)

    browser.post(page_of(invitation), {"resend": ""})
    browser.post(page_of(invitation), {"resend": ""})

    assert "Nothing changed" in words(browser.get(page_of(invitation)))
    assert OutgoingMail.unscoped.filter(subject_id=invitation.pk).count() == 2


@pytest.mark.rule("T17", "DIR-1")
def test_members_and_other_tenants_see_no_invitation(
    invite: Invite, member: User, contoso: Tenant
) -> None:
    invitation = invite(NICOLE).invitation
    stranger: Client = signed_in(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_ADMINISTRATOR,)))

    assert signed_in(member).get(LIST).status_code == 403
    assert stranger.get(page_of(invitation)).status_code == 404
    assert NICOLE not in words(stranger.get(LIST))


@pytest.mark.rule("SEC-83", "AUD-1")
def test_a_reader_changes_nothing(invite: Invite, fabrikam: Tenant) -> None:
    invitation = invite(NICOLE).invitation
    before = Invitation.unscoped.get(pk=invitation.pk).generation
    reader = signed_in(MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,)))

    assert reader.post(page_of(invitation), {"revoke": ""}).status_code == 403

    assert Invitation.unscoped.get(pk=invitation.pk).generation == before
