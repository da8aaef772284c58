"""Terms of use: published by administrators, opened and accepted by guests (CON-4)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import User
from identityproviders.models import PasscodeDevice, PasscodeRequest
from identityproviders.passcodes import one_time_codes
from invitations.lifecycle.actions import convert_to_internal
from invitations.models import Invitation, TermsAcceptance, TermsDocument
from invitations.redemption import actions as redemption_actions
from invitations.redemption.actions import redeem_invitation
from invitations.terms.actions import (
    accept_terms,
    create_terms,
    missing_terms,
    publish_terms,
    retire_terms,
    terms_in_force,
)
from portal.audit.models import AuditEvent
from portal.outbox.sending import sweeper
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, Invite, proven, signed_in

pytestmark = pytest.mark.django_db

LIST = reverse("invitations:terms_of_use")
NEW = reverse("invitations:new_terms")


@pytest.fixture
def document(fabrikam: Tenant, ada: User) -> TermsDocument:
    return create_terms(fabrikam, name="House rules", text="Be **kind**.", by=ada)


@pytest.fixture
def invitation(invite: Invite) -> Invitation:
    return invite(is_mail_wanted=False).invitation


def at_consent(invitation: Invitation) -> Client:
    """A browser that proved the invited mailbox."""
    PasscodeDevice.objects.create(user=invitation.user)
    browser = Client()
    session = browser.session
    session["sign_in"] = str(proven(invitation).pk)
    session.save()
    return browser


def sign_in_by_code(browser: Client) -> str:
    """Sign in at Fabrikam with a code; where it led."""
    sweeper.note_heartbeat("tests", ["passcode"])
    browser.post("/fabrikam.com/signin/", {"address": NICOLE})
    browser.post("/signin/code/")
    request = PasscodeRequest.unscoped.latest("created_at")
    one_time_codes.hand_over_passcode(request)
    answer = browser.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})
    return str(answer["Location"])


def page_of(document: TermsDocument) -> str:
    version = terms_in_force(document.tenant).get(document=document)
    return reverse("invitations:terms_document", args=[version.pk])


@pytest.mark.rule("CON-4", "CON-1")
def test_consent_needs_every_document_to_be_opened(
    invitation: Invitation, document: TermsDocument
) -> None:
    browser = at_consent(invitation)
    assert "House rules" in browser.get("/consent/").content.decode()

    answer = browser.post("/consent/", {"accept": ""})
    assert answer.status_code == 400
    assert "Open each document first" in answer.content.decode()
    assert User.unscoped.get(pk=invitation.user_id).is_pending
    assert "Be <b>kind</b>." in browser.get(page_of(document)).content.decode()
    assert browser.post("/consent/", {"accept": ""}).status_code == 303

    row = TermsAcceptance.objects.of(invitation.tenant).get()
    assert (row.user_id, row.version.number) == (invitation.user_id, 1)
    event = AuditEvent.objects.of(invitation.tenant).get(activity="Accept Terms Of Use")
    assert event.additional_details == {"Version": 1}


@pytest.mark.rule("CON-4", "RED-10")
def test_acceptance_and_redemption_are_one_transaction(
    invitation: Invitation, document: TermsDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(redemption_actions, "accept_terms", crash)

    with pytest.raises(RuntimeError):
        redeem_invitation(proven(invitation), terms=list(terms_in_force(document.tenant)))

    assert User.unscoped.get(pk=invitation.user_id).is_pending


@pytest.mark.rule("CON-4")
def test_a_new_version_asks_an_accepted_guest_again(
    fabrikam: Tenant, ada: User, document: TermsDocument
) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    accept_terms(guest, missing_terms(guest))
    assert sign_in_by_code(Client()) == "/myapps/fabrikam.com/"
    publish_terms(document, text="Be very kind.", shown=1, by=ada)
    PasscodeRequest.unscoped.all().delete()
    browser = Client()

    assert sign_in_by_code(browser) == "/consent/terms/"
    assert "_auth_user_id" not in browser.session
    assert browser.get("/consent/")["Location"] == "/consent/terms/"
    assert browser.post("/consent/terms/", {"accept": ""}).status_code == 400
    browser.get(page_of(document))
    answer = browser.post("/consent/terms/", {"accept": ""})

    assert answer["Location"] == "/myapps/fabrikam.com/"
    assert browser.session["_auth_user_id"] == str(guest.pk)
    assert TermsAcceptance.objects.of(fabrikam).filter(user=guest).count() == 2


@pytest.mark.rule("CON-4", "T23")
def test_declining_opens_no_session_and_is_logged(
    fabrikam: Tenant, document: TermsDocument
) -> None:
    PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    browser = Client()
    sign_in_by_code(browser)

    page = browser.post("/consent/terms/", {"decline": ""})

    assert "asks everybody to accept its terms" in page.content.decode()
    assert "_auth_user_id" not in browser.session
    assert AuditEvent.objects.of(fabrikam).filter(activity="Decline Terms Of Use").exists()
    assert browser.post("/consent/terms/", {"accept": ""}).status_code == 410


@pytest.mark.rule("INV-22", "SES-6", "SEC-37")
def test_a_sign_in_that_waits_for_the_terms_ends_with_the_conversion(
    fabrikam: Tenant, ada: User, document: TermsDocument
) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    browser = Client()
    assert sign_in_by_code(browser) == "/consent/terms/"

    convert_to_internal(guest, by=ada, name="nicole", domain="fabrikam.com")
    browser.post("/consent/", {"accept": ""})

    assert "_auth_user_id" not in browser.session


@pytest.mark.rule("CON-4", "SEC-41")
def test_documents_are_read_inside_a_proven_sign_in_only(document: TermsDocument) -> None:
    assert Client().get(page_of(document)).status_code == 410
    assert Client().post("/consent/terms/", {"accept": ""}).status_code == 410


@pytest.mark.rule("CON-4")
def test_members_are_never_asked(fabrikam: Tenant, document: TermsDocument) -> None:
    assert missing_terms(MemberFactory(tenant=fabrikam)) == []


@pytest.mark.rule("CON-4")
def test_a_retired_document_asks_nobody(
    fabrikam: Tenant, ada: User, document: TermsDocument
) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    assert len(missing_terms(guest)) == 1

    retire_terms(document, by=ada)

    assert missing_terms(guest) == []


@pytest.mark.rule("CON-4", "T23")
def test_administrators_publish_documents_and_versions(fabrikam: Tenant, ada: User) -> None:
    browser = signed_in(ada)
    assert "No terms of use" in browser.get(LIST).content.decode()
    values = {"name": "House rules", "text": "Be kind."}

    assert browser.post(NEW, values)["Location"] == LIST
    assert browser.post(NEW, values).status_code == 400
    document = TermsDocument.objects.of(fabrikam).get()
    page = reverse("invitations:terms_versions", args=[document.pk])
    assert "Nobody yet." in browser.get(page).content.decode()
    assert browser.post(page, {"text": "Be kinder.", "shown": "1"})["Location"] == LIST
    assert browser.post(page, {"text": "Mine.", "shown": "1"}).status_code == 409
    assert browser.post(page, {"text": "", "shown": "2"}).status_code == 400

    assert [v.number for v in terms_in_force(fabrikam)] == [2]
    assert browser.post(page, {"retire": ""})["Location"] == LIST
    assert browser.get(page).status_code == 404


@pytest.mark.rule("T17")
def test_readers_read_terms_and_publish_none(fabrikam: Tenant, document: TermsDocument) -> None:
    browser = signed_in(MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,)))
    page = reverse("invitations:terms_versions", args=[document.pk])

    assert "Be <b>kind</b>." in browser.get(page).content.decode()
    assert browser.post(page, {"text": "Mine.", "shown": "1"}).status_code == 403
    assert browser.get(NEW).status_code == 403
