"""Several at once: one code, one sign-in, one change of the policy, one winner each."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from guests.models import User
from identityproviders.models import (
    PasscodeDevice,
    PasscodeRequest,
    SignInStep,
    SignInTransaction,
    WrongPasscode,
)
from identityproviders.passcodes import one_time_codes
from identityproviders.passcodes.actions import PasscodeOutcome, enter_passcode, send_passcode
from identityproviders.passcodes.one_time_codes import NoCodeNow
from identityproviders.sign_in.actions import SignInOver, prove_sign_in
from portal.errors import DomainError
from portal.outbox.sending import sweeper
from portal.security import keys
from portal.tenants.models import Tenant
from tests.factories import MemberFactory
from tests.support.visitor import PRIYA, Visitor, wrong

THREADS = 8
Result = TypeVar("Result")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads that keep their connection for the test and close it after."""
    barrier = threading.Barrier(THREADS)
    executor = ThreadPoolExecutor(THREADS)
    yield executor

    def close(_: int) -> None:
        barrier.wait(10)
        connections.close_all()

    list(executor.map(close, range(THREADS)))
    executor.shutdown()


def at_once(pool: ThreadPoolExecutor, task: Callable[[int], Result]) -> list[Result]:
    """What every thread got; they begin together."""
    barrier = threading.Barrier(THREADS)

    def begin(number: int) -> Result:
        barrier.wait(30)
        return task(number)

    return list(pool.map(begin, range(THREADS)))


def code_under_way(tenant: Tenant, user: User) -> tuple[SignInTransaction, PasscodeRequest]:
    """A sign-in whose code has arrived."""
    txn = SignInTransaction.objects.create(
        tenant=tenant,
        user=user,
        step=SignInStep.METHOD,
        method="passcode",
        discovery_row="T20-1",
        address=PRIYA,
        address_key=PRIYA,
        proof_key=PRIYA,
        expires_at=timezone.now() + timedelta(hours=1),
    )
    request = PasscodeRequest.objects.create(
        tenant=tenant,
        sign_in=txn,
        user=user,
        user_epoch=one_time_codes.epoch_of(user),
        address_key=PRIYA,
        nonce=secrets.token_bytes(32),
        key_id=keys.key_ring().active_id,
        created_at=timezone.now() - timedelta(seconds=2),
        expires_at=timezone.now() + timedelta(minutes=30),
    )
    return txn, request


@pytest.mark.torture
@pytest.mark.rule("SEC-7", "AB-3")
def test_two_hundred_rounds_of_eight_threads_with_one_code_have_one_winner_each(
    contoso: Tenant, priya: User, pool: ThreadPoolExecutor
) -> None:
    priya.refresh_from_db()
    PasscodeDevice.objects.create(user=priya)
    for _ in range(200):
        txn, request = code_under_way(contoso, priya)
        code = one_time_codes.derive_passcode(request)

        def enter(_: int, txn: SignInTransaction = txn, code: str = code) -> PasscodeOutcome | None:
            mine = SignInTransaction.unscoped.select_related("tenant", "user").get(pk=txn.pk)
            try:
                return enter_passcode(mine, code).outcome
            except DomainError:
                return None  # came after the winner had gone on

        outcomes = at_once(pool, enter)
        assert outcomes.count(PasscodeOutcome.RIGHT) == 1, outcomes
        request.refresh_from_db()
        assert request.consumed_at is not None
        WrongPasscode.unscoped.all().delete()


@pytest.mark.torture
@pytest.mark.rule("SEC-7")
def test_eight_submissions_of_one_code_open_one_session(
    contoso: Tenant, priya: User, pool: ThreadPoolExecutor
) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])
    for _ in range(10):
        PasscodeRequest.unscoped.all().delete()
        visitor = Visitor(contoso)
        code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
        cookies = visitor.client.cookies

        def submit(_: int, cookies: Any = cookies, code: str = code) -> tuple[int, bool]:
            client = Client()
            client.cookies = cookies.copy()
            response = client.post("/signin/code/enter/", {"code": code})
            opened = "portal-session" in response.cookies and response["Location"] == (
                "/myapps/contoso.com/"
            )
            return response.status_code, opened

        answers = at_once(pool, submit)
        assert sum(opened for _status, opened in answers) == 1, answers
        assert all(status < 500 for status, _opened in answers)
        WrongPasscode.unscoped.all().delete()


@pytest.mark.rule("SEC-9")
def test_of_eight_parallel_tries_five_at_most_are_compared(
    contoso: Tenant, priya: User, pool: ThreadPoolExecutor
) -> None:
    priya.refresh_from_db()
    PasscodeDevice.objects.create(user=priya)
    for _ in range(5):
        txn, request = code_under_way(contoso, priya)
        code = one_time_codes.derive_passcode(request)
        tries = [wrong(code)] * 7 + [code]

        def enter(
            number: int, txn: SignInTransaction = txn, tries: list[str] = tries
        ) -> PasscodeOutcome | None:
            mine = SignInTransaction.unscoped.select_related("tenant", "user").get(pk=txn.pk)
            try:
                return enter_passcode(mine, tries[number]).outcome
            except DomainError:
                return None

        outcomes = at_once(pool, enter)
        request.refresh_from_db()
        compared = WrongPasscode.unscoped.count() + outcomes.count(PasscodeOutcome.RIGHT)
        assert request.attempts <= 5
        assert compared == request.attempts
        if PasscodeOutcome.RIGHT not in outcomes:
            assert enter_passcode(txn, code).outcome is not PasscodeOutcome.RIGHT
        WrongPasscode.unscoped.all().delete()


@pytest.mark.rule("SEC-10", "SEC-9")
def test_parallel_tries_over_several_codes_stop_at_ten(
    contoso: Tenant, priya: User, pool: ThreadPoolExecutor
) -> None:
    priya.refresh_from_db()
    PasscodeDevice.objects.create(user=priya)
    pairs = [code_under_way(contoso, priya) for _ in range(THREADS)]

    def guess(number: int) -> None:
        txn, request = pairs[number]
        mine = SignInTransaction.unscoped.select_related("tenant", "user").get(pk=txn.pk)
        for _ in range(5):
            enter_passcode(mine, wrong(one_time_codes.derive_passcode(request)))

    at_once(pool, guess)
    assert WrongPasscode.unscoped.count() == 10
    assert sum(PasscodeRequest.unscoped.values_list("attempts", flat=True)) == 10


@pytest.mark.rule("SEC-13")
def test_parallel_requests_for_one_address_send_one_code(
    contoso: Tenant, priya: User, pool: ThreadPoolExecutor
) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])
    pairs = [code_under_way(contoso, priya)[0] for _ in range(THREADS)]
    PasscodeRequest.unscoped.all().delete()

    def send(number: int) -> None:
        txn = SignInTransaction.unscoped.select_related("tenant", "user").get(pk=pairs[number].pk)
        with suppress(NoCodeNow):
            send_passcode(txn)

    at_once(pool, send)
    assert PasscodeRequest.unscoped.count() == 1


@pytest.mark.rule("SEC-41")
def test_one_of_eight_finishes_a_sign_in(
    contoso: Tenant, priya: User, pool: ThreadPoolExecutor
) -> None:
    txn, _request = code_under_way(contoso, priya)

    def prove(_: int) -> bool:
        mine = SignInTransaction.unscoped.select_related("tenant", "user").get(pk=txn.pk)
        try:
            prove_sign_in(mine, issuer="mail", provider_key="", subject=PRIYA)
        except SignInOver:
            return False
        return True

    assert at_once(pool, prove).count(True) == 1


@pytest.mark.rule("SEC-75")
def test_of_eight_parallel_passwords_five_at_most_are_compared(
    contoso: Tenant, pool: ThreadPoolExecutor
) -> None:
    MemberFactory(tenant=contoso, email="ada@contoso.com")
    browsers = [Visitor(contoso) for _ in range(THREADS)]
    for browser in browsers:
        browser.type_address("ada@contoso.com")

    def guess(number: int) -> int:
        return int(browsers[number].enter_password("not the password").status_code)

    statuses = at_once(pool, guess)
    assert set(statuses) <= {400, 429}
    assert statuses.count(400) <= 5
