"""Resolve a name and connect to it within a limit of time (REL-4, REL-33, SEC-90)."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

RESOLVE_SECONDS = 3


def system_addresses(host: str, port: int) -> list[str]:
    """What the machine's resolver says, within its own limit of time.

    Raises: OSError when the name is unknown, TimeoutError when no server answers.
    """
    answers: list[list[str]] = []
    problems: list[Exception] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.append(list(dict.fromkeys(str(row[4][0]) for row in rows)))
        except (OSError, UnicodeError) as error:
            problems.append(error)

    # getaddrinfo takes no limit of time; an abandoned thread ends by itself.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(RESOLVE_SECONDS)
    if problems:
        raise problems[0]
    if not answers:
        raise TimeoutError
    return answers[0]


class TimedConnection:
    """One connection to given addresses, which ends at its deadline whatever comes back."""

    def __init__(
        self, addresses: tuple[str, ...], port: int, connect_seconds: float, deadline: float
    ) -> None:
        """Take the addresses in the order to try, and the end by `time.monotonic()`."""
        self.addresses = addresses
        self.port = port
        self.connect_seconds = connect_seconds
        self.deadline = deadline
        self.is_cut = False
        self.is_connected = False
        self._again: socket.socket | None = None
        self._lock = threading.Lock()

    def connect(self) -> socket.socket:
        """Connect to the first address that answers, and give its socket.

        Raises: TimeoutError when no address answers in time, OSError when each one refuses.
        """
        give_up = min(time.monotonic() + self.connect_seconds, self.deadline)
        problem: OSError | None = None
        for number, address in enumerate(self.addresses):
            # An address that swallows packets must leave time for the next one.
            share = (give_up - time.monotonic()) / (len(self.addresses) - number)
            if share <= 0:
                break
            try:
                made = socket.create_connection((address, self.port), share)
            except OSError as error:
                problem = error
                continue
            self._keep(made)
            return made
        if problem is None or isinstance(problem, TimeoutError):
            raise TimeoutError("no address answered in time")
        raise problem

    @contextlib.contextmanager
    def cut_at_deadline(self) -> Iterator[None]:
        """End the connection when the time is over, however slowly the other side drips."""
        timer = threading.Timer(max(0, self.deadline - time.monotonic()), self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self.close()

    def _keep(self, made: socket.socket) -> None:
        made.settimeout(max(0.001, self.deadline - time.monotonic()))
        with self._lock:
            # TLS takes the first descriptor over; a second one ends the same connection.
            self._again = made.dup()
            self.is_connected = True
            if self.is_cut:
                self._shut()

    def cut(self) -> None:
        """End the connection, from whichever thread."""
        with self._lock:
            self.is_cut = True
            self._shut()

    def close(self) -> None:
        """Give the second descriptor back."""
        with self._lock:
            if self._again is not None:
                self._again.close()
                self._again = None

    def _shut(self) -> None:
        if self._again is not None:
            with contextlib.suppress(OSError):
                self._again.shutdown(socket.SHUT_RDWR)
