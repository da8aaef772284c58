"""The page that asks for consent, and what follows from either answer (CON-1 to CON-8)."""

from __future__ import annotations

import pytest

from guests.models import Identity, User
from invitations.terms.actions import accept_terms, create_terms, terms_in_force
from portal.audit.models import SignInEvent
from portal.tenants.models import Tenant
from tests.support.invitations import NICOLE, Invite, SetPolicy
from tests.support.page import words
from tests.support.redemption import CONSENT, LANDING, consenting, opened, rows
from tests.support.statements import count_statements

pytestmark = pytest.mark.django_db


@pytest.mark.rule("CON-1", "CON-2", "CON-3")
def test_review_permissions_says_who_receives_what(invite: Invite, fabrikam: Tenant) -> None:
    client = consenting(invite().invitation)

    text = words(client.get(CONSENT))
    for line in (
        "Review permissions",
        NICOLE,
        "Fabrikam",
        "fabrikam.com",
        "Receive your profile data",
        "Record what you do",
        "Accept only if you trust Fabrikam",
        "Fabrikam has not provided links to their terms for you to review.",
        "Organizations",
    ):
        assert line in text

    fabrikam.privacy_statement_url = "https://fabrikam.com/privacy"
    fabrikam.save()
    page = client.get(CONSENT).content.decode()
    assert 'href="https://fabrikam.com/privacy"' in page
    assert "not provided links" not in page


@pytest.mark.rule("CON-3", "CON-4")
def test_organization_with_terms_is_not_said_to_have_none(
    invite: Invite, fabrikam: Tenant, ada: User
) -> None:
    client = consenting(invite().invitation)
    create_terms(fabrikam, name="House rules", text="Be kind.", by=ada)

    page = words(client.get(CONSENT))

    assert "House rules" in page
    assert "has not provided links to their terms" not in page


@pytest.mark.rule("CON-3", "CON-4")
def test_terms_that_were_accepted_before_are_terms_too(
    invite: Invite, fabrikam: Tenant, ada: User
) -> None:
    invitation = invite().invitation
    create_terms(fabrikam, name="House rules", text="Be kind.", by=ada)
    accept_terms(invitation.user, terms_in_force(fabrikam))

    page = words(consenting(invitation).get(CONSENT))

    assert "House rules" not in page
    assert "has not provided links to their terms" not in page


@pytest.mark.rule("CON-1")
def test_consent_costs_a_fixed_number_of_statements(invite: Invite) -> None:
    client = consenting(invite().invitation)

    assert count_statements(lambda: client.get(CONSENT)) == 7
    assert count_statements(lambda: client.post(CONSENT, {"accept": ""})) == 27


@pytest.mark.rule("EX-27", "CON-5", "T24", "T25")
def test_ex_27_consent_cancelled(invite: Invite, fabrikam: Tenant) -> None:
    invitation = invite().invitation
    client = consenting(invitation)

    answer = client.post(CONSENT, {"cancel": ""})

    assert "Nothing was stored" in words(answer)
    invitation.user.refresh_from_db()
    assert invitation.user.is_pending
    assert not Identity.unscoped.filter(user=invitation.user).exists()
    event = SignInEvent.objects.of(fabrikam).get(error_code=65004)
    assert event.user == invitation.user
    assert "_auth_user_id" not in client.session
    assert client.post(CONSENT, {"accept": ""}).status_code == 410
    assert opened(invitation).get(LANDING).status_code == 200


@pytest.mark.rule("CON-1", "SEC-24")
def test_looking_at_consent_accepts_nothing(invite: Invite) -> None:
    invitation = invite().invitation
    client = consenting(invitation)
    before = rows()

    for _ in range(5):
        assert client.get(CONSENT).status_code == 200
        assert client.head(CONSENT).status_code == 200

    assert rows() == before


@pytest.mark.rule("CON-6", "CON-7", "SEC-65")
def test_accepting_opens_the_session_and_leads_to_the_redirect_url(invite: Invite) -> None:
    invitation = invite().invitation
    client = consenting(invitation, continue_to=f"/leaving/?invitation={invitation.pk}")
    old_key = client.session.session_key

    answer = client.post(CONSENT, {"accept": ""})

    assert (answer.status_code, answer["Location"]) == (
        303,
        f"/leaving/?invitation={invitation.pk}",
    )
    assert client.session["_auth_user_id"] == str(invitation.user_id)
    assert client.session.session_key != old_key


@pytest.mark.rule("CON-8", "RED-2")
def test_a_direct_link_ends_where_it_was_going(invite: Invite, fabrikam: Tenant) -> None:
    direct = {"invitation_id": None, "entry": "direct"}
    wanted = consenting(invite().invitation, continue_to="/myapps/fabrikam.com/", **direct)
    assert wanted.post(CONSENT, {"accept": ""})["Location"] == "/myapps/fabrikam.com/"
    plain = consenting(invite("b@partner.example").invitation, **direct)
    assert plain.post(CONSENT, {"accept": ""})["Location"] == "/myapps/fabrikam.com/"


@pytest.mark.rule("SEC-22", "CON-6")
def test_accepted_in_another_window_both_get_in(invite: Invite) -> None:
    invitation = invite().invitation
    one, other = consenting(invitation), consenting(invitation)

    assert one.post(CONSENT, {"accept": ""}).status_code == 303
    assert other.post(CONSENT, {"accept": ""}).status_code == 303

    assert other.session["_auth_user_id"] == str(invitation.user_id)
    assert Identity.unscoped.filter(user=invitation.user).count() == 1


@pytest.mark.rule("COL-13", "SEC-30")
def test_a_domain_denied_meanwhile_is_told_at_consent(
    invite: Invite, set_policy: SetPolicy
) -> None:
    client = consenting(invite().invitation)
    set_policy(restriction="deny", listed=["firstupconsultants.com"])

    answer = client.post(CONSENT, {"accept": ""})

    assert answer.status_code == 403
    assert "doesn’t accept guests with your address" in words(answer)
    assert "_auth_user_id" not in client.session
