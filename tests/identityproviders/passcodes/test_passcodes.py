"""Codes: how they are made, how long they live, how often they may be tried."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from guests.models import User
from identityproviders.models import PasscodeLock, PasscodeRequest, WrongPasscode
from identityproviders.passcodes import one_time_codes
from identityproviders.passcodes.actions import PasscodeOutcome, enter_passcode, send_passcode
from portal.errors import TooSoon, Unavailable
from portal.outbox.models import WorkerHeartbeat
from portal.security import keys
from portal.tenants.models import Tenant
from tests.support.visitor import NOBODY, PRIYA, SetPolicy, Visitor, age, wrong

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def consume(request: PasscodeRequest, code: str) -> bool:
    with transaction.atomic():
        return one_time_codes.consume_passcode(request.pk, code)


def request_with(tenant_id: uuid.UUID, nonce: bytes) -> PasscodeRequest:
    return PasscodeRequest(
        id=uuid.UUID(int=7), tenant_id=tenant_id, nonce=nonce, key_id=keys.key_ring().active_id
    )


# The code itself


@pytest.mark.rule("SEC-2", "OTP-2")
@pytest.mark.parametrize(
    ("tenant", "nonce", "code"),
    [(1, b"\x00" * 32, "08589638"), (1, b"\x01" * 32, "37127168"), (2, b"\x00" * 32, "52470436")],
)
def test_code_of_known_key_and_nonce(tenant: int, nonce: bytes, code: str) -> None:
    assert one_time_codes.derive_passcode(request_with(uuid.UUID(int=tenant), nonce)) == code


@pytest.mark.rule("SEC-2")
def test_another_key_gives_another_code(settings: Settings) -> None:
    request = request_with(uuid.UUID(int=1), bytes(32))
    before = one_time_codes.derive_passcode(request)
    settings.PORTAL_KEYS = "tests:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
    assert one_time_codes.derive_passcode(request) != before


@pytest.mark.rule("SEC-1", "OTP-2")
def test_codes_are_eight_uniform_digits() -> None:
    request = request_with(uuid.UUID(int=1), b"")
    drawn = []
    for number in range(20_000):
        request.nonce = number.to_bytes(32, "big")
        drawn.append(one_time_codes.derive_passcode(request))
    assert all(len(code) == 8 and code.isascii() and code.isdecimal() for code in drawn)
    for position in range(8):
        counts = Counter(code[position] for code in drawn)
        chi_square = sum((counts[d] - 2000) ** 2 / 2000 for d in "0123456789")
        assert chi_square < 27.88  # p > 0.001 with 9 degrees of freedom
    assert any(code.startswith("0") for code in drawn)
    assert len(set(drawn)) > 19_990  # two expected pairs


@pytest.mark.rule("SEC-11")
def test_the_settings_keep_guessing_below_the_ceiling(settings: Settings) -> None:
    per_code = settings.PORTAL_PASSCODE_TRIES
    per_hour = settings.PORTAL_PASSCODE_WRONG_PER_HOUR
    assert per_code / 10**8 <= 5.0e-8
    assert per_hour / 10**8 <= 1.0e-7


@pytest.mark.rule("SEC-16", "OTP-5")
@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("12345678", "12345678"),
        (" 1234 5678 ", "12345678"),
        ("1234-5678", "12345678"),
        ("00000000", "00000000"),
        ("1234567", ""),
        ("123456789", ""),
        ("9" * 10_000, ""),
        ("١٢٣٤٥٦٧٨", ""),
        ("１２３４５６７８", ""),
        ("¹²³⁴⁵⁶⁷⁸", ""),
        ("1234567a", ""),
        ("12345678\n", ""),
        ("\t12345678", ""),
        ("", ""),
    ],
)
def test_only_eight_ascii_digits_are_a_code(typed: str, digits: str) -> None:
    assert one_time_codes.digits_of(typed) == digits


# Life and death of a code


@pytest.mark.rule("SEC-5", "OTP-3")
@pytest.mark.parametrize("skew", [timedelta(), 5 * MINUTE, -5 * MINUTE])
@pytest.mark.parametrize(
    ("waited", "is_right"), [(30 * MINUTE - 3 * SECOND, True), (30 * MINUTE + SECOND, False)]
)
def test_code_lives_thirty_minutes_by_the_database_clock(
    visitor: Visitor, priya: User, waited: timedelta, is_right: bool, skew: timedelta
) -> None:
    request = visitor.ask_for_code(PRIYA)
    age(waited)
    with time_machine.travel(timezone.now() + skew):
        assert consume(request, one_time_codes.derive_passcode(request)) is is_right


@pytest.mark.rule("SEC-5")
def test_the_time_runs_from_the_first_hand_over_on(visitor: Visitor, priya: User) -> None:
    visitor.type_address(PRIYA)
    visitor.send_code()
    request = visitor.request
    assert request.expires_at is None
    first = one_time_codes.hand_over_passcode(request)
    age(5 * MINUTE)
    assert one_time_codes.hand_over_passcode(request) == first - 5 * MINUTE


@pytest.mark.rule("SEC-5")
def test_the_tenant_may_choose_a_shorter_life(
    visitor: Visitor, priya: User, contoso: Tenant, set_policy: SetPolicy
) -> None:
    set_policy(contoso, lifetime_minutes=10)
    request = visitor.ask_for_code(PRIYA)
    age(10 * MINUTE + SECOND)
    assert not consume(request, one_time_codes.derive_passcode(request))


@pytest.mark.rule("SEC-6", "OTP-3")
def test_code_works_once(visitor: Visitor, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    code = one_time_codes.derive_passcode(request)
    assert [consume(request, code), consume(request, code)] == [True, False]


@pytest.mark.rule("SEC-6", "SEC-4", "OTP-6")
def test_a_new_code_kills_the_older_one_of_this_browser_only(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    other = Visitor(contoso)
    others = other.ask_for_code(PRIYA)
    age(2 * MINUTE)
    older = visitor.ask_for_code(PRIYA)
    age(2 * MINUTE)
    visitor.send_code()
    newer = visitor.request
    one_time_codes.hand_over_passcode(newer)
    assert newer.pk != older.pk
    assert not consume(older, one_time_codes.derive_passcode(older))
    assert consume(newer, one_time_codes.derive_passcode(newer))
    assert consume(others, one_time_codes.derive_passcode(others))


@pytest.mark.rule("SEC-6")
@pytest.mark.parametrize("end", ["block", "revoke"])
def test_block_and_revocation_end_a_code_for_good(visitor: Visitor, priya: User, end: str) -> None:
    request = visitor.ask_for_code(PRIYA)
    if end == "block":
        User.unscoped.filter(pk=priya.pk).update(account_enabled=False)
    else:
        User.unscoped.filter(pk=priya.pk).update(sign_in_sessions_valid_from=timezone.now())
    assert not consume(request, one_time_codes.derive_passcode(request))


@pytest.mark.rule("SEC-6", "SEC-19")
def test_switching_the_method_off_ends_every_code_of_the_tenant(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    request = visitor.ask_for_code(PRIYA)
    one_time_codes.supersede_all(contoso)
    assert not consume(request, one_time_codes.derive_passcode(request))


@pytest.mark.rule("SEC-9", "SEC-6", "OTP-9")
def test_the_sixth_try_is_refused_even_when_it_is_right(visitor: Visitor, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    code = one_time_codes.derive_passcode(request)
    assert not any(consume(request, wrong(code)) for _ in range(5))
    assert not consume(request, code)


@pytest.mark.rule("SEC-9")
def test_the_fifth_try_still_counts(visitor: Visitor, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    code = one_time_codes.derive_passcode(request)
    assert not any(consume(request, wrong(code)) for _ in range(4))
    assert consume(request, code)


@pytest.mark.rule("SEC-14", "OTP-11")
def test_the_code_of_a_stranger_is_never_right_and_dies_after_five_tries(
    visitor: Visitor,
) -> None:
    request = visitor.ask_for_code(NOBODY)
    assert request.user is None
    for _ in range(6):
        assert not consume(request, one_time_codes.derive_passcode(request))
    request.refresh_from_db()
    assert request.attempts == 5


# Limits


@pytest.mark.rule("SEC-10", "OTP-9")
def test_ten_wrong_codes_in_an_hour_lock_the_identity_for_fifteen_minutes(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    third = Visitor(contoso).ask_for_code(PRIYA)
    age(2 * MINUTE)
    for _ in range(2):
        request = visitor.ask_for_code(PRIYA)
        for _ in range(5):
            assert not consume(request, wrong(one_time_codes.derive_passcode(request)))
        age(2 * MINUTE)
    assert not consume(third, one_time_codes.derive_passcode(third))
    third.refresh_from_db()
    assert third.attempts == 0, "nothing is compared while the identity is locked"
    assert one_time_codes.seconds_locked(contoso, PRIYA) > 54 * 60

    WrongPasscode.unscoped.update(at=timezone.now() - timedelta(hours=1, seconds=5))
    assert 14 * 60 < one_time_codes.seconds_locked(contoso, PRIYA) <= 15 * 60
    PasscodeLock.unscoped.update(locked_until=timezone.now() - MINUTE)
    assert one_time_codes.seconds_locked(contoso, PRIYA) == 0
    assert consume(third, one_time_codes.derive_passcode(third))


@pytest.mark.rule("SEC-10", "SEC-18")
def test_success_clears_the_identity_and_not_the_client(visitor: Visitor, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    code = one_time_codes.derive_passcode(request)
    for _ in range(4):
        consume(request, wrong(code))
    assert consume(request, code)
    assert WrongPasscode.unscoped.filter(address_key=PRIYA).count() == 0
    assert WrongPasscode.unscoped.count() == 4


@pytest.mark.rule("SEC-10", "SEC-109")
def test_a_client_with_thirty_wrong_codes_waits(
    visitor: Visitor, priya: User, settings: Settings
) -> None:
    settings.PORTAL_PASSCODE_WRONG_PER_CLIENT = 3
    request = visitor.ask_for_code(PRIYA)
    for _ in range(3):
        visitor.enter(wrong(one_time_codes.derive_passcode(request)))
    response = visitor.enter(one_time_codes.derive_passcode(request))
    assert response.status_code == 429
    assert 14 * 60 < int(response["Retry-After"]) <= 15 * 60
    WrongPasscode.unscoped.update(at=timezone.now() - timedelta(minutes=15, seconds=5))
    visitor.enter(one_time_codes.derive_passcode(request))
    assert visitor.is_signed_in


@pytest.mark.rule("SEC-13", "OTP-10")
def test_codes_of_an_address_are_limited_by_minute_hour_and_day(
    visitor: Visitor, priya: User, contoso: Tenant
) -> None:
    def is_sent() -> bool:
        browser = Visitor(contoso)
        browser.type_address(PRIYA)
        return browser.send_code().status_code == 303

    assert is_sent()
    assert not is_sent(), "60 seconds between two codes, also of two browsers"
    for _ in range(4):
        age(61 * SECOND)
        assert is_sent()
    age(61 * SECOND)
    assert not is_sent(), "five in an hour"
    sent = 5
    for _ in range(3):
        age(timedelta(hours=1))
        for _ in range(5):
            age(61 * SECOND)
            sent += is_sent()
    assert sent == 20
    age(timedelta(hours=1))
    assert not is_sent(), "twenty in a day"
    age(timedelta(days=1))
    assert is_sent()


@pytest.mark.rule("SEC-13", "OTP-10")
def test_codes_asked_for_by_a_client_are_limited(
    visitor: Visitor, contoso: Tenant, settings: Settings
) -> None:
    settings.PORTAL_PASSCODES_PER_CLIENT_HOUR = 3
    for number in range(3):
        Visitor(contoso).ask_for_code(f"guest{number}@partner.example")
    visitor.type_address("guest9@partner.example")
    assert visitor.send_code().status_code == 429


@pytest.mark.rule("REL-16", "OTP-13")
@pytest.mark.parametrize("address", [PRIYA, NOBODY])
def test_without_a_worker_nobody_is_promised_a_code(
    visitor: Visitor, priya: User, address: str
) -> None:
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - 31 * SECOND)
    visitor.type_address(address)
    response = visitor.send_code()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "We can’t send codes right now" in response.content.decode()
    assert not PasscodeRequest.unscoped.exists()
    with pytest.raises(Unavailable):
        send_passcode(visitor.transaction)


@pytest.mark.rule("SEC-111")
def test_limits_bind_in_the_action_and_not_in_the_page(
    visitor: Visitor, priya: User, settings: Settings
) -> None:
    settings.PORTAL_PASSCODE_WRONG_PER_CLIENT = 1
    request = visitor.ask_for_code(PRIYA)
    code = one_time_codes.derive_passcode(request)
    assert enter_passcode(visitor.transaction, wrong(code)).outcome is PasscodeOutcome.WRONG
    with pytest.raises(TooSoon):
        enter_passcode(visitor.transaction, code)
