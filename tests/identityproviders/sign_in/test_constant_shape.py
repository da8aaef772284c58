"""Nobody learns from our answers whether an address is known (SEC-14, SEC-15, OTP-11)."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from guests.models import User
from identityproviders.models import PasscodeRequest, WrongPasscode
from identityproviders.passcodes import one_time_codes
from portal.outbox.models import OutgoingMail
from portal.tenants.models import Tenant
from tests.factories import PasscodeGuestFactory
from tests.support.visitor import Visitor, age, wrong

ADDRESSES = {
    "known": "pa@wingtiptoys.com",
    "unknown": "pb@wingtiptoys.com",
    "blocked": "pc@wingtiptoys.com",
    "deleted": "pd@wingtiptoys.com",
}
SEND, ENTER = reverse("identityproviders:send_code"), reverse("identityproviders:enter_code")


@pytest.fixture
def people(contoso: Tenant, passcode_worker: None) -> None:
    for kind in ("known", "blocked", "deleted"):
        PasscodeGuestFactory(tenant=contoso, address=ADDRESSES[kind])
    User.unscoped.filter(invited_address=ADDRESSES["blocked"]).update(account_enabled=False)
    User.unscoped.filter(invited_address=ADDRESSES["deleted"]).update(deleted_at=timezone.now())


Shape = tuple[int, tuple[str, ...], str]


def shape(response: Any, address: str) -> Shape:
    """Status, header names with redirects, and the body without tokens and the typed address."""
    body = response.content.decode().replace(address, "ADDRESS")
    body = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1TOKEN", body)
    body = re.sub(r'data-countdown="\d+"|data-clock>[^<]+|<time [^<]+', "WAIT", body)
    headers = [*sorted(response.headers), *sorted(response.cookies), response.get("Location", "")]
    return response.status_code, tuple(headers), body


def walk(tenant: Tenant, address: str) -> Iterator[Shape]:
    """The whole way of somebody who cannot read the mailbox, with a pause in the middle."""
    visitor = Visitor(tenant)
    yield shape(visitor.type_address(address), address)
    yield shape(visitor.get(SEND), address)
    yield shape(visitor.send_code(), address)
    yield shape(visitor.get(ENTER), address)
    one_time_codes.hand_over_passcode(visitor.request)
    code = wrong(one_time_codes.derive_passcode(visitor.request))
    yield shape(visitor.enter("12"), address)
    for _ in range(6):
        yield shape(visitor.enter(code), address)
    yield shape(visitor.send_code(), address)
    yield shape(visitor.get(ENTER), address)


@pytest.mark.rule("SEC-14", "SEC-15", "OTP-11", "EX-29")
def test_every_kind_of_address_gets_the_same_answers(contoso: Tenant, people: None) -> None:
    ways = {kind: list(walk(contoso, address)) for kind, address in ADDRESSES.items()}
    for kind, way in ways.items():
        assert way == ways["known"], kind


SCRIPTS: list[tuple[str, ...]] = [
    *product(("wrong", "malformed"), ("wrong", "later", "again")),
    *product(("wrong",), ("wrong",), ("again", "later"), ("wrong", "malformed")),
    ("wrong",) * 3,
    ("wrong",) * 5,
    ("wrong",) * 7,
    ("later", "wrong", "wrong"),
    ("later", "again", "wrong"),
    ("again", "again", "wrong"),
    ("wrong", "wrong", "wrong", "wrong", "later", "again", "wrong"),
    ("malformed",) * 3,
    ("expire", "wrong"),
    ("expire", "again", "wrong"),
    (*("wrong",) * 5, "later", "again", *("wrong",) * 6),
]


def play(visitor: Visitor, address: str, script: tuple[str, ...]) -> list[Shape]:
    """Do what the script says in one browser, and give every answer."""
    found = []
    for step in script:
        if step == "later":
            age(timedelta(seconds=61))
            continue
        if step == "expire":
            age(timedelta(minutes=31))
            continue
        if step == "again":
            found.append(shape(visitor.send_code(), address))
            one_time_codes.hand_over_passcode(visitor.request)
        elif step == "malformed":
            found.append(shape(visitor.enter("1234"), address))
        else:
            code = wrong(one_time_codes.derive_passcode(visitor.request))
            found.append(shape(visitor.enter(code), address))
        found.append(shape(visitor.get(ENTER), address))
    return found


@pytest.mark.rule("SEC-15")
@pytest.mark.parametrize("script", SCRIPTS, ids=" ".join)
def test_transcripts_of_decoys_and_guests_are_equal(
    contoso: Tenant, people: None, script: tuple[str, ...]
) -> None:
    transcripts = []
    for kind in ("known", "unknown"):
        # The same client twice would meet its own limits; each begins without a past.
        WrongPasscode.unscoped.all().delete()
        PasscodeRequest.unscoped.all().delete()
        visitor = Visitor(contoso)
        visitor.ask_for_code(ADDRESSES[kind])
        transcripts.append(play(visitor, ADDRESSES[kind], script))
    assert len(SCRIPTS) >= 20
    assert transcripts[0] == transcripts[1]


@pytest.mark.rule("SEC-14")
def test_the_same_rows_are_written_and_the_same_number_of_queries_is_run(
    contoso: Tenant, people: None
) -> None:
    def counts(address: str) -> list[int]:
        visitor = Visitor(contoso)
        numbers = []
        steps: list[Callable[[], Any]] = [
            visitor.send_code,
            lambda: visitor.enter(wrong(one_time_codes.derive_passcode(visitor.request))),
        ]
        # A guest's device is made once; the second sign-in is the usual one.
        visitor.ask_for_code(address)
        age(timedelta(minutes=2))
        visitor.type_address(address)
        for step in steps:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                step()
            numbers.append(len(captured))
            one_time_codes.hand_over_passcode(visitor.request)
        return numbers

    before = OutgoingMail.unscoped.count()
    known, unknown = counts(ADDRESSES["known"]), counts(ADDRESSES["unknown"])
    assert known == unknown
    assert OutgoingMail.unscoped.count() - before == 4


@pytest.mark.bench
@pytest.mark.rule("SEC-14")
def test_known_and_unknown_addresses_take_the_same_time(contoso: Tenant, people: None) -> None:
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(80):
        for kind, taken in times.items():
            PasscodeRequest.unscoped.all().delete()
            visitor = Visitor(contoso)
            visitor.type_address(ADDRESSES[kind])
            began = time.perf_counter()
            visitor.send_code()
            if number >= 10:
                taken.append(time.perf_counter() - began)
    medians = {kind: statistics.median(taken) for kind, taken in times.items()}
    pairs = [(a > b) + (a == b) / 2 for a in times["known"] for b in times["unknown"]]
    area = sum(pairs) / len(pairs)
    assert abs(medians["known"] - medians["unknown"]) <= 0.002, medians
    assert 0.35 < area < 0.65, area  # the full size and its bounds belong to the release run
