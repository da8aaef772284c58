"""My account > Organizations: where one is a guest, leaving, one's data (ORG-1 to ORG-7)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guests.models import Group, GroupMembership, Issuer, User
from guests.users.deletion.actions import NotDeleted, restore_user
from invitations.models import CollaborationPolicy
from invitations.my_account.actions import LeaveRefused, leave_organization
from portal.audit.models import AuditEvent
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, TARGET, signed_in
from tests.support.inviting import invite_guest
from tests.support.page import inline_code, read_page, words

pytestmark = pytest.mark.django_db

PAGE = "/myaccount/fabrikam.com/organizations/"
OLGA = "olga@contoso.com"
PRIVACY = {
    "privacy_contact": "dpo@fabrikam.com",
    "technical_contact": "it@fabrikam.com",
    "privacy_statement_url": "https://fabrikam.com/privacy",
}


def leave_url(guest: User, tenant: str = "fabrikam.com") -> str:
    return f"/myaccount/{tenant}/organizations/{guest.pk}/leave/"


def keep_guests(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(**PRIVACY)
    CollaborationPolicy.objects.update_or_create(
        tenant=tenant, defaults={"may_guests_leave": False}
    )


@pytest.fixture
def nicole(fabrikam: Tenant) -> User:
    return PasscodeGuestFactory(tenant=fabrikam, address=NICOLE, display_name="Nicole Wagner")


@pytest.fixture
def olga(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, email=OLGA, display_name="Olga Orlova")


@pytest.fixture
def olga_abroad(fabrikam: Tenant, contoso: Tenant, olga: User) -> User:
    return GuestFactory(
        tenant=fabrikam,
        address=OLGA,
        accepted_with=Issuer.EXTERNAL_TENANT,
        provider_key=str(contoso.pk),
        subject=str(olga.pk),
    )


@pytest.mark.rule("ORG-1", "ORG-2", "ORG-7")
def test_a_passcode_guest_sees_one_list_with_consent_and_privacy(
    nicole: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    Tenant.objects.filter(pk=fabrikam.pk).update(**PRIVACY)
    PasscodeGuestFactory(tenant=contoso, address=NICOLE)
    page = signed_in(nicole, method="mail").get(PAGE)
    text = words(page)
    assert "Home organization" not in text
    assert text.index("Contoso") < text.index("You consented on")
    assert "No privacy statement provided." in text
    assert "https://fabrikam.com/privacy" in page.content.decode()
    assert page.content.decode().count("/leave/") == 2
    assert "no-store" in page["Cache-Control"]
    assert inline_code(page.content.decode()) == []


@pytest.mark.rule("ORG-1", "ORG-2")
def test_a_member_sees_home_without_leave_and_the_others_with_it(
    olga: User, olga_abroad: User
) -> None:
    page = signed_in(olga).get("/myaccount/contoso.com/organizations/")
    text = words(page)
    assert text.index("Home organization") < text.index("Other organizations you collaborate with")
    links = [link.get("href") for link in read_page(page).find_all("link", containing="Leave")]
    assert links == [f"/myaccount/contoso.com/organizations/{olga_abroad.pk}/leave/"]


@pytest.mark.rule("ORG-1", "SIN-4", "SES-3")
def test_strangers_sign_in_first_and_others_are_sent_away(nicole: User, olga: User) -> None:
    answer = Client().get(PAGE)
    assert answer["Location"] == (
        "/fabrikam.com/signin/?next=%2Fmyaccount%2Ffabrikam.com%2Forganizations%2F"
    )
    assert signed_in(olga).get(PAGE)["Location"].startswith("/fabrikam.com/?next=")
    assert Client().post(leave_url(nicole)).status_code == 302
    assert User.unscoped.get(pk=nicole.pk).deleted_at is None


@pytest.mark.rule("ORG-3", "T23", "SES-6", "DIR-28")
def test_leaving_asks_first_then_deletes_and_ends_the_sessions(nicole: User) -> None:
    browser, phone = signed_in(nicole, method="mail"), signed_in(nicole, method="mail")
    assert "Leave Fabrikam?" in words(browser.get(leave_url(nicole)))
    assert User.unscoped.get(pk=nicole.pk).deleted_at is None
    answer = browser.post(leave_url(nicole))
    assert answer["Location"] == "/myaccount/left/"
    assert "You left Fabrikam" in words(browser.get("/myaccount/left/"))
    assert User.unscoped.get(pk=nicole.pk).deleted_at is not None
    assert phone.get("/myapps/fabrikam.com/").status_code == 302
    event = AuditEvent.unscoped.get(activity="Delete external user")
    assert (event.actor_id, event.target_id) == (nicole.pk, str(nicole.pk))
    assert event.logged_by_service == "Invited Users"


@pytest.mark.rule("ORG-3", "ORG-2")
def test_an_organization_guest_leaves_from_home_and_stays_signed_in(
    olga: User, olga_abroad: User
) -> None:
    browser = signed_in(olga)
    url = leave_url(olga_abroad, "contoso.com")
    assert browser.post(url)["Location"] == "/myaccount/contoso.com/organizations/"
    assert "You left Fabrikam" in words(browser.get("/myaccount/contoso.com/organizations/"))
    assert User.unscoped.get(pk=olga_abroad.pk).deleted_at is not None


@pytest.mark.rule("ORG-3", "SEC-80")
def test_nobody_leaves_for_somebody_else_or_from_home(
    nicole: User, olga: User, olga_abroad: User, ada: User
) -> None:
    for who, whom, tenant in (
        (nicole, olga_abroad, "fabrikam.com"),
        (olga, olga, "contoso.com"),
        (ada, ada, "fabrikam.com"),
        (ada, nicole, "fabrikam.com"),
    ):
        browser = signed_in(who)
        assert browser.post(leave_url(whom, tenant)).status_code == 404
        data = leave_url(whom, tenant).replace("leave/", "data/")
        assert browser.get(data).status_code == 404
    assert not User.unscoped.filter(deleted_at__isnull=False).exists()


@pytest.mark.rule("EX-22", "ORG-6", "COL-7", "COL-8", "AUD-1")
def test_ex_22_with_no_leaving_leads_to_the_privacy_contact_and_deletes_nothing(
    nicole: User, fabrikam: Tenant
) -> None:
    keep_guests(fabrikam)
    browser = signed_in(nicole, method="mail")
    assert "Leave" in words(browser.get(PAGE))
    page = browser.get(leave_url(nicole))
    assert "dpo@fabrikam.com" in words(page)
    assert "You can’t leave Fabrikam by yourself" in words(page)
    answer = browser.post(leave_url(nicole))
    assert answer.status_code == 403
    assert "dpo@fabrikam.com" in words(answer)
    assert User.unscoped.get(pk=nicole.pk).deleted_at is None
    event = AuditEvent.unscoped.get(activity="Delete external user")
    assert event.result == "failure"


@pytest.mark.rule("ORG-6")
def test_a_disabled_account_is_removed_only_by_the_organization(
    nicole: User, contoso: Tenant
) -> None:
    Tenant.objects.filter(pk=contoso.pk).update(technical_contact="it@contoso.com")
    there = PasscodeGuestFactory(tenant=contoso, address=NICOLE, account_enabled=False)
    browser = signed_in(nicole, method="mail")
    assert "Account disabled" in words(browser.get(PAGE))
    answer = browser.post(leave_url(there))
    assert answer.status_code == 403
    assert "it@contoso.com" in words(answer)
    with pytest.raises(LeaveRefused):
        leave_organization(User.unscoped.get(pk=there.pk))


def days_ago(guest: User, days: int) -> None:
    moment = timezone.now() - timedelta(days=days)
    User.unscoped.filter(pk=guest.pk).update(deleted_at=moment)


@pytest.mark.rule("EX-21", "ORG-4", "DIR-28", "DEL-4")
def test_ex_21_a_guest_who_left_is_restored_on_day_29_and_signs_in_as_before(
    ada: User, olga: User, olga_abroad: User, fabrikam: Tenant
) -> None:
    group = Group.objects.create(tenant=fabrikam, display_name="Partners")
    GroupMembership.objects.create(tenant=fabrikam, group=group, user=olga_abroad)
    leave_organization(olga_abroad)
    days_ago(olga_abroad, 29)
    restore_user(User.unscoped.get(pk=olga_abroad.pk), by=ada)
    browser = Client()
    answer = browser.post("/fabrikam.com/signin/", {"address": OLGA})
    answer = browser.post(answer["Location"], {"password": PASSWORD})
    assert answer["Location"] == "/myapps/fabrikam.com/"
    assert browser.session["_auth_user_id"] == str(olga_abroad.pk)
    assert GroupMembership.objects.of(fabrikam).filter(user=olga_abroad).exists()


@pytest.mark.rule("EX-21", "DIR-28", "DIR-29")
def test_ex_21_on_day_31_restoring_is_impossible(ada: User, nicole: User) -> None:
    leave_organization(nicole)
    days_ago(nicole, 31)
    with pytest.raises(NotDeleted):
        restore_user(User.unscoped.get(pk=nicole.pk), by=ada)


@pytest.mark.rule("ORG-5", "INV-13")
def test_who_left_and_is_invited_again_becomes_a_new_object(
    ada: User, nicole: User, fabrikam: Tenant
) -> None:
    leave_organization(nicole)
    again = invite_guest(fabrikam, by=ada, address=NICOLE, redirect_url=TARGET)
    assert again.is_new
    assert again.user.pk != nicole.pk


@pytest.mark.rule("ORG-7", "DIR-1")
def test_the_file_holds_what_the_organization_knows_and_nobody_else(
    nicole: User, ada: User, fabrikam: Tenant
) -> None:
    User.unscoped.filter(pk=nicole.pk).update(job_title="Consultant", manager=ada)
    browser = signed_in(nicole, method="mail")
    answer = browser.get(leave_url(nicole).replace("leave/", "data/"))
    assert "attachment" in answer["Content-Disposition"]
    text = b"".join(answer).decode()
    found = json.loads(text)
    assert found["user"]["jobTitle"] == "Consultant"
    assert found["user"]["mail"] == NICOLE
    assert found["identities"][0]["issuer"] == "mail"
    assert "passwordExpiresAt" in found["user"]
    assert "password" not in found["user"]
    assert "Ada" not in text
    assert str(ada.pk) not in text


@pytest.mark.rule("CON-2", "ORG-1")
def test_my_apps_leads_to_the_organizations(nicole: User) -> None:
    page = signed_in(nicole, method="mail").get("/myapps/fabrikam.com/").content.decode()
    url = f"/myaccount/{nicole.tenant_id}/organizations/"
    assert url in page
    assert signed_in(nicole, method="mail").get(url).status_code == 200
