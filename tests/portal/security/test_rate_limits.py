"""Limits over rows of a window: when they refuse, and for how long (T21, SEC-109)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identityproviders.sign_in.models import CountedTry
from portal.errors import TooSoon
from portal.security.rate_limits import RateLimit, spent_limits

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SEC-109")]


def tries(key: str) -> QuerySet[CountedTry]:
    return CountedTry.objects.filter(key=key)


LIMIT = RateLimit[str](
    "tries", most=2, window=timedelta(minutes=10), rows=tries, moment="at", message="Wait.", code=7
)
COUNTS_ITSELF = replace(LIMIT, allows_most=True)


def tried(*seconds_ago: int, key: str = "priya") -> None:
    now = timezone.now()
    # SQLite's clock gives whole milliseconds: a row of this very one must not lie ahead of it.
    now -= timedelta(microseconds=now.microsecond % 1000)
    for seconds in seconds_ago:
        CountedTry.objects.create(
            kind=CountedTry.Kind.PASSWORD, key=key, at=now - timedelta(seconds=seconds)
        )


@pytest.mark.parametrize(
    ("limit", "seconds_ago", "wait"),
    [
        (LIMIT, (), 0),
        (LIMIT, (100,), 0),
        (LIMIT, (100, 700), 0),
        (LIMIT, (100, 200), 400),
        (LIMIT, (100, 200, 300), 400),
        (replace(LIMIT, waits_for_oldest=True), (100, 200, 300), 300),
        (replace(LIMIT, uses_database_clock=False), (100, 200), 400),
        (replace(LIMIT, most=lambda: 1, window=lambda: timedelta(minutes=5)), (100,), 200),
        (replace(LIMIT, most=0), (), 600),
        (COUNTS_ITSELF, (100, 200), 0),
        (COUNTS_ITSELF, (100, 200, 300), 400),
        (replace(COUNTS_ITSELF, waits_for_oldest=True), (100, 200, 300), 300),
        (replace(COUNTS_ITSELF, most=0), (100,), 500),
        (replace(LIMIT, pause=timedelta(minutes=20)), (100, 200), 1100),
        (replace(LIMIT, pause=timedelta(minutes=20)), (900, 1000), 300),
        (replace(LIMIT, pause=timedelta(minutes=20)), (100, 800), 0),
    ],
)
def test_wait_until_a_limit_allows_again(
    limit: RateLimit[str], seconds_ago: tuple[int, ...], wait: int
) -> None:
    tried(*seconds_ago)
    tried(1, 2, 3, key="somebody else")

    left = limit.seconds_until("priya")

    assert wait - 10 <= left <= wait if wait else left == 0
    assert limit.is_spent("priya") is bool(wait)


def test_refusal_says_how_long_to_wait() -> None:
    tried(100)
    LIMIT.require("priya")
    tried(200)

    with pytest.raises(TooSoon) as refusal:
        LIMIT.require("priya")

    assert (str(refusal.value), refusal.value.code) == ("Wait.", 7)
    assert 390 <= refusal.value.retry_after <= 400


FROZEN = replace(LIMIT, uses_database_clock=False)


@pytest.mark.parametrize(
    ("limit", "seconds_ago", "left"),
    [
        (FROZEN, (100, 599), 1),
        (FROZEN, (100, 600), 0),
        (FROZEN, (0, 1), 599),
        (replace(FROZEN, pause=timedelta(seconds=100)), (0, 599), 100),
        (replace(FROZEN, pause=timedelta(seconds=100)), (0, 600), 0),
        (replace(FROZEN, pause=timedelta(seconds=100)), (99, 200), 1),
        (replace(FROZEN, pause=timedelta(seconds=100)), (100, 200), 0),
    ],
)
def test_a_limit_counts_to_the_second(
    limit: RateLimit[str], seconds_ago: tuple[int, ...], left: int
) -> None:
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        tried(*seconds_ago)

        assert limit.seconds_until("priya") == left
        assert limit.is_spent("priya") is (left > 0)


def test_what_is_older_than_the_window_does_not_count() -> None:
    tried(100, 700)
    tried(1, key="somebody else")

    assert LIMIT.count("priya") == 1


OTHER_ROWS = RateLimit[str](
    "others",
    most=1,
    window=timedelta(minutes=10),
    rows=lambda key: CountedTry.objects.filter(key=f"other-{key}"),
    moment="at",
)
WIDE = replace(LIMIT, name="wide", most=3, window=timedelta(hours=1))


@pytest.mark.parametrize(
    ("seconds_ago", "others", "names"),
    [
        ((), 0, []),
        ((100,), 0, []),
        ((100, 200), 0, ["tries"]),
        ((100, 700), 0, []),
        ((100, 700, 800), 0, ["wide"]),
        ((100, 200, 300), 0, ["tries", "wide"]),
        ((100, 3700, 3800), 0, []),
        ((), 1, ["others"]),
        ((100, 700, 800), 1, ["others", "wide"]),
    ],
)
def test_limits_that_are_over_are_named_in_their_order(
    seconds_ago: tuple[int, ...], others: int, names: list[str]
) -> None:
    tried(*seconds_ago)
    tried(*[50] * others, key="other-priya")

    spent = spent_limits([LIMIT, OTHER_ROWS, WIDE], "priya")

    assert [limit.name for limit in spent] == names


def test_limits_over_the_same_rows_share_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(2):
        spent_limits([LIMIT, WIDE, OTHER_ROWS], "priya")
    own = replace(LIMIT, allows_most=True)
    tried(100, 200)
    assert spent_limits([own], "priya") == []
    tried(300)
    assert spent_limits([own], "priya") == [own]
