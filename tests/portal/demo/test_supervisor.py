"""The supervisor starts, restarts and stops its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.demo import supervisor as module
from portal.demo.supervisor import Child, Supervisor
from tests.support.waiting import wait_until

SLEEP = "import time; time.sleep(600)"
STUBBORN = (
    "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "pathlib.Path({up!r}).touch(); time.sleep(600)"
)


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """A supervisor whose children end with the test."""
    monkeypatch.setattr(module, "RESTART_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    result = Supervisor(tmp_path / "children.json")
    yield result
    for child in result.children:
        child.kill_group()


def python(name: str, code: str, stop_group: int = 1) -> Child:
    return Child(name, [sys.executable, "-c", code], stop_group=stop_group)


def stop_when(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    """Interrupt the watch, as Ctrl-C does, as soon as `condition` holds."""

    def wait_and_stop() -> None:
        wait_until(condition, seconds=30)
        supervisor.on_signal(signal.SIGINT, None)

    threading.Thread(target=wait_and_stop, daemon=True).start()


def test_output_is_prefixed_with_the_name(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    child = python("web", "print('hello')")
    supervisor.start(child)
    assert child.process is not None
    assert child.reader is not None
    child.process.wait(10)
    child.reader.join(10)

    assert "web      | hello" in capsys.readouterr().out


def test_a_child_has_a_session_of_its_own(supervisor: Supervisor) -> None:
    child = python("web", SLEEP)
    supervisor.start(child)

    assert child.process is not None
    assert os.getsid(child.process.pid) == child.process.pid


def test_a_dead_child_is_started_again(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    child = python("web", SLEEP)
    supervisor.start(child)
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    stop_when(supervisor, lambda: _pid_of(child) != first and child.is_running)

    assert supervisor.watch() == 0

    assert child.process.pid != first
    assert child.is_running
    assert "web ended (signal SIGKILL) and is started again." in capsys.readouterr().out


def test_a_child_that_fails_five_times_ends_the_watch(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor.start(python("web", "raise SystemExit(3)"))

    assert supervisor.watch() == 1

    output = capsys.readouterr().out
    assert output.count("web ended (status 3) and is started again.") == 4
    assert "web ended 5 times in a row; giving up." in output


def test_the_broker_ends_last(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "order"
    note = (
        "import signal, sys, time\n"
        "def end(*_):\n open({log!r}, 'a').write({name!r} + ' '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); open({up!r}, 'w').close(); time.sleep(600)"
    )
    names = ("broker", "mail", "web", "worker")
    for group, name in enumerate(names):
        code = note.format(log=str(log), name=name, up=str(tmp_path / name))
        supervisor.start(python(name, code, group))
    wait_until(lambda: all((tmp_path / name).exists() for name in names))

    supervisor.stop()

    assert log.read_text().split() == ["worker", "web", "mail", "broker"]


def test_a_child_that_ignores_the_signal_is_killed(
    supervisor: Supervisor,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.3)
    child = python("web", STUBBORN.format(up=str(tmp_path / "up")))
    supervisor.start(child)
    wait_until((tmp_path / "up").exists)

    supervisor.stop()

    assert not child.is_running
    assert "web did not stop within 0 s and was killed." in capsys.readouterr().out


def test_what_a_dead_child_has_started_ends_too(supervisor: Supervisor, tmp_path: Path) -> None:
    up = tmp_path / "up"
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        f"open({str(up)!r}, 'w').close(); time.sleep(600)"
    )
    child = python("worker", code)
    supervisor.start(child)
    assert child.process is not None
    group = child.process.pid
    wait_until(up.exists)

    supervisor.stop()

    assert not [p for p in _group(group) if p]


def test_children_of_a_killed_supervisor_are_found_by_the_next(tmp_path: Path) -> None:
    pid_file = tmp_path / "children.json"
    orphan = subprocess.Popen([sys.executable, "-c", SLEEP, "the-marker"], start_new_session=True)
    stranger = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)
    pid_file.write_text(f"[{orphan.pid}, {stranger.pid}, 999999]")
    try:
        Supervisor(pid_file).end_leftovers("the-marker")

        assert orphan.wait(5) == -signal.SIGKILL
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="no parent-death signal here")
def test_a_child_dies_with_a_killed_supervisor(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from portal.demo.supervisor import Child, Supervisor\n"
        f"s = Supervisor(Path({str(tmp_path / 'pids')!r}))\n"
        f"s.start(Child('web', [sys.executable, '-c', {SLEEP!r}], 1))\n"
        "print(s.children[0].process.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    parent.kill()
    parent.wait()

    wait_until(lambda: not _is_alive(child), seconds=10)


def _pid_of(child: Child) -> int:
    return child.process.pid if child.process is not None else 0


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _group(group: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-eo", "pgid=,pid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(pid) for pgid, pid, state, *_ in rows if int(pgid) == group and state[0] != "Z"]


def test_a_second_signal_in_the_middle_of_a_wait_does_not_lock_up(supervisor: Supervisor) -> None:
    child = python("web", STUBBORN)
    supervisor.start(child)
    process = child.process
    assert process is not None

    def interrupt_twice() -> None:
        supervisor.on_signal(signal.SIGTERM, None)
        supervisor.on_signal(signal.SIGTERM, None)

    # What the interrupted frame holds while it waits for a child, and gives back only afterwards.
    with process._waitpid_lock:  # type: ignore[attr-defined]
        handler = threading.Thread(target=interrupt_twice, daemon=True)
        handler.start()
        handler.join(10)
        has_returned = not handler.is_alive()

    assert has_returned
    assert process.wait(10) == -signal.SIGKILL
