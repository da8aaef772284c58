"""The page of blocked organizations, behind a code to the own address (INV-20, INV-16)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from identityproviders.models import PasscodeRequest
from identityproviders.passcodes import one_time_codes
from invitations.blocking.actions import block_invitations, is_blocked
from invitations.blocking.tokens import Blockable
from invitations.models import InvitationBlock
from portal.audit.models import AuditEvent
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import GuestFactory
from tests.support.invitations import NICOLE

pytestmark = pytest.mark.django_db

FORM = reverse("invitations:manage_blocks")
LIST = reverse("invitations:blocked_organizations")


@pytest.fixture
def blocked(fabrikam: Tenant, contoso: Tenant) -> list[Tenant]:
    """Both organizations, blocked by Nicole; at the first she is a guest."""
    sweeper.note_heartbeat("tests", ["passcode"])
    GuestFactory(tenant=fabrikam, address=NICOLE)
    for tenant in (fabrikam, contoso):
        block_invitations(Blockable(tenant, NICOLE))
    return [fabrikam, contoso]


def proven() -> Client:
    browser = Client()
    browser.post(FORM, {"address": NICOLE})
    browser.post("/signin/code/")
    request = PasscodeRequest.unscoped.latest("created_at")
    one_time_codes.hand_over_passcode(request)
    answer = browser.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})
    assert answer["Location"] == LIST
    return browser


@pytest.mark.rule("INV-20", "T23")
def test_chosen_organizations_are_unblocked_and_the_others_stay(blocked: list[Tenant]) -> None:
    fabrikam, contoso = blocked
    browser = proven()
    page = browser.get(LIST).content.decode()
    assert fabrikam.display_name in page
    assert contoso.display_name in page

    assert browser.post(LIST, {"organization": [str(contoso.pk)]})["Location"] == LIST

    assert not is_blocked(contoso, NICOLE)
    assert is_blocked(fabrikam, NICOLE)
    assert AuditEvent.objects.of(contoso).filter(activity="Email subscribed").count() == 1
    assert "1 organization can invite you again." in browser.get(LIST).content.decode()


@pytest.mark.rule("INV-20", "SEC-41", "OTP-1")
def test_nothing_is_shown_or_changed_without_the_code(blocked: list[Tenant]) -> None:
    browser = Client()
    assert browser.get(LIST).status_code == 410
    browser.post(FORM, {"address": NICOLE})
    assert browser.get(LIST).status_code == 410
    chosen = {"organization": [str(tenant.pk) for tenant in blocked]}
    assert browser.post(LIST, chosen).status_code == 410
    assert InvitationBlock.unscoped.count() == 2


@pytest.mark.rule("INV-20")
def test_a_bad_address_is_refused_at_the_field(db: None) -> None:
    page = Client().post(FORM, {"address": "nobody"})

    assert page.status_code == 400
    assert "id_address_error" in page.content.decode()
