"""Decide which IP addresses the portal may connect to, and connect to them (SEC-90).

The first half is pure; `CheckedConnection` is one socket that is cut when its time is over.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

RESOLVE_SECONDS = 3

IPAddress = IPv4Address | IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_SIX_TO_FOUR_RELAY = ipaddress.IPv4Network("192.88.99.0/24")


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The operator's exceptions, parsed.

    Raises: ValueError for what is no network.
    """
    return tuple(ipaddress.ip_network(text) for text in texts)


def is_permitted(text: str, exceptions: Iterable[Network], *, is_usual: bool) -> bool:
    """Whether a connection to this address may be made.

    `is_usual` says https on a port that may be asked; only the operator's loopback does without.
    """
    address = _parsed(text)
    if address is None:
        return False
    is_excepted = any(address in network for network in exceptions)
    if not is_usual:
        return is_excepted and address.is_loopback
    return is_excepted or is_public(address)


def is_public(address: IPAddress) -> bool:
    """Whether an address is everybody's, and what it carries inside is so too (V50)."""
    if isinstance(address, IPv4Address):
        is_relay = address in _SIX_TO_FOUR_RELAY
        return address.is_global and not address.is_multicast and not is_relay
    if any(not is_public(inner) for inner in _carried(address)):
        return False
    is_unicast = address in _GLOBAL_UNICAST and address.is_global
    return is_unicast or address in _NAT64 or address.ipv4_mapped is not None


def _carried(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for: mapped, 6to4, Teredo, NAT64."""
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _parsed(text: str) -> IPAddress | None:
    """The address; one that is IPv4 inside IPv6 counts as what it is (a zone is refused)."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return None if address.scope_id else address.ipv4_mapped or address
    return address


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


class CheckedConnection:
    """One connection to checked addresses, which ends at the deadline."""

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

    def connect(self, connection: Any) -> socket.socket:
        """A socket to the first address that answers; `connection` is named in errors."""
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
            raise ConnectTimeoutError(connection, "nobody answered in time")
        raise NewConnectionError(connection, "no connection") from problem

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
