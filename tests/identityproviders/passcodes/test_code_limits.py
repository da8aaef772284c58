"""Limits of codes end nothing, and the page says how long to wait and what still works (BET-5)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from guests.models import User
from identityproviders.models import PasscodeRequest, WrongPasscode
from identityproviders.passcodes import one_time_codes
from invitations.inviting import tickets
from portal.outbox.models import OutgoingMail
from portal.tenants.models import Tenant
from tests.factories import PasscodeGuestFactory
from tests.support.inviting import invite_guest
from tests.support.page import read_page, words
from tests.support.visitor import NOBODY, PRIYA, Visitor, age, wrong

SEND, ENTER = reverse("identityproviders:send_code"), reverse("identityproviders:enter_code")
MINUTE = timedelta(minutes=1)


def take_codes(visitor: Visitor, address: str, number: int) -> PasscodeRequest:
    """Take so many codes in one browser, each a bit later than a minute; the last one."""
    visitor.type_address(address)
    for _turn in range(number):
        age(timedelta(seconds=61))
        visitor.client.post(SEND, follow=True)
    one_time_codes.hand_over_passcode(visitor.request)
    age(timedelta(seconds=61))
    return visitor.request


def waits(response: Any) -> int:
    """The seconds that the page counts down, which its header says too."""
    clocks = [one for one in read_page(response).descendants() if one.has("data-countdown")]
    [seconds] = [clock.get("data-countdown") for clock in clocks]
    assert int(response["Retry-After"]) == int(seconds)
    return int(seconds)


@pytest.mark.rule("BET-5", "OTP-10")
def test_step_3_the_sixth_press_in_an_hour_says_when_and_the_fifth_code_works(
    visitor: Visitor, priya: User
) -> None:
    fifth = take_codes(visitor, PRIYA, 5)
    page = visitor.send_code()
    assert page.status_code == 429
    assert 54 * 60 < waits(page) < 55 * 60
    assert "You can ask for another code in 55 minutes ." in words(page)
    assert "No code was sent now" in words(page)
    assert "still works." in words(page)
    assert "We sent a new code" not in words(page)
    assert visitor.request == fifth
    visitor.enter(one_time_codes.derive_passcode(fifth))
    assert visitor.is_signed_in


@pytest.mark.rule("BET-5", "SEC-109")
def test_after_the_wait_a_new_code_is_made(visitor: Visitor, priya: User) -> None:
    fifth = take_codes(visitor, PRIYA, 5)
    seconds = waits(visitor.send_code())
    age(timedelta(seconds=seconds - 2))
    assert visitor.send_code().status_code == 429
    age(timedelta(seconds=2))
    assert visitor.send_code().status_code == 303
    assert visitor.request != fifth


@pytest.mark.rule("BET-5")
def test_the_wait_is_that_of_the_longest_limit(
    visitor: Visitor, priya: User, settings: Settings
) -> None:
    settings.PORTAL_PASSCODES_PER_DAY = 5
    take_codes(visitor, PRIYA, 5)
    page = visitor.send_code()
    assert 23 * 3600 < waits(page) < 24 * 3600
    assert "in 24 hours ." in words(page)


@pytest.mark.rule("BET-5", "OTP-3")
def test_the_code_of_the_first_opening_works_after_the_link_was_opened_again(
    visitor: Visitor, priya: User
) -> None:
    code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
    visitor.type_address(PRIYA)
    page = visitor.send_code()
    assert page.status_code == 429
    assert "still works." in words(page)
    visitor.enter(code)
    assert visitor.is_signed_in


@pytest.mark.rule("BET-5", "OTP-3", "RED-1")
def test_step_2_an_invitation_opened_twice_takes_the_code_that_arrived(
    visitor: Visitor, contoso: Tenant, grace: User
) -> None:
    invitation = invite_guest(
        contoso, by=grace, address=PRIYA, redirect_url="https://app.contoso.com/"
    ).invitation
    for _time in range(2):
        visitor.get(reverse("invitations:open_ticket", args=[tickets.ticket_of(invitation)]))
        visitor.post(reverse("invitations:landing"))
        visitor.send_code()
    [request] = PasscodeRequest.unscoped.all()
    one_time_codes.hand_over_passcode(request)
    response = visitor.enter(one_time_codes.derive_passcode(request))
    assert response["Location"] == reverse("invitations:consent")


@pytest.mark.rule("OTP-3", "SEC-4", "SEC-8")
@pytest.mark.parametrize("other", ["person", "tenant"])
def test_a_code_comes_along_only_to_the_same_mailbox_at_the_same_organization(
    visitor: Visitor, priya: User, fabrikam: Tenant, other: str
) -> None:
    visitor.ask_for_code(PRIYA)
    if other == "tenant":
        PasscodeGuestFactory(tenant=fabrikam, address=PRIYA)
        visitor.tenant = fabrikam
    visitor.type_address("lee@wingtiptoys.com" if other == "person" else PRIYA)
    assert visitor.send_code().status_code == 303
    assert PasscodeRequest.unscoped.filter(superseded_at=None).count() == 2


@pytest.mark.rule("OTP-6", "SEC-4")
def test_a_new_code_ends_the_one_of_the_first_opening_too(visitor: Visitor, priya: User) -> None:
    code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
    age(2 * MINUTE)
    visitor.type_address(PRIYA)
    page = visitor.client.post(SEND, follow=True)
    assert "Earlier codes no longer work." in words(page)
    one_time_codes.hand_over_passcode(visitor.request)
    visitor.enter(code)
    assert not visitor.is_signed_in


@pytest.mark.rule("BET-5", "SEC-4", "OTP-19")
def test_step_4_a_second_browser_reads_the_wait_and_the_first_keeps_its_code(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
    other = Visitor(contoso)
    other.type_address(PRIYA)
    page = other.send_code()
    assert page.status_code == 429
    assert 55 <= waits(page) <= 60
    assert "You can ask for a code in" in words(page)
    assert "We sent" not in words(page)
    assert "still works" not in words(page)
    assert PasscodeRequest.unscoped.count() == 1
    visitor.enter(code)
    assert visitor.is_signed_in


@pytest.mark.rule("BET-5", "SEC-13")
def test_an_office_behind_one_address_keeps_the_code_it_has(
    visitor: Visitor, priya: User, settings: Settings
) -> None:
    settings.PORTAL_PASSCODES_PER_CLIENT_HOUR = 1
    code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
    age(2 * MINUTE)
    page = visitor.send_code()
    assert page.status_code == 429
    assert "still works" in words(page)
    visitor.enter(code)
    assert visitor.is_signed_in


@pytest.mark.rule("OTP-6", "BET-5")
def test_pressing_during_the_wait_says_so_without_script(visitor: Visitor, priya: User) -> None:
    visitor.ask_for_code(PRIYA)
    page = visitor.send_code()
    assert page.status_code == 429
    assert "You can ask for another code in 60 seconds ." in words(page)
    assert "No code was sent now" in words(page)


@pytest.mark.rule("OTP-9", "SEC-10", "BET-5")
@pytest.mark.parametrize("address", [PRIYA, NOBODY])
def test_while_locked_no_code_is_mailed(visitor: Visitor, priya: User, address: str) -> None:
    for _turn in range(2):
        code = wrong(one_time_codes.derive_passcode(visitor.ask_for_code(address)))
        for _try in range(5):
            visitor.enter(code)
        age(2 * MINUTE)
    before = OutgoingMail.unscoped.count()
    page = visitor.send_code()
    assert page.status_code == 429
    assert "Codes are paused" in words(page)
    assert "No code was sent now" in words(page)
    assert waits(page) > 50 * 60
    assert OutgoingMail.unscoped.count() == before


@pytest.mark.rule("OTP-9", "SEC-10")
def test_a_try_while_locked_was_not_checked_and_the_page_says_so(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    WrongPasscode.unscoped.bulk_create(
        WrongPasscode(tenant=contoso, address_key=PRIYA, at=timezone.now()) for _ in range(9)
    )
    code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
    tenth, eleventh = visitor.enter(wrong(code)), visitor.enter(code)
    assert "Your last code was not checked." not in words(tenth)
    assert "Your last code was not checked." in words(eleventh)
    assert not visitor.is_signed_in


@pytest.mark.rule("OTP-9", "OTP-8", "OTP-7")
@pytest.mark.parametrize("state", ["expired", "used up", "locked"])
def test_a_code_that_is_over_is_not_said_to_be_on_its_way(
    visitor: Visitor, priya: User, contoso: Tenant, state: str
) -> None:
    code = wrong(one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA)))
    if state == "expired":
        age(31 * MINUTE)
    elif state == "used up":
        for _try in range(5):
            visitor.enter(code)
    else:
        WrongPasscode.unscoped.bulk_create(
            WrongPasscode(tenant=contoso, address_key=PRIYA, at=timezone.now()) for _ in range(10)
        )
    for page in (visitor.get(ENTER), visitor.enter(code)):
        assert "We sent an 8-digit code" not in words(page)
        assert 'name="code"' not in page.content.decode()
        main_button = "Try again" if state == "locked" else "Send a new code"
        shown = read_page(page).descendants()
        assert [one.name for one in shown if "primary" in one.get("class").split()] == [main_button]


@pytest.mark.rule("SEC-14", "BET-5")
@pytest.mark.parametrize("limit", ["minute", "hour", "lock"])
def test_guests_and_strangers_share_limits_and_their_pages(
    visitor: Visitor, priya: User, contoso: Tenant, limit: str
) -> None:
    def transcript(address: str) -> list[tuple[int, str]]:
        PasscodeRequest.unscoped.all().delete()
        browser = Visitor(contoso)
        if limit == "hour":
            take_codes(browser, address, 5)
        else:
            browser.ask_for_code(address)
        if limit == "lock":
            WrongPasscode.unscoped.bulk_create(
                WrongPasscode(tenant=contoso, address_key=address, at=timezone.now())
                for _ in range(10)
            )
        answers = [browser.send_code(), browser.get(ENTER), browser.enter("1234")]
        read = [words(answer).replace(address, "ADDRESS") for answer in answers]
        read = [one.replace(f"{address[0]}***", "MASK***") for one in read]
        read = [re.sub(r"\d+:\d\d [AP]M UTC|\d+ (?:minute|second)s", "TIME", one) for one in read]
        return [(a.status_code, one) for a, one in zip(answers, read, strict=True)]

    assert transcript(PRIYA) == transcript(NOBODY)
