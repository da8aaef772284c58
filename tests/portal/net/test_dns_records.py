"""Text records that prove a domain (IDP-12, DIR-4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from portal.net import dns
from portal.net.dns import DnsFailed
from tests.support.name_server import NameServer, running

pytestmark = pytest.mark.rule("IDP-12")


@pytest.fixture
def names(settings: Settings) -> Iterator[NameServer]:
    """A name server that the settings name."""
    with running(NameServer()) as server:
        settings.PORTAL_DNS_SERVERS = [server.address]
        yield server


def test_the_text_records_of_a_name_are_found_each_as_one_text(names: NameServer) -> None:
    long = "DirectFedAuthUrl=https://idp.example/" + "x" * 300
    names.texts["fabrikam.com"] = ["v=spf1 -all", long]

    assert sorted(dns.text_records("fabrikam.com")) == sorted(["v=spf1 -all", long])


def test_a_name_without_records_and_a_name_that_does_not_exist_have_none(
    names: NameServer,
) -> None:
    names.texts["fabrikam.com"] = []

    assert dns.text_records("fabrikam.com") == []
    assert dns.text_records("nowhere.example") == []


def test_a_server_that_fails_and_a_name_that_is_none_say_so(names: NameServer) -> None:
    names.is_failing = True
    with pytest.raises(DnsFailed):
        dns.text_records("fabrikam.com")
    with pytest.raises(DnsFailed):
        dns.text_records("a" * 70 + ".example")


def test_a_silent_server_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "TOTAL_SECONDS", 0.2)
    settings.PORTAL_DNS_SERVERS = ["127.0.0.1:9"]

    with pytest.raises(DnsFailed):
        dns.text_records("fabrikam.com")
