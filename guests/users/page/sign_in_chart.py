"""Compute the sign-in chart of the Monitoring tab: one column a day, for an inline SVG (USR-17).

Sizes stand in attributes, so that the page needs no style of its own (SEC-69).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from guests.users.queries import SignInDay, SignIns

DAY_WIDTH, COLUMN_WIDTH, HEIGHT = 10, 7, 100
"""In units of the drawing."""


@dataclass(frozen=True)
class Column:
    """A day: its numbers, and its two parts as the drawing has them, failures on top."""

    day: date
    succeeded: int
    failed: int
    x: float
    succeeded_height: float
    failed_height: float

    @property
    def succeeded_y(self) -> float:
        """Where the lower part begins."""
        return round(HEIGHT - self.succeeded_height, 2)

    @property
    def failed_y(self) -> float:
        """Where the upper part begins."""
        return round(self.succeeded_y - self.failed_height, 2)


@dataclass(frozen=True)
class Chart:
    """Everything the template draws."""

    columns: list[Column]
    succeeded: int
    failed: int
    top: int
    """The number at the upper end of the scale, even."""

    @property
    def half(self) -> int:
        """The number in the middle of the scale."""
        return self.top // 2

    @property
    def width(self) -> int:
        """The width of the drawing."""
        return DAY_WIDTH * len(self.columns)

    @property
    def days_with_sign_ins(self) -> list[Column]:
        """The rows of the table, newest first."""
        return [c for c in reversed(self.columns) if c.succeeded or c.failed]


def chart_of(sign_ins: SignIns) -> Chart:
    """The chart of these sign-ins."""
    highest = max([*sign_ins.by_day, 1])
    top = highest + highest % 2
    columns = [_column(number, day, top) for number, day in enumerate(sign_ins.days)]
    return Chart(columns, sign_ins.succeeded, sign_ins.failed, top)


def _column(number: int, day: SignInDay, top: int) -> Column:
    return Column(
        day=day.day,
        succeeded=day.succeeded,
        failed=day.failed,
        x=number * DAY_WIDTH + (DAY_WIDTH - COLUMN_WIDTH) / 2,
        succeeded_height=round(HEIGHT * day.succeeded / top, 2),
        failed_height=round(HEIGHT * day.failed / top, 2),
    )
