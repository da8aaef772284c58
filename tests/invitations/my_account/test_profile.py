"""My account, Profile: a guest's own page in the look of guests' pages (T17, issue 12)."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from guests.models import User
from portal.audit.models import AuditEvent
from portal.tenants.models import Tenant
from tests.factories import MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, signed_in
from tests.support.page import inline_code, read_page, words

pytestmark = pytest.mark.django_db

PAGE = "/myaccount/fabrikam.com/profile/"


@pytest.fixture
def nicole(fabrikam: Tenant) -> User:
    return PasscodeGuestFactory(
        tenant=fabrikam, address=NICOLE, display_name="Nicole Wagner", job_title="Buyer"
    )


@pytest.mark.rule("T17", "ORG-1")
def test_my_profile_of_a_guest_is_a_page_of_my_account(nicole: User) -> None:
    browser = signed_in(nicole, method="mail")
    menu = read_page(browser.get("/myapps/fabrikam.com/"))
    link = menu.find("link", "My profile").get("href")

    answer = browser.get(link)

    page = read_page(answer)
    assert page.names("link", aria_current="page") == ["Profile"]
    assert NICOLE in page.text
    assert "Buyer" in page.text
    assert "Delete" not in page.names("button") + page.names("link")
    assert "#EXT#" not in answer.content.decode()
    assert inline_code(answer.content.decode()) == []


@pytest.mark.rule("T17")
def test_member_keeps_the_profile_of_the_console(fabrikam: Tenant) -> None:
    member = MemberFactory(tenant=fabrikam)
    menu = read_page(signed_in(member).get("/myapps/fabrikam.com/"))

    assert menu.find("link", "My profile").get("href") == f"/users/{member.pk}/"


@pytest.mark.rule("T17", "AUD-1")
def test_guest_saves_phone_and_language(nicole: User) -> None:
    browser = signed_in(nicole, method="mail")
    values = {"go": "save", "mobile_phone": "+49 30 123", "preferred_language": "de"}

    answer = browser.post(PAGE, values)

    assert answer["Location"] == PAGE
    nicole.refresh_from_db()
    assert (nicole.mobile_phone, nicole.preferred_language) == ("+49 30 123", "de")
    event = AuditEvent.objects.of(nicole.tenant).get(activity="Update user")
    assert event.actor_id == nicole.pk


@pytest.mark.rule("T17", "SEC-81")
def test_nothing_else_is_saved(nicole: User) -> None:
    values = {"go": "save", "mobile_phone": "1", "job_title": "CEO", "display_name": "Boss"}

    signed_in(nicole, method="mail").post(PAGE, values)

    nicole.refresh_from_db()
    assert (nicole.job_title, nicole.display_name) == ("Buyer", "Nicole Wagner")


@pytest.mark.rule("T17")
def test_unknown_language_is_named_at_its_field(nicole: User) -> None:
    answer = signed_in(nicole, method="mail").post(
        PAGE, {"go": "save", "preferred_language": "tlh"}
    )

    assert answer.status_code == 400
    assert read_page(answer).error_at("preferred_language")
    assert read_page(answer).field("preferred_language").has("autofocus")


@pytest.mark.rule("T2")
def test_file_that_is_no_picture_is_named_at_its_field(nicole: User) -> None:
    browser = signed_in(nicole, method="mail")

    answer = browser.post(PAGE, {"go": "photo", "photo": SimpleUploadedFile("a.png", b"no")})

    assert answer.status_code == 400
    assert read_page(answer).by_id("photo-error").text
    assert browser.post(PAGE, {"go": "photo"}).status_code == 400
    nicole.refresh_from_db()
    assert nicole.photo_version == ""


@pytest.mark.rule("SES-3", "ORG-1")
def test_stranger_signs_in_and_comes_back(nicole: User) -> None:
    answer = signed_in(MemberFactory()).get(PAGE, follow=True)

    assert answer.status_code == 403
    assert "No access to Fabrikam" in words(answer)
