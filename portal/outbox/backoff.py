"""When to try a mail again (REL-7, REL-14). Pure."""

from __future__ import annotations

import random
from datetime import timedelta

LONGEST_WAIT = timedelta(hours=1)
AFTER_FINAL_DOT = timedelta(minutes=5)


def next_wait(
    tries: int,
    *,
    base: timedelta,
    fixed: tuple[timedelta, ...] = (),
    after_final_dot: bool = False,
    jitter: float | None = None,
) -> timedelta | None:
    """The wait before the next try, or None to give up.

    Takes the number of tries so far (1 or more), the base of the exponential schedule, or
    the `fixed` moments measured from the first try (REL-14), whether the connection broke
    behind the final dot (then the relay may have the message: at least five minutes), and
    a `jitter` between 0 and 1 (random by default; full jitter).
    """
    if fixed:
        if tries > len(fixed):
            return None
        before = fixed[tries - 2] if tries > 1 else timedelta()
        wait = fixed[tries - 1] - before
    else:
        ceiling = min(base * 2 ** min(tries - 1, 16), LONGEST_WAIT)
        wait = ceiling * (random.random() if jitter is None else jitter)  # noqa: S311
    return max(wait, AFTER_FINAL_DOT) if after_final_dot else wait
