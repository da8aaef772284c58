"""An invitation whose mail came back, everywhere its delivery is shown (BET-3, INV-23)."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from guests.models import User
from invitations.inviting.invite_notes import InviteNote
from invitations.lifecycle.actions import resend_invitation
from invitations.overview import figures, timeline
from portal.audit.models import AuditEvent
from portal.outbox.bounces import delivery_reports
from portal.outbox.bounces.actions import note_delivery_report
from portal.outbox.models import MailState
from portal.outbox.sending import delivery
from portal.tenants.models import Tenant
from tests.support.delivery_reports import OWN_DOMAIN, report
from tests.support.invitations import NICOLE, Invite, mails_of, signed_in
from tests.support.page import words
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db


@pytest.mark.rule("BET-3", "INV-23", "T23")
def test_a_bounced_invitation_counts_as_failed_with_its_reason(
    invite: Invite, fabrikam: Tenant, ada: User, smtp_sink: SmtpSink
) -> None:
    invitation = invite(NICOLE).invitation
    [mail] = mails_of(invitation)
    assert delivery.deliver_mail(mail.pk) is MailState.SENT
    [found] = delivery_reports.read_delivery_report(
        report(mail.pk, recipient=NICOLE, diagnostic="smtp; 550 5.1.1 No such user"), OWN_DOMAIN
    )
    note_delivery_report(found)

    story = [(str(m.text), m.detail, m.kind) for m in timeline.invitation_timeline(invitation)]
    assert story[-2:] == [
        ("Mail handed to the recipient’s mail server", "", "ok"),
        ("Mail came back from the recipient’s mail server", "550 5.1.1 No such user", "bad"),
    ]
    browser = signed_in(ada)
    assert "Bounced" in words(browser.get(reverse("invitations:invitations")))
    page = words(browser.get(reverse("guests:user", args=[invitation.user_id])))
    assert "The mail server answered: 550 5.1.1 No such user" in page
    assert "Delivery failed" in words(browser.get(reverse("guests:users")))
    assert figures.mail_figures(fabrikam, timezone.now()).failed == 1
    [event] = AuditEvent.objects.of(fabrikam).filter(activity="Invitation email failed")
    assert event.result_reason == "550 5.1.1 No such user"


@pytest.mark.rule("BET-3", "INV-23")
def test_resending_to_a_bounced_address_says_that_nothing_left(
    invite: Invite, fabrikam: Tenant, ada: User, smtp_sink: SmtpSink
) -> None:
    invitation = invite(NICOLE).invitation
    [mail] = mails_of(invitation)
    delivery.deliver_mail(mail.pk)
    [found] = delivery_reports.read_delivery_report(report(mail.pk, recipient=NICOLE), OWN_DOMAIN)
    note_delivery_report(found)
    smtp_sink.clear()

    result = resend_invitation(invitation, by=ada)
    assert InviteNote.ADDRESS_BOUNCED in result.notes
    states = {m.pk: delivery.deliver_mail(m.pk) for m in mails_of(invitation)}

    assert list(states.values()).count(MailState.SUPPRESSED) == 1
    assert smtp_sink.messages == []
    assert figures.undelivered_invitations(fabrikam) == {invitation.pk}
    assert "Not sent: earlier mail bounced" in words(
        signed_in(ada).get(reverse("invitations:invitation", args=[invitation.pk]))
    )
    assert AuditEvent.objects.of(fabrikam).filter(activity="Invitation email failed").count() == 2
