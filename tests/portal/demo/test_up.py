"""`manage.py up` as a newcomer sees it, and what happens when parts of it are killed."""

from __future__ import annotations

import json
import os
import re
import signal
import smtplib
import socket
import ssl
import sys
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import pytest
import redis

from portal.demo import environment
from tests.support.demo import DemoRun, StartDemo, free_port

pytestmark = [
    pytest.mark.torture,
    pytest.mark.own_database,
    pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc"),
]

ALL = 9
"""Supervisor, broker, mail sink, three of the web server, two workers, one clock."""


def page(url: str, authority: Path | None = None) -> str:
    context = ssl.create_default_context(cafile=str(authority)) if authority else None
    with urllib.request.urlopen(url, timeout=20, context=context) as response:
        return str(response.read().decode())


def send(run: DemoRun, subject: str) -> None:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "portal@localhost"
    message["To"] = "nicole@example.com"
    message.set_content("Hello")
    port = int(re.findall(r"mailsink --port (\d+)", " ".join(run.pids().values()))[0])
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        relay.send_message(message)


def broker_of(run: DemoRun) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(environment.socket_path(run.state)))


def test_a_demo_starts_serves_and_leaves_nothing_behind(
    start_demo: StartDemo, tmp_path: Path
) -> None:
    run = start_demo()
    assert json.loads((run.state / "up.lock").read_text())["url"] == run.url
    run.wait_until(lambda: len(run.pids()) >= ALL)
    run.wait_until(lambda: _mail_arrives(run, "The first mail"))

    second = start_demo(state=run.state, is_awaited=False)
    assert second.process.wait(20) == 0
    second.wait_until(lambda: run.url in second.output)
    assert "running already" in second.output

    assert run.stop() == 0
    assert run.pids() == {}
    assert "Stopped." in run.output
    assert "killed" not in run.output

    keys = (run.state / "demo.env").read_text()
    again = start_demo(state=run.state)
    assert (run.state / "demo.env").read_text() == keys
    assert "The first mail" in page(f"{again.url}/demo/mailbox/")
    assert again.stop() == 0


def _mail_arrives(run: DemoRun, subject: str) -> bool:
    try:
        send(run, subject)
    except (OSError, IndexError):
        return False
    return subject in page(f"{run.url}/demo/mailbox/")


@pytest.mark.rule("REL-17")
def test_killed_parts_come_back_and_no_message_is_lost(start_demo: StartDemo) -> None:
    run = start_demo()
    run.wait_until(lambda: len(run.pids()) >= ALL)
    with broker_of(run) as client:
        client.rpush("kept", "message")

    for name, pattern in (
        ("passcode", r"-n passcode@"),
        ("worker", r"-n worker@"),
        ("mail", r"mailsink"),
        ("web", r"gunicorn"),
        ("broker", r"unixsocket"),
    ):
        killed = run.pid_of(pattern)
        os.kill(killed, signal.SIGKILL)
        run.wait_until(lambda name=name: f"{name} ended (signal SIGKILL)" in run.output)  # type: ignore[misc]
        run.wait_until(
            lambda killed=killed, pattern=pattern: any(  # type: ignore[misc]
                re.search(pattern, command) and pid != killed for pid, command in run.pids().items()
            )
        )

    run.wait_until(lambda: _holds_message(run), 20)
    assert run.stop() == 0
    assert run.pids() == {}


def _holds_message(run: DemoRun) -> bool:
    try:
        with broker_of(run) as client:
            return bool(client.lrange("kept", 0, -1) == [b"message"])
    except redis.RedisError:
        return False


def test_a_killed_supervisor_takes_everything_with_it(start_demo: StartDemo) -> None:
    run = start_demo()
    run.wait_until(lambda: len(run.pids()) >= ALL)

    run.process.kill()
    run.process.wait()

    run.wait_until(lambda: run.pids() == {}, 15)
    again = start_demo(state=run.state)
    assert again.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_stop_it_too(start_demo: StartDemo, number: signal.Signals) -> None:
    run = start_demo(is_awaited=False)
    run.wait_until(lambda: "Database" in run.output)

    run.process.send_signal(number)

    assert run.process.wait(60) == 0
    assert run.pids() == {}


def test_a_taken_port_is_told_and_the_address_follows(start_demo: StartDemo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start_demo("--port", str(port), "--tls")

    assert f"Port {port} is taken" in run.output
    assert run.url.startswith("https://127.0.0.1:")
    assert not run.url.endswith(f":{port}")
    assert "Demo mailbox" in page(f"{run.url}/demo/mailbox/", run.state / "tls" / "ca.pem")
    assert run.stop() == 0


def test_two_demos_that_start_at_once_have_ports_and_mails_of_their_own(
    start_demo: StartDemo, tmp_path: Path
) -> None:
    port = str(free_port())
    runs = [
        start_demo("--port", port, state=tmp_path / name, is_awaited=False) for name in ("a", "b")
    ]
    for run in runs:
        run.wait_until_ready()

    assert len({run.url for run in runs}) == 2
    for run in runs:
        assert "Demo mailbox" in page(f"{run.url}/demo/mailbox/")
        assert list((run.state / "mail").glob("*.eml")) == []
        assert run.stop() == 0


@pytest.mark.rule("SEC-100")
def test_a_demo_with_a_public_address_is_refused(start_demo: StartDemo) -> None:
    run = start_demo(is_awaited=False, PORTAL_BASE_URL="https://portal.example.com")

    assert run.process.wait(60) == 1
    run.wait_until(lambda: "portal.E003" in run.output)
    assert run.pids() == {}
