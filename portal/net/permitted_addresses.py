"""Decide which IP addresses the portal may connect to (SEC-90)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

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
