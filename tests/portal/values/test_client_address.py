"""Where a request comes from (SEC-110)."""

from __future__ import annotations

import pytest
from django.test import RequestFactory, override_settings

from portal.values.client_address import BadClientAddress, address_group, client_address

PEER = "192.0.2.1"
pytestmark = pytest.mark.rule("SEC-110")


def address(forwarded: str | None, proxies: int, peer: str = PEER) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)
    with override_settings(PORTAL_TRUSTED_PROXIES=proxies):
        return client_address(request)


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        (None, 0, PEER),
        ("198.51.100.7", 0, PEER),
        ("198.51.100.7, 203.0.113.9", 0, PEER),
        (None, 1, PEER),
        ("", 1, PEER),
        (" ", 1, PEER),
        (",", 1, PEER),
        ("198.51.100.7", 1, "198.51.100.7"),
        (" 198.51.100.7 ", 1, "198.51.100.7"),
        ("\t198.51.100.7", 1, "198.51.100.7"),
        ("10.0.0.1, 198.51.100.7", 1, "198.51.100.7"),
        ("1.1.1.1, 2.2.2.2, 198.51.100.7", 1, "198.51.100.7"),
        ("198.51.100.7, 203.0.113.9", 2, "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 203.0.113.9", 2, "198.51.100.7"),
        ("198.51.100.7", 2, PEER),
        ("1.1.1.1,198.51.100.7,203.0.113.9", 3, "1.1.1.1"),
        ("198.51.100.7,", 1, PEER),
        ("unknown", 1, PEER),
        ("_hidden", 1, PEER),
        ("localhost", 1, PEER),
        ("198.51.100.256", 1, PEER),
        ("198.51.100.007", 1, PEER),
        ("3325256711", 1, PEER),
        ("0x7f.1", 1, PEER),
        ("198.51.100.7; DROP", 1, PEER),
        ('"198.51.100.7"', 1, PEER),
        ("for=198.51.100.7", 1, PEER),
        ("198.51.100.7:4711", 1, "198.51.100.7"),
        ("[2001:db8::7]:4711", 1, "2001:db8::7"),
        ("[2001:db8::7]", 1, "2001:db8::7"),
        ("2001:DB8:0::7", 1, "2001:db8::7"),
        ("fe80::1%eth0", 1, PEER),
        ("::ffff:198.51.100.7", 1, "198.51.100.7"),
        ("198.51.100.7/24", 1, PEER),
        ("198.51.100.7\u00a0", 1, PEER),
    ],
)
def test_header_variants(forwarded: str | None, proxies: int, expected: str) -> None:
    assert address(forwarded, proxies) == expected


def test_a_proxy_on_a_socket_has_no_address_but_names_the_client() -> None:
    assert address("198.51.100.7", 1, peer="") == "198.51.100.7"


@pytest.mark.parametrize("forwarded", [None, "unknown"])
def test_no_address_at_all_is_an_error_not_an_exemption(forwarded: str | None) -> None:
    with pytest.raises(BadClientAddress):
        address(forwarded, 1, peer="")


@pytest.mark.parametrize(
    ("given", "group"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("no address", "no address"),
    ],
)
def test_limits_count_a_network_of_version_6_as_one(given: str, group: str) -> None:
    assert address_group(given) == group


def test_the_group_of_a_request() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="2001:db8::1")

    assert address_group(client_address(request)) == "2001:db8::/64"
