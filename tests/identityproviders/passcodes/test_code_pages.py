"""Send code and Enter code, as a guest in front of the browser meets them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import Identity, User
from guests.users.search_terms import refresh_search_terms
from identityproviders.models import OrganizationOrder, PasscodeDevice, PasscodeRequest, SignInStep
from identityproviders.passcodes import one_time_codes
from portal.audit.models import SignInEvent, SignInStatus
from portal.outbox.models import OutgoingMail
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, PasscodeGuestFactory
from tests.support.page import read_page
from tests.support.visitor import NOBODY, PRIYA, SetPolicy, Visitor, age, wrong

SEND, ENTER = reverse("identityproviders:send_code"), reverse("identityproviders:enter_code")
MINUTE = timedelta(minutes=1)


def text(response: Any) -> str:
    return str(response.content.decode())


def codes_of(visitor: Visitor) -> list[tuple[str, int]]:
    """Status and code of every step in the sign-in log, in order (LOG-1)."""
    steps = SignInEvent.unscoped.filter(correlation_id=str(visitor.transaction.pk))
    return list(steps.order_by("created_at").values_list("status", "error_code"))


@pytest.mark.rule("OTP-4", "SEC-4")
def test_nothing_is_sent_before_send_code_is_pressed(visitor: Visitor, priya: User) -> None:
    response = visitor.type_address(PRIYA)
    assert (response.status_code, response["Location"]) == (303, SEND)
    for _ in range(3):
        page = visitor.get(SEND)
        visitor.client.head(SEND)
    assert "We’ll send a code to p***@wingtiptoys.com" in read_page(page).text
    assert not PasscodeRequest.unscoped.exists()
    response = visitor.send_code()
    assert (response.status_code, response["Location"]) == (303, ENTER)
    request = visitor.request
    assert request.user == priya
    mail = OutgoingMail.unscoped.get(subject_id=request.pk)
    assert (mail.recipient, mail.queue) == (PRIYA, "passcode")


@pytest.mark.rule("SEC-4", "SEC-67")
@pytest.mark.parametrize("url", [SEND, ENTER])
def test_a_post_without_the_token_is_refused(visitor: Visitor, priya: User, url: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor.client.cookies
    visitor.type_address(PRIYA)
    strict.cookies = visitor.client.cookies
    assert strict.post(url, {"code": "12345678"}).status_code == 403
    assert not PasscodeRequest.unscoped.exists()


@pytest.mark.rule("OTP-16", "OTP-17", "SEC-20", "SEC-65")
def test_the_right_code_opens_a_session_with_a_new_key(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    request = visitor.ask_for_code(PRIYA)
    before = visitor.client.cookies["portal-session"].value
    txn = visitor.transaction
    response = visitor.enter(one_time_codes.derive_passcode(request))
    assert response["Location"] == reverse("applications:my_apps", args=["contoso.com"])
    session = visitor.client.session
    assert session["_auth_user_id"] == str(priya.pk)
    assert session["method"] == "mail"
    assert visitor.client.cookies["portal-session"].value != before
    device = PasscodeDevice.objects.get(user=priya)
    assert session["otp_device_id"] == device.persistent_id
    txn.refresh_from_db()
    assert txn.step == SignInStep.DONE
    priya.refresh_from_db()
    assert priya.last_sign_in_at is not None


@pytest.mark.rule("LOG-1", "LOG-3", "LOG-4", "SEC-103")
def test_the_log_has_the_steps_of_one_attempt_under_one_id(visitor: Visitor, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    txn = visitor.transaction
    visitor.enter(wrong(one_time_codes.derive_passcode(request)))
    visitor.enter(one_time_codes.derive_passcode(request))
    steps = SignInEvent.unscoped.filter(correlation_id=str(txn.pk)).order_by("created_at")
    assert [(s.status, s.error_code, s.is_final) for s in steps] == [
        (SignInStatus.INTERRUPTED, 0, False),
        (SignInStatus.FAILURE, 70018, False),
        (SignInStatus.INTERRUPTED, 0, False),
        (SignInStatus.SUCCESS, 0, True),
    ]
    last = steps[3]
    assert last.user == priya
    assert last.method == "Email OTP"
    assert last.method_detail == "p***@wingtiptoys.com"
    assert last.cross_tenant_access_type == "b2bCollaboration"
    assert last.identity_provider == "mail"


@pytest.mark.rule("OTP-5")
def test_the_field_is_made_for_codes_and_takes_pasted_groups(visitor: Visitor, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    page = text(visitor.get(ENTER))
    assert 'inputmode="numeric"' in page
    assert 'autocomplete="one-time-code"' in page
    assert "Use another account" in page
    assert "Send a new code" in page
    code = one_time_codes.derive_passcode(request)
    visitor.enter(f" {code[:4]} {code[4:]} ")
    assert visitor.is_signed_in


@pytest.mark.rule("OTP-7", "SEC-15")
def test_tries_left_are_named_from_the_third_wrong_code_on(visitor: Visitor, priya: User) -> None:
    code = wrong(one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA)))
    pages = [visitor.enter(code) for _ in range(4)]
    assert [page.status_code for page in pages] == [400] * 4
    assert all("That code doesn’t match the newest one" in text(p) for p in pages)
    assert [" left." in text(p) for p in pages] == [False, False, True, True]
    assert "2 tries left." in text(pages[2])
    assert "1 try left." in text(pages[3])
    assert f'value="{code}"' not in text(pages[3])
    assert "<title>Error: Enter code" in text(pages[0])


@pytest.mark.rule("EX-19", "OTP-9", "SEC-9", "LOG-1")
def test_five_wrong_codes_then_the_right_one_is_refused_ex_19(
    visitor: Visitor, priya: User
) -> None:
    code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
    pages = [visitor.enter(wrong(code)) for _ in range(5)]
    assert "no longer works. Send a new one." in text(pages[4])
    assert "no longer works. Send a new one." in text(visitor.enter(code))
    assert not visitor.is_signed_in
    age(2 * MINUTE)
    visitor.send_code()
    request = visitor.request
    one_time_codes.hand_over_passcode(request)
    visitor.enter(one_time_codes.derive_passcode(request))
    assert visitor.is_signed_in


@pytest.mark.rule("EX-18", "OTP-8", "SEC-15")
def test_a_code_typed_after_31_minutes_is_expired_and_a_new_one_works_ex_18(
    visitor: Visitor, priya: User
) -> None:
    code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
    age(31 * MINUTE)
    assert "Your code has expired" in text(visitor.get(ENTER))
    page = visitor.enter(code)
    assert "was good for 30 minutes. Ask for a new one, then enter it here." in text(page)
    assert codes_of(visitor)[-1] == ("failure", 70019)
    visitor.send_code()
    request = visitor.request
    one_time_codes.hand_over_passcode(request)
    visitor.enter(one_time_codes.derive_passcode(request))
    assert visitor.is_signed_in


@pytest.mark.rule("OTP-6")
def test_a_new_code_waits_a_minute_and_the_page_says_that_earlier_ones_are_dead(
    visitor: Visitor, priya: User
) -> None:
    first = visitor.ask_for_code(PRIYA)
    page = text(visitor.get(ENTER))
    assert 'data-countdown="60"' in page
    assert 'in <span class="clock" data-clock>60 seconds</span>' in page
    visitor.send_code()
    assert visitor.request == first
    age(61 * timedelta(seconds=1))
    response = visitor.client.post(SEND, follow=True)
    assert visitor.request != first
    assert "Earlier codes no longer work." in text(response)


@pytest.mark.rule("SEC-16")
def test_what_is_no_code_is_a_form_error_and_no_try(visitor: Visitor, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    for typed in ("", "1234", "١٢٣٤٥٦٧٨", "9" * 10_000):
        page = visitor.enter(typed)
        assert page.status_code == 400
        assert "Enter the 8 digits of the code" in text(page)
    request.refresh_from_db()
    assert request.attempts == 0


@pytest.mark.rule("OTP-9", "SEC-10")
def test_a_locked_identity_reads_how_long_to_wait(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    for _ in range(2):
        code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
        for _ in range(5):
            page = visitor.enter(wrong(code))
        age(2 * MINUTE)
    assert page.status_code == 429
    assert "There were too many wrong codes for this address." in text(page)
    assert ">58 minutes</span>" in text(page)
    assert int(page["Retry-After"]) > 55 * 60
    assert codes_of(visitor)[-1] == ("failure", 50053)


@pytest.mark.rule("SEC-8", "OTP-19", "OTP-3")
def test_code_from_another_browser_is_refused_and_not_counted(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    request = visitor.ask_for_code(PRIYA)
    other = Visitor(contoso)
    other.type_address(PRIYA)
    response = other.enter(one_time_codes.derive_passcode(request))
    assert (response.status_code, response["Location"]) == (303, SEND)
    stranger = Visitor(contoso)
    assert stranger.enter(one_time_codes.derive_passcode(request)).status_code == 410
    request.refresh_from_db()
    assert (request.attempts, request.consumed_at) == (0, None)
    assert not other.is_signed_in
    visitor.enter(one_time_codes.derive_passcode(request))
    assert visitor.is_signed_in


@pytest.mark.rule("EX-29", "OTP-11", "SEC-14")
def test_an_unknown_address_gets_the_same_pages_and_no_mail_ex_29(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    response = visitor.type_address(NOBODY)
    assert (response.status_code, response["Location"]) == (303, SEND)
    assert codes_of(visitor) == [("failure", 50034)]
    visitor.send_code()
    mail = OutgoingMail.unscoped.get(subject_id=visitor.request.pk)
    assert mail.recipient == "", "there is no address it could ever go to"
    one_time_codes.hand_over_passcode(visitor.request)
    for _ in range(5):
        page = visitor.enter(one_time_codes.derive_passcode(visitor.request))
    assert "no longer works" in text(page)
    assert not visitor.is_signed_in


@pytest.mark.rule("EX-11", "OTC-10", "SEC-19")
def test_turning_codes_off_locks_accepted_guests_out_until_they_are_on_again_ex_11(
    visitor: Visitor, priya: User, contoso: Tenant, set_policy: SetPolicy
) -> None:
    set_policy(contoso, stored="disabled")
    response = visitor.type_address(PRIYA)
    assert response["Location"] == reverse("identityproviders:refused")
    page = visitor.get(response["Location"])
    assert page.status_code == 403
    assert "Codes by e-mail are turned off for this organization" in text(page)
    assert "Error code 50107" in text(page)
    assert str(visitor.transaction.pk) in text(page)
    set_policy(contoso, stored="enabled")
    visitor.enter(one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA)))
    assert visitor.is_signed_in


@pytest.mark.rule("SEC-19", "SEC-6")
def test_a_pending_code_dies_with_the_switch(
    visitor: Visitor, priya: User, contoso: Tenant, set_policy: SetPolicy
) -> None:
    request = visitor.ask_for_code(PRIYA)
    set_policy(contoso, stored="disabled")
    response = visitor.enter(one_time_codes.derive_passcode(request))
    assert response["Location"] == reverse("identityproviders:refused")
    assert "Codes by e-mail are turned off" in text(visitor.get(response["Location"]))
    request.refresh_from_db()
    assert request.superseded_at is not None
    assert not visitor.is_signed_in


@pytest.mark.rule("SEC-19", "CTA-1", "T16")
def test_a_pending_code_dies_with_the_order_of_the_organization(
    visitor: Visitor, contoso: Tenant
) -> None:
    guest = GuestFactory(tenant=contoso, address="lee@wingtiptoys.com")
    request = visitor.ask_for_code(guest.invited_address)
    OrganizationOrder.objects.create(
        tenant=contoso, domain="wingtiptoys.com", passcode_fallback=False
    )
    response = visitor.enter(one_time_codes.derive_passcode(request))
    assert response["Location"] == reverse("identityproviders:refused")
    request.refresh_from_db()
    assert request.superseded_at is not None
    assert not visitor.is_signed_in


@pytest.mark.rule("EX-7", "RED-6", "SEC-14")
@pytest.mark.parametrize(("who", "code"), [("guest", 50107), ("pending", 50014), ("none", 50034)])
def test_without_codes_everybody_reads_the_same_and_the_log_tells_them_apart(
    visitor: Visitor, contoso: Tenant, set_policy: SetPolicy, who: str, code: int
) -> None:
    set_policy(contoso, stored="disabled")
    if who == "guest":
        PasscodeGuestFactory(tenant=contoso, address=PRIYA)
    pending = GuestFactory(tenant=contoso, address=PRIYA) if who == "pending" else None
    page = visitor.get(visitor.type_address(PRIYA)["Location"])
    assert page.status_code == 403
    assert "Codes by e-mail are turned off for this organization" in text(page)
    assert "Error code 50107" in text(page)
    assert codes_of(visitor) == [("failure", code)]
    if pending is not None:
        pending.refresh_from_db()
        assert pending.is_pending


@pytest.mark.rule("RED-2", "CON-1")
def test_a_pending_guest_at_the_direct_link_goes_on_to_consent(
    visitor: Visitor, contoso: Tenant
) -> None:
    GuestFactory(tenant=contoso, address=PRIYA)
    response = visitor.enter(one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA)))
    assert response["Location"] == reverse("invitations:consent")
    assert not visitor.is_signed_in
    txn = visitor.transaction
    assert (txn.proven_issuer, txn.proven_subject) == ("mail", PRIYA)


@pytest.mark.rule("SIN-3", "RED-7", "SEC-14", "SEC-40")
def test_a_blocked_guest_learns_of_it_only_after_the_code(
    visitor: Visitor, contoso: Tenant
) -> None:
    PasscodeGuestFactory(tenant=contoso, address=PRIYA, account_enabled=False)
    response = visitor.enter(one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA)))
    page = text(visitor.get(response["Location"]))
    assert "Your account is disabled." in page
    assert "Error code 50057" in page
    assert not visitor.is_signed_in
    assert codes_of(visitor)[-1] == ("failure", 50057)


@pytest.mark.rule("SEC-37", "DIR-24")
def test_a_mailbox_that_is_not_the_bound_one_does_not_get_in(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    request = visitor.ask_for_code(PRIYA)
    Identity.objects.of(contoso).filter(user=priya).update(subject="other@wingtiptoys.com")
    visitor.enter(one_time_codes.derive_passcode(request))
    assert not visitor.is_signed_in
    assert codes_of(visitor)[-1] == ("failure", 50020)


@pytest.mark.rule("SEC-97", "RED-8")
def test_the_code_goes_to_the_bound_address_whatever_alias_is_typed(
    visitor: Visitor, priya: User
) -> None:
    priya.other_mails = ["priya@alias.example"]
    priya.save()
    refresh_search_terms(priya)
    request = visitor.ask_for_code("Priya@alias.example")
    assert OutgoingMail.unscoped.get(subject_id=request.pk).recipient == PRIYA
    visitor.enter(one_time_codes.derive_passcode(request))
    assert visitor.is_signed_in


@pytest.mark.rule("SES-3", "SEC-61")
@pytest.mark.parametrize(
    ("wanted", "arrives"),
    [
        ("/myapps/contoso.com/?tab=all", "/myapps/contoso.com/?tab=all"),
        ("https://evil.example/", "/myapps/contoso.com/"),
        ("//evil.example/", "/myapps/contoso.com/"),
        ("/\\evil.example", "/myapps/contoso.com/"),
    ],
)
def test_the_wanted_page_opens_if_it_is_ours(
    visitor: Visitor, priya: User, wanted: str, arrives: str
) -> None:
    visitor.type_address(PRIYA, wanted=wanted)
    visitor.send_code()
    request = visitor.request
    one_time_codes.hand_over_passcode(request)
    assert visitor.enter(one_time_codes.derive_passcode(request))["Location"] == arrives


@pytest.mark.rule("SEC-41")
@pytest.mark.parametrize("name", ["password", "send_code", "enter_code", "change_password"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_step_without_a_sign_in_under_way_says_start_again(
    contoso: Tenant, name: str, method: str
) -> None:
    call: Callable[..., Any] = getattr(Client(), method)
    response = call(reverse(f"identityproviders:{name}"))
    assert response.status_code == 410
    assert "Start again." in text(response)


@pytest.mark.rule("SEC-41")
def test_steps_out_of_order_change_nothing(visitor: Visitor, priya: User) -> None:
    visitor.type_address(PRIYA)
    assert visitor.enter("12345678")["Location"] == SEND
    assert visitor.enter_password("a")["Location"] == SEND
    assert visitor.get(reverse("identityproviders:change_password"))["Location"] == SEND
    assert visitor.get(reverse("identityproviders:refused"))["Location"] == SEND
    assert visitor.transaction.step == SignInStep.METHOD


@pytest.mark.rule("SEC-41", "SEC-6")
def test_a_finished_sign_in_cannot_be_used_again(visitor: Visitor, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    pk = str(visitor.transaction.pk)
    visitor.enter(one_time_codes.derive_passcode(request))
    session = visitor.client.session
    session["sign_in"] = pk
    session.save()
    assert visitor.enter(one_time_codes.derive_passcode(request)).status_code == 410
    assert visitor.send_code().status_code == 410
