"""A person never meets the `#EXT#` name as their own, nor does the text of a log (issue 12)."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import User
from guests.users.editing.actions import UserEdit, edit_user
from invitations.models import Invitation
from portal.audit.models import AuditEvent, SignInEvent
from portal.tenants.models import Tenant
from tests.factories import MemberFactory, PasscodeGuestFactory
from tests.support.invitations import Invite, signed_in
from tests.support.page import read_page
from tests.support.redemption import CONSENT, LANDING, MISMATCH, consenting, opened

pytestmark = pytest.mark.django_db

NICOLE, PIA = "nicole@firstupconsultants.com", "pia@firstupconsultants.com"


@pytest.fixture
def pia(fabrikam: Tenant) -> User:
    """A guest who accepted."""
    return PasscodeGuestFactory(tenant=fabrikam, address=PIA, display_name="Pia")


@pytest.mark.rule("SEC-25", "SIN-4")
def test_guest_pages_name_people_by_their_own_address(
    invite: Invite, pia: User, contoso: Tenant
) -> None:
    browser = opened(invite(NICOLE).invitation, signed_in(pia, method="mail"))
    paths = (MISMATCH, "/myapps/fabrikam.com/", "/myaccount/fabrikam.com/organizations/")

    for path in (*paths, "/myaccount/fabrikam.com/profile/", "/contoso.com/"):
        page = browser.get(path)
        assert PIA in read_page(page).text, path
        assert "#EXT#" not in page.content.decode(), path


@pytest.mark.rule("CON-2", "RED-1")
def test_pages_of_an_invitation_never_show_the_name_of_the_directory(invite: Invite) -> None:
    invitation: Invitation = invite(NICOLE).invitation

    for client, path in (
        (opened(invitation), LANDING),
        (consenting(invitation), CONSENT),
        (Client(), "/contoso.com/"),
    ):
        assert "#EXT#" not in client.get(path).content.decode()


@pytest.mark.rule("SIN-4", "LOG-2")
def test_log_of_a_wrong_organization_has_the_address(pia: User, contoso: Tenant) -> None:
    signed_in(pia, method="mail").get("/contoso.com/")

    assert SignInEvent.unscoped.get().sign_in_identifier == PIA


@pytest.mark.rule("AUD-2", "USR-18")
def test_changes_in_the_log_name_people_by_their_address(
    fabrikam: Tenant, ada: User, pia: User
) -> None:
    member = MemberFactory(tenant=fabrikam)

    edit_user(member, by=ada, edits=[UserEdit("manager", None, pia)])

    event = AuditEvent.objects.of(fabrikam).get(activity="Set user manager")
    assert PIA in str(event.modified_properties)
    assert "#EXT#" not in str(event.modified_properties)
