"""Rules that force or forbid the passcode for a domain or one guest (BET-10, BET-11)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guests.models import User
from identityproviders.discovery.decide import Method
from identityproviders.discovery.queries import expected_method, expected_methods_of
from identityproviders.models import PasscodePolicy, PasscodeRule, PersonalAccount
from identityproviders.passcodes import one_time_codes
from portal.audit.models import AuditEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values import email_address
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.invitations import signed_in
from tests.support.visitor import PRIYA, Visitor

pytestmark = pytest.mark.django_db

RULES = reverse("identityproviders:passcode_rules")
WINGTIP = "wingtiptoys.com"


def method_of(tenant: Tenant, user: User) -> Method:
    return expected_methods_of(tenant, [user])[user.pk].method


def add(browser: Client, domain: str, effect: str, **values: str) -> int:
    return browser.post(RULES, {"domain": domain, "effect": effect, **values}).status_code


@pytest.mark.rule("BET-10", "T19")
def test_a_forced_passcode_goes_before_every_other_account(contoso: Tenant) -> None:
    guest = GuestFactory(tenant=contoso, address=PRIYA)
    PersonalAccount.objects.create(address_key=PRIYA)
    assert method_of(contoso, guest) is Method.PERSONAL
    PasscodePolicy.objects.create(tenant=contoso, stored="disabled")

    PasscodeRule.objects.create(tenant=contoso, domain=WINGTIP, effect="force")

    decision = expected_methods_of(contoso, [guest])[guest.pk]
    assert (decision.row, decision.method) == ("D6", Method.PASSCODE)
    assert "A rule always uses" in decision.reasons[0].text
    expected = expected_method(contoso, email_address.parse_email_address(f"new@{WINGTIP}"))
    assert expected.method is Method.PASSCODE


@pytest.mark.rule("BET-10", "T19", "T20")
def test_a_forbidden_passcode_leaves_the_rest_of_the_table(contoso: Tenant) -> None:
    pending = GuestFactory(tenant=contoso, address=f"new@{WINGTIP}")
    accepted = PasscodeGuestFactory(tenant=contoso, address=PRIYA)

    PasscodeRule.objects.create(tenant=contoso, domain=WINGTIP, effect="forbid")

    assert method_of(contoso, pending) is Method.CREATE_PERSONAL
    assert method_of(contoso, accepted) is Method.REFUSED


@pytest.mark.rule("BET-11")
def test_the_rule_about_a_guest_goes_before_that_of_the_domain(contoso: Tenant) -> None:
    guest = PasscodeGuestFactory(tenant=contoso, address=PRIYA)
    PasscodeRule.objects.create(tenant=contoso, domain=WINGTIP, effect="forbid")
    PasscodeRule.objects.create(tenant=contoso, user=guest, effect="force")

    assert method_of(contoso, guest) is Method.PASSCODE


@pytest.mark.rule("DIR-24", "T20")
def test_no_rule_changes_the_method_of_who_accepted_otherwise(contoso: Tenant) -> None:
    guest = GuestFactory(tenant=contoso, address=PRIYA, accepted_with="MicrosoftAccount")
    PasscodeRule.objects.create(tenant=contoso, user=guest, effect="force")

    assert method_of(contoso, guest) is Method.PERSONAL


@pytest.mark.rule("SEC-19", "BET-10")
def test_a_rule_ends_an_open_code_at_once(visitor: Visitor, contoso: Tenant, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    browser = signed_in(MemberFactory(tenant=contoso, roles=(Role.SECURITY_ADMINISTRATOR,)))
    assert add(browser, WINGTIP, "forbid", acknowledged="1") == 302

    visitor.enter(one_time_codes.derive_passcode(request))

    assert not visitor.is_signed_in


@pytest.mark.rule("BET-2", "BET-10", "AUD-1")
def test_a_rule_is_saved_after_its_impact_was_confirmed(contoso: Tenant, priya: User) -> None:
    browser = signed_in(MemberFactory(tenant=contoso, roles=(Role.SECURITY_ADMINISTRATOR,)))

    page = browser.post(RULES, {"domain": WINGTIP, "effect": "forbid", "preview": "1"})
    assert "1 guest will not be able to sign in" in page.content.decode()
    assert not PasscodeRule.objects.of(contoso).exists()
    assert add(browser, WINGTIP, "forbid", seen="1") == 400
    assert not PasscodeRule.objects.of(contoso).exists()
    assert add(browser, "WingtipToys.com", "forbid", seen="1", acknowledged="1") == 302

    assert PasscodeRule.objects.of(contoso).get().domain == WINGTIP
    event = AuditEvent.objects.of(contoso).get(activity="Authentication Methods Policy Update")
    assert event.modified_properties == [{"name": "passcodeRule", "old": "", "new": "forbid"}]
    assert add(browser, WINGTIP, "") == 302
    assert not PasscodeRule.objects.of(contoso).exists()


@pytest.mark.rule("BET-10")
@pytest.mark.parametrize("domain", ["", "no domain", "a@b@c", "x" * 254, "evil\x00.example"])
def test_what_is_no_domain_is_refused_at_the_field(contoso: Tenant, domain: str) -> None:
    browser = signed_in(MemberFactory(tenant=contoso, roles=(Role.SECURITY_ADMINISTRATOR,)))

    page = browser.post(RULES, {"domain": domain, "effect": "force"})

    assert page.status_code == 400
    assert 'id="domain-error"' in page.content.decode()


@pytest.mark.rule("BET-11", "OTC-12")
def test_the_rule_of_a_guest_is_chosen_on_their_page(contoso: Tenant, priya: User) -> None:
    browser = signed_in(MemberFactory(tenant=contoso, roles=(Role.SECURITY_ADMINISTRATOR,)))
    page = reverse("guests:user_methods", args=[priya.pk])
    url = reverse("identityproviders:guest_passcode_rule", args=[priya.pk])
    assert "Email one-time passcode for this guest" in browser.get(page).content.decode()

    assert browser.post(url, {"effect": "forbid"})["Location"] == page

    assert PasscodeRule.objects.of(contoso).get().user_id == priya.pk
    assert browser.post(url, {"effect": "perhaps"}).status_code == 404
    helpdesk = signed_in(MemberFactory(tenant=contoso, roles=(Role.HELPDESK_ADMINISTRATOR,)))
    assert helpdesk.post(url, {"effect": ""}).status_code == 403
    assert browser.post(url, {"effect": ""}).status_code == 302
    assert not PasscodeRule.objects.of(contoso).filter(created_at__lte=timezone.now()).exists()
