"""Automatic redemption: both organizations ticked it for each other (CTA-7, EML-17)."""

from __future__ import annotations

import pytest

from guests.models import Identity, User
from invitations.cross_tenant.queries import PartnerSettings
from invitations.delivery.emails import build_invitation_mail
from invitations.redemption.actions import redeem_automatically, redeem_invitation
from portal.audit.models import AuditEvent
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, AdministratorFactory, MemberFactory
from tests.support.cross_tenant import about
from tests.support.invitations import NICOLE, Invite, mails_of, message_of, part, proven, signed_in
from tests.support.redemption_at_home import is_untouched, opened

pytestmark = pytest.mark.django_db

OLGA = "olga@contoso.com"
IN, OUT = PartnerSettings(redeems_inbound=True), PartnerSettings(redeems_outbound=True)


@pytest.fixture
def olga(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, email=OLGA, display_name="Olga Orlova")


@pytest.fixture
def host_agrees(ada: User, fabrikam: Tenant, contoso: Tenant) -> None:
    about(fabrikam, str(contoso.pk), IN, ada)


@pytest.fixture
def home_agrees(fabrikam: Tenant, contoso: Tenant) -> None:
    about(contoso, "fabrikam.com", OUT, AdministratorFactory(tenant=contoso))


@pytest.mark.rule("CTA-7", "CON-6")
def test_when_both_agreed_the_password_at_home_accepts(
    invite: Invite, olga: User, host_agrees: None, home_agrees: None
) -> None:
    invitation = invite(OLGA, is_mail_wanted=False).invitation
    browser = opened(invitation)
    page = browser.get("/redeem/").content.decode()
    assert "without being asked again" in page
    assert "Nothing is shared before you agree" not in page
    browser.post("/redeem/")
    assert browser.get("/signin/password/").status_code == 200
    assert is_untouched(invitation)
    answer = browser.post("/signin/password/", {"password": PASSWORD})
    assert answer["Location"] == f"/leaving/?invitation={invitation.pk}"
    assert User.unscoped.get(pk=invitation.user_id).is_accepted
    assert Identity.unscoped.get(user_id=invitation.user_id).subject == str(olga.pk)
    event = AuditEvent.unscoped.get(activity="Redeem external user invite")
    assert event.additional_details["IsAutomatic"] is True


@pytest.mark.rule("CTA-7", "CON-1")
@pytest.mark.parametrize("only", ["host_agrees", "home_agrees"])
def test_one_side_alone_changes_nothing(
    request: pytest.FixtureRequest, invite: Invite, olga: User, only: str
) -> None:
    request.getfixturevalue(only)
    browser = opened(invite(OLGA, is_mail_wanted=False).invitation)
    browser.post("/redeem/")
    answer = browser.post("/signin/password/", {"password": PASSWORD})
    assert answer["Location"] == "/consent/"


@pytest.mark.rule("CTA-7", "RED-2")
def test_a_session_at_home_accepts_in_the_post_and_on_no_get(
    invite: Invite, olga: User, host_agrees: None, home_agrees: None
) -> None:
    invitation = invite(OLGA, is_mail_wanted=False).invitation
    browser = opened(invitation, signed_in(olga))
    browser.get("/redeem/")
    browser.head("/redeem/")
    assert is_untouched(invitation)
    assert browser.post("/redeem/")["Location"].startswith("/leaving/")
    assert User.unscoped.get(pk=invitation.user_id).is_accepted


@pytest.mark.rule("CTA-7", "RED-8")
def test_a_mailbox_is_no_account_of_the_home_organization(
    invite: Invite, contoso: Tenant, host_agrees: None, home_agrees: None
) -> None:
    invitation = invite(NICOLE, is_mail_wanted=False).invitation
    txn = proven(invitation)
    assert redeem_automatically(txn) is None
    assert is_untouched(invitation)
    redeem_invitation(txn)
    event = AuditEvent.unscoped.get(activity="Redeem external user invite")
    assert event.additional_details["IsAutomatic"] is False


@pytest.mark.rule("EML-17", "CTA-7")
def test_the_mail_is_a_notice_without_required_action(
    invite: Invite, olga: User, host_agrees: None, home_agrees: None
) -> None:
    mail = mails_of(invite(OLGA).invitation)[0]
    for kind in ("plain", "html"):
        text = part(message_of(mail), kind)
        assert "There is nothing to accept" in text
        assert "Accept invitation" not in text
        assert "Open" in text
    other = mails_of(invite(NICOLE).invitation)[0]
    assert "Accept invitation" in part(build_invitation_mail(other).message(), "plain")
