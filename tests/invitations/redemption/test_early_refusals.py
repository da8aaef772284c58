"""What keeps a pending guest out is said before they type a code (COL-13, SEC-26, LOG-1)."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import User
from identityproviders.models import PasscodeRequest
from identityproviders.passcodes import one_time_codes
from invitations.lifecycle.actions import revoke_invitation
from invitations.terms.actions import create_terms
from portal.audit.models import SignInEvent
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.support.invitations import NICOLE, Invite, SetPolicy
from tests.support.page import words
from tests.support.redemption import CONSENT, LANDING, consenting, opened

pytestmark = pytest.mark.django_db

SEND, ENTER = "/signin/code/", "/signin/code/enter/"


@pytest.fixture(autouse=True)
def passcode_worker() -> None:
    sweeper.note_heartbeat("tests", ["passcode"])


def last_failure() -> tuple[int, str, bool]:
    event = SignInEvent.unscoped.filter(status="failure").latest("created_at")
    return event.error_code, event.additional_details, event.is_final


@pytest.mark.rule("COL-13", "SEC-30", "LOG-1")
def test_a_denied_domain_is_refused_before_the_code(invite: Invite, set_policy: SetPolicy) -> None:
    client = opened(invite().invitation)
    set_policy(restriction="deny", listed=["firstupconsultants.com"])
    answer = client.post(LANDING, follow=True)
    assert answer.status_code == 403
    assert "Fabrikam doesn’t let people of your organization in." in words(answer)
    assert not PasscodeRequest.unscoped.exists()
    code, remark, is_final = last_failure()
    assert (code, is_final) == (500213, True)
    assert "firstupconsultants.com" in remark


@pytest.mark.rule("COL-13", "SEC-30", "SEC-14")
def test_a_denied_domain_is_refused_at_the_direct_link_once_the_mailbox_is_proven(
    invite: Invite, set_policy: SetPolicy
) -> None:
    invite()
    set_policy(restriction="deny", listed=["firstupconsultants.com"])
    client = Client()
    client.post("/fabrikam.com/signin/", {"address": NICOLE})
    client.post(SEND)
    request = PasscodeRequest.unscoped.get()
    one_time_codes.hand_over_passcode(request)
    code = one_time_codes.derive_passcode(request)
    answer = client.post(ENTER, {"code": code}, follow=True)
    assert "Fabrikam doesn’t let people of your organization in." in words(answer)
    assert last_failure()[0] == 500213


@pytest.mark.rule("COL-13", "LOG-1")
def test_a_domain_denied_at_consent_is_a_failed_sign_in(
    invite: Invite, set_policy: SetPolicy
) -> None:
    client = consenting(invite().invitation)
    set_policy(restriction="deny", listed=["firstupconsultants.com"])
    answer = client.post(CONSENT, {"accept": ""})
    assert "Fabrikam doesn’t accept guests with your address" in words(answer)
    assert last_failure()[0] == 500213


@pytest.mark.rule("SEC-26", "INV-7")
@pytest.mark.parametrize("url", [SEND, ENTER])
def test_a_revoked_invitation_stops_before_the_code(invite: Invite, ada: User, url: str) -> None:
    invitation = invite().invitation
    client = opened(invitation)
    client.post(LANDING)
    client.post(SEND)
    revoke_invitation(invitation, by=ada)
    for answer in (client.get(url), client.post(url, {"code": "12345678"})):
        assert answer.status_code == 404
        assert "no longer valid" in words(answer)
    assert PasscodeRequest.unscoped.count() == 1


@pytest.mark.rule("SEC-26", "INV-7", "SEC-14")
def test_without_an_open_invitation_the_direct_link_ends_before_consent(
    invite: Invite, ada: User
) -> None:
    revoke_invitation(invite().invitation, by=ada)
    client = Client()
    client.post("/fabrikam.com/signin/", {"address": NICOLE})
    client.post(SEND)
    request = PasscodeRequest.unscoped.get()
    one_time_codes.hand_over_passcode(request)
    code = one_time_codes.derive_passcode(request)
    answer = client.post(ENTER, {"code": code}, follow=True)
    assert answer.status_code == 403
    assert "Review permissions" not in words(answer)
    assert last_failure()[0] == 50020


@pytest.mark.rule("CON-2", "CON-4")
def test_consent_does_not_call_terms_missing_above_the_terms(
    invite: Invite, fabrikam: Tenant, ada: User
) -> None:
    create_terms(fabrikam, name="House rules", text="Be kind.", by=ada)
    text = words(consenting(invite().invitation).get(CONSENT))
    assert "House rules" in text
    assert "has not provided links to their terms" not in text
