"""Run the demo as a person does, and read what it says."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from portal.demo.environment import socket_path
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


READY = "Stop everything with Ctrl-C."


LEFT_OUT = ("SECRET_KEY", "PORTAL_", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class DemoRun:
    """`manage.py up` in a state folder of its own."""

    def __init__(self, state: Path, *arguments: str, **environment: str) -> None:
        self.state = state
        self.lines: list[str] = []
        given = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_OUT)}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", *arguments],
            cwd=ROOT,
            # A title that a program sets must not overwrite the environment, by which it is found.
            env={**given, "SPT_NOENV": "1", "PORTAL_STATE_DIR": str(state), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def output(self) -> str:
        """Everything printed so far."""
        return "\n".join(self.lines)

    @property
    def url(self) -> str:
        """The printed address of the portal."""
        match = re.search(r"Portal\s+(\S+)", self.output)
        assert match, self.output
        return match[1]

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for something, at most so long."""
        wait_until(condition, seconds=seconds, otherwise=lambda: self.output)

    def wait_until_ready(self) -> None:
        """Wait for the last line of the greeting."""
        self.wait_until(lambda: READY in self.output or self.process.poll() is not None)
        assert READY in self.output, self.output

    def pids(self) -> dict[int, str]:
        """Every process of this run with its command line.

        Found by the environment; the broker, which writes its title over it, by its socket.
        """
        mark = f"PORTAL_STATE_DIR={self.state}".encode()
        socket = os.fsencode(socket_path(self.state))
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
                variables = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if command and (mark in variables or socket in command):
                found[int(folder.name)] = command.replace(b"\0", b" ").decode()
        return found

    def pid_of(self, pattern: str) -> int:
        """The oldest process whose command line matches."""
        matching = [pid for pid, command in self.pids().items() if re.search(pattern, command)]
        assert matching, self.pids()
        return min(matching)

    def stop(self) -> int:
        """Press Ctrl-C; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def clean_up(self) -> None:
        """End whatever a failed test left."""
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(10)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))


StartDemo = Callable[..., DemoRun]
