"""Several at once with the same invitation: one guest, one mail, one acceptance."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from guests.models import ExternalUserState, Identity, Issuer, Sponsorship, User
from identityproviders.models import SignInTransaction
from invitations.lifecycle.actions import resend_invitation
from invitations.models import Invitation, InvitationStatus
from invitations.redemption.actions import redeem_invitation
from portal.audit.models import AuditEvent
from portal.errors import DomainError
from portal.outbox.models import OutgoingMail
from portal.tenants.models import Tenant
from tests.support.invitations import (
    NICOLE,
    TARGET,
    THREADS,
    AtOnce,
    Invite,
    later,
    proven,
    signed_in,
)
from tests.support.inviting import invite_guest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.rule("REL-23", "INV-12", "SEC-29")
def test_twenty_equal_invitations_at_once_make_one_guest_and_one_mail(
    fabrikam: Tenant, ada: User, at_once: AtOnce
) -> None:
    def invite(_: int) -> object:
        return invite_guest(fabrikam, by=ada, address=NICOLE, redirect_url=TARGET).invitation.pk

    answers = at_once(invite, 20)

    assert len(set(answers)) == 1
    assert User.objects.of(fabrikam).external().count() == 1
    assert Sponsorship.unscoped.count() == 1
    assert Invitation.unscoped.count() == 1
    assert OutgoingMail.unscoped.count() == 1
    assert AuditEvent.unscoped.filter(activity="Invite external user").count() == 1


@pytest.mark.rule("REL-23", "AB-3")
def test_twenty_equal_submissions_of_the_form_make_one_guest_and_one_mail(
    fabrikam: Tenant, ada: User, at_once: AtOnce
) -> None:
    browser = signed_in(ada)
    browser.get("/users/invite/")
    cookies: Any = browser.cookies

    def submit(_: int) -> object:
        client = Client()
        client.cookies = cookies.copy()
        response = client.post(
            "/users/invite/",
            {"email": NICOLE, "redirect_url": TARGET, "is_mail_wanted": "on", "go": "invite"},
        )
        return response.status_code

    assert set(at_once(submit, 20)) == {302}
    assert User.objects.of(fabrikam).external().count() == 1
    assert (Invitation.unscoped.count(), OutgoingMail.unscoped.count()) == (1, 1)


@pytest.mark.rule("REL-23", "INV-12")
def test_a_pending_guest_invited_again_by_eight_at_once_gets_one_more_mail(
    fabrikam: Tenant, ada: User, invite: Invite, at_once: AtOnce
) -> None:
    later(invite().invitation, minutes=10)

    at_once(lambda _: invite_guest(fabrikam, by=ada, address=NICOLE, redirect_url=TARGET).is_new)

    assert OutgoingMail.unscoped.count() == 2


@pytest.mark.rule("T21", "INV-15", "AB-3")
def test_of_eight_resends_at_once_one_goes_out(invite: Invite, ada: User, at_once: AtOnce) -> None:
    invitation = invite().invitation

    def resend(_: int) -> object:
        mine = Invitation.unscoped.select_related("tenant", "user", "inviter").get(pk=invitation.pk)
        try:
            return resend_invitation(mine, by=ada).is_mail_queued
        except DomainError as error:
            return error.status

    answers = at_once(resend)
    assert answers.count(True) == 1
    assert answers.count(429) == THREADS - 1
    assert OutgoingMail.unscoped.count() == 2


@pytest.mark.torture
@pytest.mark.rule("SEC-22", "AB-3", "RED-10")
def test_two_hundred_rounds_of_eight_redemptions_have_one_winner_each(
    invite: Invite, at_once: AtOnce
) -> None:
    invitation = invite(is_mail_wanted=False).invitation
    nicole = invitation.user
    txn = proven(invitation)

    def redeem(_: int) -> object:
        mine = SignInTransaction.unscoped.select_related("tenant", "user").get(pk=txn.pk)
        try:
            return redeem_invitation(mine).pk
        except DomainError as error:
            return error.status

    for number in range(200):
        answers = at_once(redeem)
        assert answers.count(nicole.pk) == 1, answers
        assert answers.count(409) == THREADS - 1, answers
        assert Identity.unscoped.filter(user=nicole).count() == 1
        assert AuditEvent.unscoped.filter(activity="Redeem external user invite").count() == (
            number + 1
        )
        _pending_again(nicole, invitation)


def _pending_again(guest: User, invitation: Invitation) -> None:
    with transaction.atomic():
        Identity.unscoped.filter(user=guest, issuer=Issuer.PASSCODE).delete()
        User.unscoped.filter(pk=guest.pk).update(
            external_user_state=ExternalUserState.PENDING,
            external_user_state_changed_at=guest.external_user_state_changed_at,
        )
        Invitation.unscoped.filter(pk=invitation.pk).update(status=InvitationStatus.PENDING)


@pytest.mark.rule("SEC-22", "RED-9")
def test_two_guests_cannot_bind_one_identity_at_the_same_moment(
    invite: Invite, at_once: AtOnce
) -> None:
    pairs = []
    for number in range(THREADS):
        invitation = invite(f"alias{number}@firstupconsultants.com").invitation
        User.unscoped.filter(pk=invitation.user.pk).update(other_mails=[NICOLE])
        pairs.append(proven(invitation, proven_subject=NICOLE))

    def redeem(number: int) -> object:
        mine = SignInTransaction.unscoped.select_related("tenant", "user").get(pk=pairs[number].pk)
        try:
            return redeem_invitation(mine).is_accepted
        except DomainError as error:
            return error.status

    answers = at_once(redeem)
    assert sorted(answers, key=str) == [409] * (THREADS - 1) + [True]
    assert Identity.unscoped.filter(subject=NICOLE).count() == 1
    assert User.unscoped.filter(external_user_state=ExternalUserState.ACCEPTED).count() == 1
