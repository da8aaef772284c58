"""The guard in front of every call to somebody else's server (SEC-90)."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from pytest_django import Settings

from portal.demo import certificates
from portal.net import fetch
from portal.net.fetch import FetchFailed, FetchProblem
from portal.net.permitted_addresses import is_public
from tests.support.web_server import WebServer, running

pytestmark = pytest.mark.rule("SEC-90")

PUBLIC_STAND_IN = "127.0.0.2"
"""Excepted by the operator, so it plays the part of a public address."""

CONNECTED: list[str] = []
LISTENING = {"on": False, "hooked": False}


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if LISTENING["on"] and event == "socket.connect":
        address = arguments[1]
        CONNECTED.append(str(address[0] if isinstance(address, tuple) else address))


@pytest.fixture
def connected() -> Iterator[list[str]]:
    """Every address that any socket of this process connects to."""
    if not LISTENING["hooked"]:
        sys.addaudithook(_note)
        LISTENING["hooked"] = True
    CONNECTED.clear()
    LISTENING["on"] = True
    yield CONNECTED
    LISTENING["on"] = False


@pytest.fixture
def demo_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A certificate for localhost, whose authority this machine trusts."""
    authority, certificate, key = certificates.ensure_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    return certificate, key


@pytest.fixture
def plain(settings: Settings) -> Iterator[WebServer]:
    """A plain server on the loopback that the operator excepted."""
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.0/8"]
    with running(WebServer()) as server:
        yield server


def reason_of(url: str, max_bytes: int = fetch.MAXIMUM_BYTES) -> FetchProblem:
    with pytest.raises(FetchFailed) as caught:
        fetch.get(url, max_bytes=max_bytes)
    return caught.value.reason


LITERALS = [
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
    "https://0177.0.0.1/", "https://0.0.0.0/", "https://0/", "https://10.0.0.1/",
    "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.254/",
    "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/",
    "https://100.127.255.254/", "https://192.0.0.1/", "https://192.0.2.1/",
    "https://198.18.0.1/", "https://198.51.100.1/", "https://203.0.113.1/",
    "https://192.88.99.1/", "https://224.0.0.1/", "https://239.255.255.255/",
    "https://240.0.0.1/", "https://255.255.255.255/", "https://[::1]/", "https://[::]/",
    "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/",
    "https://[fd12:3456::1]/", "https://[ff02::1]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/", "https://[::127.0.0.1]/", "https://[2002:7f00:1::]/",
    "https://[2002:a00:1::1]/", "https://[2002:c0a8:101::1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/", "https://[64:ff9b:1::a00:1]/", "https://[2001:db8::1]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "https://[fec0::1]/",
]  # fmt: skip

SHAPES = [
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
    "//example.com/", "example.com", "", "https://", "https:///path", "https://user@example.com/",
    "https://user:secret@example.com/", "https://example.com:80/", "https://example.com:22/",
    "https://example.com:8443/", "http://example.com:443/", "javascript:alert(1)",
]  # fmt: skip


def test_the_lists_have_sixty_urls() -> None:
    assert len(LITERALS) + len(SHAPES) == 60


@pytest.mark.parametrize("url", LITERALS)
def test_a_forbidden_address_is_refused_without_a_connection(
    url: str, connected: list[str]
) -> None:
    assert reason_of(url) in {FetchProblem.ADDRESS_REFUSED, FetchProblem.UNREACHABLE}
    assert connected == []


@pytest.mark.parametrize("url", SHAPES)
def test_what_is_no_public_https_address_is_refused_without_a_connection(
    url: str, connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "resolver", lambda host, port: ["93.184.216.34"])

    assert reason_of(url) is FetchProblem.ADDRESS_REFUSED
    assert connected == []


@pytest.mark.parametrize("url", [u for u in LITERALS if "%" not in u])
def test_a_name_that_turns_to_a_forbidden_address_is_never_asked_again(
    url: str,
    connected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    demo_tls: tuple[Path, Path],
) -> None:
    settings.PORTAL_FETCH_NETWORKS = [f"{PUBLIC_STAND_IN}/32"]
    forbidden = url.split("//")[1].split("/")[0].strip("[]")
    answers = iter([[PUBLIC_STAND_IN]])
    monkeypatch.setattr(fetch, "resolver", lambda host, port: next(answers, [forbidden]))
    with running(WebServer(PUBLIC_STAND_IN, demo_tls)) as server:
        settings.PORTAL_FETCH_PORTS = [server.port]
        server.serve("/", b"{}")

        assert fetch.get(f"https://localhost:{server.port}/") == b"{}"
        assert reason_of(f"https://localhost:{server.port}/") is FetchProblem.ADDRESS_REFUSED

    assert set(connected) == {PUBLIC_STAND_IN}


def test_one_forbidden_address_among_several_is_enough_to_refuse(
    connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "resolver", lambda host, port: ["93.184.216.34", "10.0.0.7"])

    assert reason_of("https://example.com/") is FetchProblem.ADDRESS_REFUSED
    assert connected == []


@pytest.mark.parametrize(
    "text", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_public_addresses_pass(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


def test_http_is_for_the_operators_loopback_only(
    plain: WebServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.serve("/", b"yes")
    assert fetch.get(plain.url()) == b"yes"

    settings.PORTAL_FETCH_NETWORKS = ["10.0.0.0/8"]
    monkeypatch.setattr(fetch, "resolver", lambda host, port: ["10.0.0.1"])
    assert reason_of("http://printer.example/") is FetchProblem.ADDRESS_REFUSED


def test_a_redirect_is_a_bad_answer_and_is_not_followed(plain: WebServer) -> None:
    def away(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", plain.url("/other"))
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    plain.answers["/"] = away
    plain.serve("/other", b"never")

    assert reason_of(plain.url()) is FetchProblem.BAD_ANSWER
    with pytest.raises(FetchFailed) as caught:
        fetch.post_form(plain.url(), {"a": "b"})
    assert caught.value.reason is FetchProblem.BAD_ANSWER
    assert [path for _method, path, *_rest in plain.requests] == ["/", "/"]


@pytest.mark.parametrize("status", [204, 404, 500])
def test_any_other_status_is_a_bad_answer(plain: WebServer, status: int) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    plain.answers["/"] = answer

    assert reason_of(plain.url()) is FetchProblem.BAD_ANSWER


def test_proxy_variables_do_not_count(plain: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    plain.serve("/", b"straight")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.9:9")

    assert fetch.get(plain.url()) == b"straight"


def test_an_answer_may_be_as_large_as_allowed_and_no_larger(plain: WebServer) -> None:
    plain.serve("/", b"x" * 1000)

    assert len(fetch.get(plain.url(), max_bytes=1000)) == 1000
    assert reason_of(plain.url(), max_bytes=999) is FetchProblem.TOO_LARGE


def test_a_server_that_drips_is_cut_when_the_time_is_over(
    plain: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", 0.3)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not plain.is_over.wait(0.05):
            handler.wfile.write(b".")

    plain.answers["/"] = drip

    assert reason_of(plain.url()) is FetchProblem.TIMEOUT


def test_a_server_that_says_nothing_is_left_when_the_time_is_over(
    plain: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", 0.2)

    def say_nothing(handler: BaseHTTPRequestHandler) -> None:
        plain.is_over.wait(5)

    plain.answers["/"] = say_nothing

    assert reason_of(plain.url()) is FetchProblem.TIMEOUT


def test_nobody_at_the_port_is_unreachable(settings: Settings) -> None:
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.0/8"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

        assert reason_of(f"http://127.0.0.1:{port}/") is FetchProblem.UNREACHABLE


def test_an_unknown_name_is_unreachable_and_a_silent_resolver_times_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror

    def silent(host: str, port: int) -> list[str]:
        raise TimeoutError

    monkeypatch.setattr(fetch, "resolver", unknown)
    assert reason_of("https://nowhere.example/") is FetchProblem.UNREACHABLE
    monkeypatch.setattr(fetch, "resolver", silent)
    assert reason_of("https://nowhere.example/") is FetchProblem.TIMEOUT


def test_the_certificate_must_be_for_the_name_in_the_url(
    settings: Settings, demo_tls: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(fetch, "resolver", lambda host, port: ["127.0.0.1"])
    with running(WebServer(tls=demo_tls)) as server:
        server.serve("/", b"{}")

        assert fetch.get(server.url(host="localhost")) == b"{}"
        assert reason_of(server.url(host="partner.example")) is FetchProblem.TLS


def test_an_authority_that_nobody_knows_is_refused(settings: Settings, tmp_path: Path) -> None:
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.0/8"]
    _authority, certificate, key = certificates.ensure_certificates(tmp_path)
    with running(WebServer(tls=(certificate, key))) as server:
        assert reason_of(server.url(host="localhost")) is FetchProblem.TLS


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"nul", b"[" * 100_000, b"\xff{}"])
def test_what_is_no_json_object_is_a_bad_answer(plain: WebServer, body: bytes) -> None:
    plain.serve("/", body)

    with pytest.raises(FetchFailed) as caught:
        fetch.get_json(plain.url())
    assert caught.value.reason is FetchProblem.BAD_ANSWER


def test_a_form_is_posted_and_the_refusal_of_the_other_side_is_an_answer(
    plain: WebServer,
) -> None:
    def refuse(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(400)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        handler.wfile.write(b'{"error": "invalid_grant"}')

    plain.answers["/token"] = refuse

    found = fetch.post_form(plain.url("/token"), {"code": "a&b", "x": "ü"})

    assert found == (400, {"error": "invalid_grant"})
    assert plain.requests[0][3] == b"code=a%26b&x=%C3%BC"


def test_no_sentence_of_the_six_tells_address_or_body(plain: WebServer) -> None:
    plain.serve("/", b"the secret of the server")
    sentences = {str(FetchFailed(problem)) for problem in FetchProblem}

    with pytest.raises(FetchFailed) as caught:
        fetch.get_json(plain.url())

    assert len(sentences) == 6
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


def test_an_address_that_nobody_answers_leaves_time_for_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(fetch, "CONNECT_SECONDS", 0.6)
    with socket.socket() as full, running(WebServer()) as server:
        full.bind(("127.0.0.3", server.port))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:  # nobody accepts, so that the next packet is swallowed
            one.setblocking(False)
            one.connect_ex(("127.0.0.3", server.port))
        server.serve("/", b"here")
        monkeypatch.setattr(fetch, "resolver", lambda host, port: ["127.0.0.3", "127.0.0.1"])

        assert fetch.get(f"http://two.example:{server.port}/") == b"here"
        for one in waiting:
            one.close()
