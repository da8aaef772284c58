"""What `make up` writes to the terminal: its own lines, and its children's with a prefix."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
NAME_WIDTH = 9


def say(text: str = "") -> None:
    """Write one line of the supervisor's own."""
    _write(text)


def relay(name: str, line: str) -> None:
    """Write one line of a child."""
    _write(f"{name:<{NAME_WIDTH}}| {line}")


@contextmanager
def step(text: str) -> Iterator[None]:
    """Tell what is being done and, when it is done, how long it took."""
    started = time.monotonic()
    yield
    _write(f"  {text:<44} {time.monotonic() - started:5.1f} s")


def _write(text: str) -> None:
    with _lock:
        try:
            print(text, flush=True)
        except (BrokenPipeError, OSError):  # the terminal is gone; the children are not
            sys.stdout = open("/dev/null", "w")  # noqa: SIM115
