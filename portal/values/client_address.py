"""The IP address of a request, as limits and logs count it (SEC-110)."""

from __future__ import annotations

import ipaddress
import re

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_WITH_PORT = re.compile(r"\A(?:\[(?P<v6>[0-9a-fA-F:.]+)\](?::\d{1,5})?|(?P<v4>[0-9.]+):\d{1,5})\Z")


class BadClientAddress(SuspiciousOperation):
    """Neither the peer nor a trusted proxy named an address; nothing may be skipped for it."""


def client_address(request: HttpRequest) -> str:
    """The client's address: the peer, or what the outermost trusted proxy saw.

    With `PORTAL_TRUSTED_PROXIES = n` that is the n-th entry from the right of
    X-Forwarded-For; when it is missing or no address, the peer.

    Raises: BadClientAddress when the peer has none either.
    """
    peer = _parse(request.META.get("REMOTE_ADDR", ""))
    forwarded = _forwarded(request, settings.PORTAL_TRUSTED_PROXIES)
    address = forwarded or peer
    if address is None:
        raise BadClientAddress("no client address")
    return str(address)


def address_group(address: str) -> str:
    """What limits count by: the address, or the /64 network of an IPv6 address."""
    parsed = _parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address if parsed is None else str(parsed)


def _forwarded(request: HttpRequest, proxies: int) -> IPAddress | None:
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if proxies < 1 or len(entries) < proxies:
        return None
    return _parse(entries[-proxies])


def _parse(text: str) -> IPAddress | None:
    """An address, with or without a port; an IPv4 address in IPv6 clothes becomes itself."""
    text = text.strip(" \t")
    if match := _WITH_PORT.match(text):
        text = match["v6"] or match["v4"]
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
