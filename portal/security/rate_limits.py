"""How often something may happen within a time, counted over rows of the database (T21, SEC-109).

A limit is a value: which rows count, how many are allowed, within which window. The rows are
those that the action writes anyway, so parallel actions see each other as soon as they commit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Count, DateTimeField, Q, QuerySet, Value
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import Promise

from portal.errors import TooSoon

Key = TypeVar("Key")


@dataclass(frozen=True)
class RateLimit(Generic[Key]):
    """At most `most` rows of a key within `window`.

    `most` and `window` may be functions, for figures that a setting holds.
    """

    name: str
    most: int | Callable[[], int]
    window: timedelta | Callable[[], timedelta]
    rows: Callable[[Key], QuerySet[Any]]
    """The rows that count for a key, of any age."""
    moment: str
    """The column of the rows that says when it happened."""
    message: str | Promise = ""
    code: int = 0
    allows_most: bool = False
    """Whether `most` rows are still allowed, because the row of this very try counts too."""
    waits_for_oldest: bool = False
    """Whether the wait runs from the oldest row of the window; else from the `most`-th newest."""
    uses_database_clock: bool = True
    """Whether the database's clock decides (SEC-5); else the clock that wrote the rows."""
    pause: timedelta | None = None
    """How long a full window refuses, from its newest row on; None while the window is full."""

    def require(self, key: Key) -> None:
        """Pass if `key` is not over the limit.

        Raises: TooSoon with the seconds until it is allowed again.
        """
        if seconds := self.seconds_until(key):
            raise TooSoon(self.message, retry_after=seconds, code=self.code)

    def is_spent(self, key: Key) -> bool:
        """Whether `key` is over the limit now."""
        return self.seconds_until(key) > 0

    def count(self, key: Key) -> int:
        """How many rows of `key` stand in the window."""
        return self._rows_of_last(key, self._window).count()

    def seconds_until(self, key: Key) -> int:
        """Whole seconds until `key` is under the limit; 0 if it is now."""
        most = self.most if isinstance(self.most, int) else self.most()
        if self.pause is not None:
            return self._seconds_of_pause(key, most, self.pause)
        refusing = self.refusing_count
        if refusing < 1:
            return _whole_seconds(self._window)
        newest_first = self._rows_of_last(key, self._window)
        found = self._times(newest_first[refusing - 1 : refusing])
        if not found:
            return 0
        if self.waits_for_oldest:
            found = self._times(newest_first.reverse()[:1]) or found
        elif self.allows_most:
            found = self._times(newest_first[max(most - 1, 0) :][:1]) or found
        [(at, now)] = found
        return _whole_seconds(at + self._window - now)

    @property
    def refusing_count(self) -> int:
        """How many rows in the window refuse the next try."""
        most = self.most if isinstance(self.most, int) else self.most()
        return most + 1 if self.allows_most else most

    def _seconds_of_pause(self, key: Key, most: int, pause: timedelta) -> int:
        rows = self._rows_of_last(key, self._window + pause)
        times = self._times(rows[: 4 * most])
        for (newest, now), (oldest, _now) in zip(times, times[most - 1 :], strict=False):
            left = newest + pause - now
            if newest - oldest < self._window and left > timedelta():
                return _whole_seconds(left)
        return 0

    def _rows_of_last(self, key: Key, period: timedelta) -> QuerySet[Any]:
        now = Now() if self.uses_database_clock else timezone.now()
        return (
            self.rows(key)
            .filter(**{f"{self.moment}__gt": now - period})
            .order_by(f"-{self.moment}")
        )

    def _times(self, rows: QuerySet[Any]) -> list[tuple[datetime, datetime]]:
        """When each row happened, and the time now by the clock that decides."""
        now = Now() if self.uses_database_clock else Value(timezone.now(), DateTimeField())
        return list(rows.annotate(now=now).values_list(self.moment, "now"))

    @property
    def _window(self) -> timedelta:
        return self.window if isinstance(self.window, timedelta) else self.window()


def spent_limits(limits: Sequence[RateLimit[Key]], key: Key) -> list[RateLimit[Key]]:
    """Give those of `limits` that `key` is over, in their order.

    Limits that count the same rows share one query. They must count by the database's clock and
    have no pause.
    """
    spent: list[RateLimit[Key]] = []
    for rows in dict.fromkeys(limit.rows for limit in limits):
        sharing = [limit for limit in limits if limit.rows is rows]
        longest = max(limit._window for limit in sharing)
        counts = sharing[0]._rows_of_last(key, longest).order_by()
        found = counts.aggregate(
            **{
                f"within_{number}": Count(
                    "pk", filter=Q(**{f"{limit.moment}__gt": Now() - limit._window})
                )
                for number, limit in enumerate(sharing)
            }
        )
        spent += [
            limit
            for limit, count in zip(sharing, found.values(), strict=True)
            if count >= limit.refusing_count
        ]
    return [limit for limit in limits if limit in spent]


def _whole_seconds(left: timedelta) -> int:
    return max(1, math.ceil(left.total_seconds()))
