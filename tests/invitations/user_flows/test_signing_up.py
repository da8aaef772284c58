"""Self-service sign-up: flows in the console, and guests without an invitation (SSU-1, SSU-2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import CreationType, Identity, User
from identityproviders.discovery import redemption_order
from identityproviders.discovery.redemption_order import OrderDraft
from identityproviders.models import (
    OrganizationOrder,
    PasscodePolicy,
    PasscodeRequest,
    PersonalAccount,
    SignInTransaction,
)
from identityproviders.passcodes.emails import build_passcode_mail
from invitations.models import CollaborationPolicy, Invitation, UserFlow
from invitations.terms.actions import create_terms
from invitations.user_flows import signing_up
from invitations.user_flows.actions import FlowSettings, SelfServiceOff, create_user_flow, name_of
from invitations.user_flows.signing_up import FlowClosed
from portal.audit.models import AuditEvent
from portal.errors import InvalidInput, NotAllowed
from portal.outbox.mail_types import NotWantedError
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import sweeper
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, Invite, SetPolicy, newest_code, signed_in
from tests.support.page import inline_code, words

pytestmark = pytest.mark.django_db

PAGE = "/external-identities/user-flows/"
SIGN_UP = "/fabrikam.com/sign-up/B2X_1_partners/"
DETAILS = "/sign-up/details/"
OLGA = "olga@contoso.com"


@pytest.fixture
def open_to_all(fabrikam: Tenant) -> None:
    """COL-6 = Yes, codes on, a worker that sends them."""
    CollaborationPolicy.objects.create(tenant=fabrikam, is_self_service_allowed=True)
    PasscodePolicy.objects.create(tenant=fabrikam, stored="enabled")
    sweeper.note_heartbeat("tests", ["passcode"])


@pytest.fixture
def flow(open_to_all: None, fabrikam: Tenant, ada: User) -> UserFlow:
    offered = FlowSettings(
        offers_passcode=True,
        offers_microsoft_account=True,
        attributes=["given_name", "surname", "job_title"],
    )
    return create_user_flow(fabrikam, "partners", offered, by=ada)


def with_code(browser: Client, address: str = NICOLE) -> Any:
    """Sign up up to the proof of the mailbox."""
    assert browser.post(SIGN_UP, {"address": address})["Location"] == "/signin/code/"
    assert browser.post("/signin/code/")["Location"] == "/signin/code/enter/"
    return browser.post("/signin/code/enter/", {"code": newest_code()})


# The console


@pytest.mark.rule("SSU-1", "COL-6")
def test_flows_are_made_only_while_self_service_is_on(ada: User, fabrikam: Tenant) -> None:
    with pytest.raises(SelfServiceOff):
        create_user_flow(fabrikam, "partners", FlowSettings(), by=ada)
    page = signed_in(ada).get(PAGE)
    assert "Self-service sign-up is off." in words(page)
    assert signed_in(ada).post(f"{PAGE}new/", {"name": "partners"}).status_code == 409


@pytest.mark.rule("SSU-1", "T23")
def test_a_flow_has_a_prefixed_name_and_can_be_changed_and_deleted(
    ada: User, open_to_all: None, fabrikam: Tenant
) -> None:
    browser = signed_in(ada)
    data = {"name": "partners", "offers": ["passcode"], "attributes": ["surname", "given_name"]}
    browser.post(f"{PAGE}new/", data)
    flow = UserFlow.objects.of(fabrikam).get()
    assert flow.name == "B2X_1_partners"
    assert flow.attributes == ["given_name", "surname"]
    assert SIGN_UP in words(browser.get(PAGE))
    assert browser.post(f"{PAGE}new/", data | {"name": "B2X_1_partners"}).status_code == 400
    url = f"{PAGE}{flow.pk}/"
    browser.post(url, {"offers": ["microsoft_account"], "version": "0"})
    flow.refresh_from_db()
    assert (flow.offers_passcode, flow.offers_microsoft_account) == (False, True)
    assert browser.post(url, {"version": "0"}).status_code == 409
    assert browser.post(f"{url}delete/")["Location"] == PAGE
    assert Client().get(SIGN_UP).status_code == 404
    names = AuditEvent.unscoped.filter(activity__endswith="user flow")
    assert set(names.values_list("activity", flat=True)) == {
        "Create user flow",
        "Update user flow",
        "Delete user flow",
    }


@pytest.mark.rule("SSU-1")
@pytest.mark.parametrize("name", ["", "two words", "a/b", "x" * 65, "B2X_1_"])
def test_a_name_that_cannot_stand_in_an_address_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        name_of(name)


@pytest.mark.rule("SSU-1", "T17")
def test_who_may_read_may_not_change(open_to_all: None, fabrikam: Tenant) -> None:
    reader = MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,))
    with pytest.raises(NotAllowed):
        create_user_flow(fabrikam, "partners", FlowSettings(), by=reader)
    assert AuditEvent.unscoped.filter(activity="Create user flow", result="failure").exists()


# The guest


@pytest.mark.rule("SSU-1", "SSU-2", "OTP-1", "T4", "OTP-3")
def test_a_stranger_signs_up_with_a_code_and_is_an_accepted_guest(
    flow: UserFlow, fabrikam: Tenant
) -> None:
    browser = Client()
    page = browser.get(SIGN_UP)
    assert "Create an account at Fabrikam" in words(page)
    assert inline_code(page.content.decode()) == []
    assert with_code(browser)["Location"] == DETAILS
    mail = OutgoingMail.unscoped.get()
    assert mail.recipient == NICOLE
    assert not User.objects.of(fabrikam).external().exists()
    page = browser.get(DETAILS)
    assert "Review permissions" in words(page)
    assert browser.post(DETAILS, {"create": "yes", "given_name": "Nicole"}).status_code == 400
    values = {"given_name": "Nicole", "surname": "Wagner", "job_title": "Consultant"}
    answer = browser.post(DETAILS, values | {"create": "yes"})
    assert answer["Location"] == "/myapps/fabrikam.com/"
    guest = User.objects.of(fabrikam).external().get()
    assert (guest.creation_type, guest.is_accepted) == (CreationType.SELF_SERVICE, True)
    assert (guest.display_name, guest.job_title) == ("Nicole Wagner", "Consultant")
    identity = Identity.unscoped.get(user=guest)
    assert (identity.issuer, identity.subject) == ("mail", NICOLE)
    assert browser.get("/myapps/fabrikam.com/").status_code == 200
    assert not Invitation.unscoped.exists()
    event = AuditEvent.unscoped.get(activity="Add user", target_id=str(guest.pk))
    assert event.actor_id == guest.pk
    assert event.additional_details["UserFlow"] == "B2X_1_partners"


@pytest.mark.rule("SSU-2")
def test_the_questions_come_once_then_they_sign_in_as_ever(
    flow: UserFlow, fabrikam: Tenant
) -> None:
    PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    browser = Client()
    assert with_code(browser)["Location"] == "/myapps/fabrikam.com/"
    assert User.objects.of(fabrikam).external().count() == 1


@pytest.mark.rule("SSU-1", "T19", "SIN-2")
def test_an_account_of_another_organization_is_always_offered(
    open_to_all: None, ada: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    create_user_flow(fabrikam, "partners", FlowSettings(), by=ada)
    MemberFactory(tenant=contoso, email=OLGA, display_name="Olga Orlova")
    browser = Client()
    assert browser.post(SIGN_UP, {"address": OLGA})["Location"] == "/signin/password/"
    answer = browser.post("/signin/password/", {"password": PASSWORD})
    assert answer["Location"] == DETAILS
    browser.post(DETAILS, {"create": "yes"})
    guest = User.objects.of(fabrikam).external().get()
    assert (guest.display_name, guest.identity_issuer) == ("Olga Orlova", "ExternalAzureAD")


@pytest.mark.rule("SSU-1", "CTA-5")
def test_a_personal_account_is_made_where_codes_are_not_offered(
    open_to_all: None, ada: User, fabrikam: Tenant
) -> None:
    offered = FlowSettings(offers_microsoft_account=True)
    create_user_flow(fabrikam, "partners", offered, by=ada)
    browser = Client()
    answer = with_code(browser)
    assert answer["Location"] == "/signin/account/new/"
    new = {"display_name": "Nicole", "new_password": PASSWORD, "repeated": PASSWORD}
    assert browser.post("/signin/account/new/", new)["Location"] == DETAILS
    browser.post(DETAILS, {"create": "yes"})
    guest = User.objects.of(fabrikam).external().get()
    account = PersonalAccount.objects.get()
    assert Identity.unscoped.get(user=guest).subject == str(account.pk)
    assert guest.display_name == "Nicole"


@pytest.mark.rule("SSU-1", "CTA-1", "CTA-5", "OTP-1")
@pytest.mark.parametrize("switch", ["flow", "order", "organization", "policy"])
def test_no_code_leaves_where_it_is_not_offered(
    open_to_all: None, ada: User, fabrikam: Tenant, switch: str
) -> None:
    create_user_flow(fabrikam, "partners", FlowSettings(offers_passcode=switch != "flow"), by=ada)
    if switch == "order":
        draft = OrderDraft(passcode_fallback=False)
        redemption_order.save_order(fabrikam, draft, by=ada, version=0)
    if switch == "organization":
        OrganizationOrder.objects.create(
            tenant=fabrikam, domain=NICOLE.rpartition("@")[2], passcode_fallback=False
        )
    if switch == "policy":
        PasscodePolicy.objects.update(stored="disabled")
    browser = Client()
    assert browser.post(SIGN_UP, {"address": NICOLE})["Location"] == "/signin/not-possible/"
    browser.post("/signin/code/")
    assert not OutgoingMail.unscoped.exists()


@pytest.mark.rule("COL-10", "COL-13", "CTA-2", "SSU-1")
def test_restrictions_apply_before_a_code_and_again_at_the_end(
    flow: UserFlow, fabrikam: Tenant, set_policy: SetPolicy
) -> None:
    browser = Client()
    with_code(browser)
    set_policy(restriction="deny", listed=["firstupconsultants.com"])
    refused = Client().post(SIGN_UP, {"address": NICOLE})
    assert refused.status_code == 400
    assert "doesn’t accept people with an address in this domain" in words(refused)
    values = {"given_name": "N", "surname": "W", "job_title": "C", "create": "yes"}
    assert browser.post(DETAILS, values).status_code == 403
    assert not User.objects.of(fabrikam).external().exists()


@pytest.mark.rule("INV-11", "SSU-1")
def test_people_of_the_tenant_itself_do_not_sign_up(flow: UserFlow) -> None:
    page = Client().post(SIGN_UP, {"address": "someone@fabrikam.com"})
    assert page.status_code == 400
    assert "Sign in instead" in words(page)


@pytest.mark.rule("SSU-1", "COL-6")
def test_switched_off_the_pages_are_gone_for_those_under_way_too(
    flow: UserFlow, fabrikam: Tenant
) -> None:
    browser = Client()
    with_code(browser)
    CollaborationPolicy.objects.update(is_self_service_allowed=False)
    assert Client().get(SIGN_UP).status_code == 404
    assert browser.post(DETAILS, {"create": "yes"}).status_code == 404
    assert not User.objects.of(fabrikam).external().exists()
    with pytest.raises(FlowClosed):
        signing_up.open_flow(fabrikam, name=flow.name)


@pytest.mark.rule("OTP-1", "OTP-11", "SEC-14")
def test_strangers_at_the_sign_in_page_still_get_no_mail(flow: UserFlow) -> None:
    browser = Client()
    browser.post("/fabrikam.com/signin/", {"address": NICOLE})
    browser.post("/signin/code/")
    with pytest.raises(NotWantedError):
        build_passcode_mail(OutgoingMail.unscoped.get())
    answer = browser.post("/signin/code/enter/", {"code": newest_code(is_mailed=False)})
    assert answer.status_code == 400
    assert SignInTransaction.unscoped.get().proven_issuer == ""


@pytest.mark.rule("OTP-10", "SSU-1")
def test_sign_up_codes_count_like_all_others(flow: UserFlow, settings: Any) -> None:
    settings.PORTAL_PASSCODES_PER_HOUR = 1
    Client().post(SIGN_UP, {"address": NICOLE})
    answers = []
    for _try in range(2):
        browser = Client()
        browser.post(SIGN_UP, {"address": NICOLE})
        answers.append(browser.post("/signin/code/").status_code)
    assert answers == [303, 429]
    assert PasscodeRequest.unscoped.count() == 1


@pytest.mark.rule("CON-5", "SSU-2")
def test_cancel_stores_nothing(flow: UserFlow, fabrikam: Tenant) -> None:
    browser = Client()
    with_code(browser)
    page = browser.post(DETAILS, {"cancel": "yes"})
    assert "open the sign-up page again" in words(page)
    assert not User.objects.of(fabrikam).external().exists()
    assert browser.post(DETAILS, {"create": "yes"}).status_code == 410


@pytest.mark.rule("SSU-2", "REL-23")
def test_the_same_person_in_two_windows_becomes_one_guest(flow: UserFlow, fabrikam: Tenant) -> None:
    first, second = Client(), Client()
    with_code(first)
    PasscodeRequest.unscoped.update(created_at="2026-01-01T00:00:00Z")
    with_code(second)
    values = {"given_name": "N", "surname": "W", "job_title": "C", "create": "yes"}
    assert first.post(DETAILS, values).status_code == 303
    answer = second.post(DETAILS, values)
    assert answer.status_code == 400
    assert "There is a guest account for you by now" in words(answer)
    assert User.objects.of(fabrikam).external().count() == 1


@pytest.mark.rule("SSU-2", "SEC-80")
def test_nobody_gets_to_the_questions_without_a_proof(
    flow: UserFlow, invite: Invite, fabrikam: Tenant
) -> None:
    browser = Client()
    assert browser.get(DETAILS).status_code == 410
    browser.post(SIGN_UP, {"address": NICOLE})
    assert browser.get(DETAILS)["Location"] == "/signin/code/"
    assert browser.post(DETAILS, {"create": "yes"})["Location"] == "/signin/code/"
    assert browser.post("/consent/", {"accept": ""})["Location"] == "/signin/code/"
    assert not User.objects.of(fabrikam).external().exists()


@pytest.mark.rule("CON-4", "SSU-2")
def test_terms_of_use_are_asked_before_the_first_session(
    flow: UserFlow, ada: User, fabrikam: Tenant
) -> None:
    create_terms(fabrikam, name="Terms", text="Be kind.", by=ada)
    browser = Client()
    with_code(browser)
    values = {"given_name": "N", "surname": "W", "job_title": "C", "create": "yes"}
    assert browser.post(DETAILS, values)["Location"] == reverse("invitations:terms")
    assert "_auth_user_id" not in browser.session


@pytest.mark.rule("SSU-1")
def test_the_sign_in_page_leads_to_the_sign_up(flow: UserFlow) -> None:
    assert SIGN_UP in Client().get("/fabrikam.com/signin/").content.decode()
    CollaborationPolicy.objects.update(is_self_service_allowed=False)
    assert "sign-up" not in Client().get("/fabrikam.com/signin/").content.decode()


@pytest.mark.rule("CON-3", "CON-4", "SSU-2")
def test_sign_up_does_not_deny_the_terms_that_come_next(
    flow: UserFlow, fabrikam: Tenant, ada: User
) -> None:
    create_terms(fabrikam, name="House rules", text="Be kind.", by=ada)
    browser = Client()
    with_code(browser)

    assert "has not provided links to their terms" not in words(browser.get(DETAILS))
