"""One code, then choose among one's organizations (BET-16, RED-3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import User
from identityproviders.models import PasscodePolicy, PasscodeRequest
from identityproviders.passcodes import one_time_codes
from portal.outbox.models import OutgoingMail
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, PasscodeGuestFactory
from tests.support.visitor import NOBODY, PRIYA

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("passcode_worker")]

FIND = reverse("identityproviders:find_organizations")
MINE = reverse("identityproviders:my_organizations")


def after_code(address: str) -> Client:
    """A browser that typed the code sent to `address`."""
    browser = Client()
    assert browser.post(FIND, {"address": address})["Location"] == "/signin/code/"
    browser.post("/signin/code/")
    request = PasscodeRequest.unscoped.latest("created_at")
    one_time_codes.hand_over_passcode(request)
    browser.post("/signin/code/enter/", {"code": one_time_codes.derive_passcode(request)})
    return browser


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.rule("BET-16", "RED-3", "OTP-17")
def test_one_code_opens_any_organization_where_codes_are_the_method(
    contoso: Tenant, fabrikam: Tenant, priya: User
) -> None:
    PasscodeGuestFactory(tenant=fabrikam, address=PRIYA)
    browser = after_code(PRIYA)

    page = text(browser.get(MINE))
    assert "Contoso" in page
    assert "Fabrikam" in page
    answer = browser.post(MINE, {"organization": str(contoso.pk)})

    assert answer["Location"] == "/myapps/contoso.com/"
    assert browser.session["_auth_user_id"] == str(priya.pk)
    assert OutgoingMail.unscoped.filter(kind="passcode").count() == 1


@pytest.mark.rule("RED-3", "CON-1")
def test_a_pending_guest_goes_on_to_consent(contoso: Tenant) -> None:
    guest = GuestFactory(tenant=contoso, address=PRIYA)
    browser = after_code(PRIYA)
    assert "invitation not accepted yet" in text(browser.get(MINE))

    answer = browser.post(MINE, {"organization": str(contoso.pk)})

    assert answer["Location"] == "/consent/"
    assert "_auth_user_id" not in browser.session
    assert User.unscoped.get(pk=guest.pk).is_pending


@pytest.mark.rule("T20", "BET-16", "SEC-19")
def test_where_codes_are_off_the_code_opens_nothing(contoso: Tenant, priya: User) -> None:
    PasscodePolicy.objects.create(tenant=contoso, stored="disabled")
    browser = after_code(PRIYA)

    answer = browser.post(MINE, {"organization": str(contoso.pk)})

    assert answer["Location"] == "/signin/not-possible/"
    assert "_auth_user_id" not in browser.session


@pytest.mark.rule("T20", "SEC-37")
def test_who_signs_in_another_way_goes_on_to_that_way(contoso: Tenant) -> None:
    GuestFactory(tenant=contoso, address=PRIYA, accepted_with="MicrosoftAccount", subject="1")
    browser = after_code(PRIYA)

    answer = browser.post(MINE, {"organization": str(contoso.pk)})

    assert answer["Location"] == "/signin/password/"


@pytest.mark.rule("SEC-14", "OTP-11", "RED-4")
def test_a_stranger_sees_the_same_pages_and_gets_no_mail(contoso: Tenant, priya: User) -> None:
    pages = []
    for address in (PRIYA, NOBODY):
        browser = Client()
        browser.post(FIND, {"address": address})
        page = text(browser.get("/signin/code/"))
        pages.append(page.split("<main>")[1].split("csrf")[0].replace(address, ""))
        browser.post("/signin/code/")
    recipients = OutgoingMail.unscoped.filter(kind="passcode").values_list("recipient", flat=True)

    assert pages[0].replace("p***", "n***") == pages[1]
    assert sorted(recipients) == ["", PRIYA]


@pytest.mark.rule("SEC-41")
def test_nothing_is_listed_before_the_code(contoso: Tenant, priya: User) -> None:
    browser = Client()
    assert browser.get(MINE).status_code == 410
    browser.post(FIND, {"address": PRIYA})
    assert browser.get(MINE).status_code == 410
    assert browser.post(MINE, {"organization": str(contoso.pk)}).status_code == 410


@pytest.mark.rule("BET-16", "SEC-80")
def test_only_own_organizations_can_be_chosen(
    contoso: Tenant, fabrikam: Tenant, priya: User
) -> None:
    browser = after_code(PRIYA)

    assert browser.post(MINE, {"organization": str(fabrikam.pk)}).status_code == 400
    assert browser.post(MINE, {"organization": "nonsense"}).status_code == 400


@pytest.mark.rule("BET-16", "RED-3")
def test_the_sign_in_options_offer_it_for_the_typed_address(contoso: Tenant) -> None:
    browser = Client()
    browser.post("/signin/", {"address": PRIYA})

    page = text(browser.get("/signin/options/"))

    assert "Or choose among your organizations" in page
    assert f'value="{PRIYA}"' in page
