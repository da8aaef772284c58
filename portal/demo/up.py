"""`manage.py up`: the whole portal with its demo data, from one command.

Starts the broker, prepares the database, then web, mail sink and workers; prints where to go;
keeps everything running until Ctrl-C; stops it, the broker last.
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import json
import os
import secrets
import ssl
import sys
import time
from pathlib import Path
from typing import IO

from portal.demo import broker, certificates, environment, preparation, trial
from portal.demo.supervisor import Child, Supervisor, say, step

WEB_PORT = 8000
MAIL_PORT = 1025
READY_SECONDS = 60.0
WORKERS = {
    "passcode": ["-c", "2", "-Q", "passcode"],
    "worker": ["-c", "4", "-Q", "mail,bulk,default", "-B"],
}


def main(arguments: list[str]) -> int:
    """Run the demo until it is stopped; the exit status."""
    options = _parse(arguments)
    state = environment.state_folder()
    lock = (state / "up.lock").open("a+")
    if not _is_ours(lock):
        lock.seek(0)
        say(_running_text(lock.read()))
        return 0
    supervisor = Supervisor(state / "children.json")
    supervisor.catch_signals()
    if sys.platform != "linux":
        supervisor.end_leftovers(str(environment.ROOT))
    try:
        return _run(Demo(state, options, supervisor), lock)
    except (OSError, RuntimeError) as error:
        say(f"The demo could not start: {error}")
        return 1
    finally:
        say("Stopping.")
        supervisor.stop()
        lock.truncate(0)
        say("Stopped. Data stays in " + str(state))


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py up", description=__doc__)
    parser.add_argument("--tls", action="store_true", help="serve https with a demo certificate")
    parser.add_argument("--port", type=int, default=WEB_PORT, help="port of the portal")
    return parser.parse_args(arguments)


def _is_ours(lock: IO[str]) -> bool:
    """Whether the state folder is free; the kernel drops the lock of a dead supervisor."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _running_text(noted: str) -> str:
    try:
        running = json.loads(noted)
    except ValueError:
        return "The demo is being started already, in another terminal."
    return (
        f"The demo is running already: {running['url']} (process {running['pid']}).\n"
        "Stop it with Ctrl-C in its terminal, then start it again."
    )


def _run(demo: Demo, lock: IO[str]) -> int:
    started = time.monotonic()
    for part in (
        demo.start_web_early,
        demo.start_broker,
        demo.prepare,
        demo.await_web,
        demo.start_mail,
        demo.start_workers,
        demo.await_mail,
    ):
        if demo.supervisor.is_stopping:
            return 0
        part()
    lock.truncate(0)
    lock.write(json.dumps({"pid": os.getpid(), "url": demo.url}))
    lock.flush()
    if not demo.supervisor.is_stopping:
        demo.greet(time.monotonic() - started)
    return demo.supervisor.watch()


class Demo:
    """The parts of the demo, each started by one method, in this order."""

    def __init__(self, state: Path, options: argparse.Namespace, supervisor: Supervisor) -> None:
        self.state = state
        self.supervisor = supervisor
        self.has_tls = options.tls
        self.port = environment.hold_port(options.port)
        self.mail_port = environment.hold_port(MAIL_PORT)
        self.given_redis = os.environ.get("REDIS_URL", "")
        self.binary = None if self.given_redis else broker.server_binary()
        self.socket = environment.socket_path(state)
        environment.enter_demo(
            state,
            port=self.port,
            mail_port=self.mail_port,
            has_tls=self.has_tls,
            redis_url=self.given_redis or (f"unix://{self.socket}" if self.binary else ""),
        )
        self.url = os.environ["PORTAL_BASE_URL"]
        say(f"Starting {os.environ.get('PORTAL_PRODUCT_NAME', 'Foyer')}")
        if self.port != options.port:
            say(f"  Port {options.port} is taken; using {self.port}.")

    @property
    def has_broker(self) -> bool:
        """Whether web and workers share a broker."""
        return bool(self.given_redis or self.binary)

    def start_broker(self) -> None:
        """Start a broker of our own, unless REDIS_URL names one."""
        if self.binary is None:
            used = "from REDIS_URL" if self.given_redis else "none here; mails leave by polling"
            say(f"  Broker: {used}")
            return
        with step("Broker"):
            command = broker.broker_command(self.binary, self.socket, self.state)
            self.supervisor.start(Child("broker", command, stop_group=0))
            broker.await_ready(self.socket)

    def start_mail(self) -> None:
        """Start the mail sink."""
        self._start("mail", _manage("mailsink", "--port", str(self.mail_port)), stop_group=1)

    def prepare(self) -> None:
        """Bring database, static files and demo data up to date, in this process."""
        from portal.demo import preparation

        preparation.prepare_demo(self.state)

    def start_web_early(self) -> None:
        """Let the web server load while we prepare, if there is nothing to prepare for it."""
        if preparation.is_prepared(self.state):
            self._start("web", self._web_command(), stop_group=2)

    def await_web(self) -> None:
        """Start the web server, unless it was started early, and wait until it answers.

        Raises: RuntimeError when it does not in a minute.
        """
        with step("Web server"):
            if not any(child.name == "web" for child in self.supervisor.children):
                self._start("web", self._web_command(), stop_group=2)
            deadline = time.monotonic() + READY_SECONDS
            while not self.supervisor.is_stopping and not self._answers():
                if time.monotonic() > deadline:
                    raise RuntimeError("the web server does not answer")
                time.sleep(0.05)

    def start_workers(self) -> None:
        """Start the workers, or what replaces them where there is no broker (REL-27)."""
        if not self.has_broker:
            self._start("outbox", _manage("run_outbox"), stop_group=3)
            return
        for name, options in WORKERS.items():
            self._start(name, _worker_command(name, options), stop_group=3)

    def await_mail(self) -> None:
        """Wait until workers serve every queue and a mail has gone through our own sink.

        Raises: RuntimeError when that does not come about in a minute.
        """
        with step("Workers and mail"):
            token = secrets.token_hex(16)
            deadline = time.monotonic() + READY_SECONDS
            while not self.supervisor.is_stopping and not (
                self._is_ready() and trial.is_mail_kept(self.mail_port, self.state, token)
            ):
                if time.monotonic() > deadline:
                    raise RuntimeError("no mail arrives, or a worker does not start")
                time.sleep(0.1)

    def greet(self, seconds: float) -> None:
        """Print the addresses and the demo sign-ins."""
        say(f"Ready after {seconds:.1f} s.\n")
        say(f"  Portal         {self.url}")
        say(f"  Demo mailbox   {self.url}/demo/mailbox/")
        if self.has_tls:
            say(f"  Authority      {self.state / 'tls' / 'ca.pem'} (trust it, or accept a warning)")
        say("\n  Sign in as")
        for line in self._sign_in_lines():
            say(f"    {line}")
        say("\nStop everything with Ctrl-C.")

    def _sign_in_lines(self) -> list[str]:
        from portal.demo import preparation

        return preparation.sign_in_lines()

    def _start(self, name: str, command: list[str], *, stop_group: int) -> None:
        self.supervisor.start(Child(name, command, stop_group=stop_group))

    def _web_command(self) -> list[str]:
        command = [
            *(sys.executable, "-m", "gunicorn", "portal.wsgi:application"),
            *("--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--threads", "4"),
            "--preload",
            *("--no-control-socket", "--graceful-timeout", "8", "--log-level", "warning"),
        ]
        if self.has_tls:
            _, certificate, key = certificates.ensure_certificates(self.state)
            command += ["--certfile", str(certificate), "--keyfile", str(key)]
        return command

    def _answers(self) -> bool:
        """Whether the web server answers a request, with whatever status."""
        return self._answer_of("/healthz") is not None

    def _is_ready(self) -> bool:
        """Whether database, broker and the workers of every queue are there."""
        return self._answer_of("/readyz") == b"ready\n"

    def _answer_of(self, path: str) -> bytes | None:
        """What the web server says at `path`, or None if it says nothing."""
        connection: http.client.HTTPConnection
        if self.has_tls:
            authority, _, _ = certificates.ensure_certificates(self.state)
            context = ssl.create_default_context(cafile=str(authority))
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=READY_SECONDS, context=context
            )
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=READY_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, str(environment.ROOT / "manage.py"), *arguments]


def _worker_command(name: str, options: list[str]) -> list[str]:
    command = [sys.executable, "-m", "celery", "--app", "portal.celery", "--quiet", "worker"]
    command += ["-P", "threads", "-n", f"{name}@demo", "--without-gossip", "--without-mingle"]
    return [*command, "-l", "WARNING", *options]
