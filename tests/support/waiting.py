"""Wait for what another thread or process does; the only place of the tests that polls."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

POLL_SECONDS = 0.02

Found = TypeVar("Found")


def wait_until(
    condition: Callable[[], Found],
    *,
    seconds: float = 60,
    otherwise: Callable[[], str] = lambda: "",
) -> Found:
    """Ask `condition` until it gives something true, and return that.

    Takes the longest wait in `seconds` and what to say when it ends. Raises: AssertionError.
    """
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"did not happen within {seconds} s {otherwise()}"
        time.sleep(POLL_SECONDS)
    return result
