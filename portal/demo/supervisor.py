"""Start, watch and stop the processes of the demo, and prefix what they print."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portal.demo import parent_death

_lock = threading.Lock()
NAME_WIDTH = 9


def say(text: str = "") -> None:
    """Write one line of the supervisor's own."""
    _write(text)


def relay(name: str, line: str) -> None:
    """Write one line of a child."""
    _write(f"{name:<{NAME_WIDTH}}| {line}")


@contextmanager
def step(text: str) -> Iterator[None]:
    """Tell what is being done and, when it is done, how long it took."""
    started = time.monotonic()
    yield
    _write(f"  {text:<44} {time.monotonic() - started:5.1f} s")


def _write(text: str) -> None:
    with _lock:
        try:
            print(text, flush=True)
        except (BrokenPipeError, OSError):  # the terminal is gone; the children are not
            sys.stdout = open("/dev/null", "w")  # noqa: SIM115


STOP_SECONDS = 10.0
QUICK_SECONDS = 10.0
MAX_QUICK_FAILURES = 5
RESTART_PAUSE_SECONDS = 0.5
POLL_SECONDS = 0.1


@dataclass
class Child:
    """One process: its name in the output, its command, and its place in the order of stopping.

    Children of one `stop_group` get SIGTERM together; groups stop from the highest down.
    """

    name: str
    command: list[str]
    stop_group: int
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    quick_failures: int = 0
    restart_at: float | None = None
    reader: threading.Thread | None = field(default=None, repr=False)

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process in a session of its own; must be called from the main thread."""
        wrapper = [sys.executable, parent_death.__file__, str(os.getpid())]
        self.process = subprocess.Popen(  # noqa: S603
            wrapper + self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        self.restart_at = None
        self.reader = threading.Thread(target=self._relay_output, daemon=True)
        self.reader.start()

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        if self.process is not None and self.is_running:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """Kill the process and whatever it has started, and wait until it is gone."""
        if self.process is not None and self.send_kill():
            self.process.wait()

    def send_kill(self) -> bool:
        """Kill the process and whatever it has started; whether anything was left to kill.

        Safe in a signal handler: it waits for nothing. The frame that the signal interrupted may
        hold the lock under which `subprocess` waits for the same child.
        """
        if self.process is None:
            return False
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def _relay_output(self) -> None:
        process = self.process
        if process is not None and process.stdout is not None:
            for line in process.stdout:
                relay(self.name, line.rstrip("\n"))


class Supervisor:
    """Keeps children running until it is asked to stop, then ends them in reverse order."""

    def __init__(self, pid_file: Path) -> None:
        self.children: list[Child] = []
        self.pid_file = pid_file
        self._interrupts = 0

    def catch_signals(self) -> None:
        """Take Ctrl-C, SIGTERM and a closed terminal as the wish to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)

    def start(self, child: Child) -> None:
        """Start a child and watch it from now on."""
        child.start()
        self.children.append(child)
        self._write_pids()

    def watch(self) -> int:
        """Restart what dies until somebody wants to stop; the exit status."""
        while not self.is_stopping:
            for child in self.children:
                if not self._look_after(child):
                    return 1
            time.sleep(POLL_SECONDS)
        return 0

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked to stop."""
        return self._interrupts > 0

    def stop(self) -> None:
        """End every child, the broker last, so that workers can hand back what they hold."""
        for group in sorted({child.stop_group for child in self.children}, reverse=True):
            members = [child for child in self.children if child.stop_group == group]
            for child in members:
                child.signal(signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            for child in members:
                self._await_end(child, deadline)
        for child in self.children:
            if child.reader is not None:
                child.reader.join(1)
        self.pid_file.unlink(missing_ok=True)

    def end_leftovers(self, marker: str) -> None:
        """Kill children of an earlier supervisor that nothing killed with it.

        Only where there is no parent-death signal. `marker` must stand in a process's command
        line, because its id may belong to somebody else by now.
        """
        try:
            pids = json.loads(self.pid_file.read_text())
        except (OSError, ValueError):
            return
        for pid in pids:
            command = subprocess.run(  # noqa: S603
                ["ps", "-o", "command=", "-p", str(int(pid))],  # noqa: S607
                capture_output=True,
                text=True,
                check=False,
            ).stdout
            if marker in command:
                os.killpg(int(pid), signal.SIGKILL)

    def on_signal(self, number: int, frame: object) -> None:
        """Begin to stop; a second signal kills what still runs."""
        self._interrupts += 1
        if self._interrupts > 1:
            for child in self.children:
                child.send_kill()

    def _await_end(self, child: Child, deadline: float) -> None:
        if child.process is None:
            return
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"{child.name} did not stop within {STOP_SECONDS:.0f} s and was killed.")
        child.kill_group()

    def _look_after(self, child: Child) -> bool:
        """Restart a dead child; False when it fails again and again."""
        if child.is_running:
            return True
        now = time.monotonic()
        if child.restart_at is None:
            child.kill_group()
            quick = now - child.started_at < QUICK_SECONDS
            child.quick_failures = child.quick_failures + 1 if quick else 1
            status = child.process.returncode if child.process else None
            if child.quick_failures >= MAX_QUICK_FAILURES:
                say(f"{child.name} ended {MAX_QUICK_FAILURES} times in a row; giving up.")
                return False
            say(f"{child.name} ended ({_reason(status)}) and is started again.")
            child.restart_at = now + RESTART_PAUSE_SECONDS * (child.quick_failures - 1)
        if now >= child.restart_at:
            child.start()
            self._write_pids()
        return True

    def _write_pids(self) -> None:
        pids = [child.process.pid for child in self.children if child.process]
        self.pid_file.write_text(json.dumps(pids))


def _reason(status: int | None) -> str:
    if status is not None and status < 0:
        return f"signal {signal.Signals(-status).name}"
    return f"status {status}"
