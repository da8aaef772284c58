"""Real worker processes on the test's database, to be killed (REL-17)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.support.broker import Broker
from tests.support.slow_relay import SlowRelay
from tests.support.smtp_sink import SmtpSink

ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """The test database, as another process reaches it."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    host = values["HOST"] or values["OPTIONS"].get("host", "")
    user = quote(values["USER"] or "")
    secret = f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else ""
    if host.startswith("/"):
        return f"postgresql://{user}{secret}@/{values['NAME']}?host={host}"
    return f"postgresql://{user}{secret}@{host}:{values['PORT'] or 5432}/{values['NAME']}"


class PortalProcess:
    """A command of the portal as a process group of its own."""

    def __init__(self, command: list[str], *, redis_url: str, mail_port: int, **more: str) -> None:
        """Start it on the test's database; `more` is added to its environment."""
        self._log = tempfile.TemporaryFile(mode="a+")  # noqa: SIM115  lives as long as we do
        self._process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**_environment(redis_url, mail_port), **more},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def kill(self) -> None:
        """SIGKILL for the whole group: nothing gets to finish."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def terminate(self, seconds: float = 60) -> int:
        """SIGTERM, as a supervisor stops a process; its exit status."""
        self._process.terminate()
        return self._process.wait(seconds)

    @property
    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._process.poll()

    @property
    def log(self) -> str:
        """What it printed."""
        self._log.seek(0)
        return self._log.read()


class WorkerProcess(PortalProcess):
    """`celery worker` for some queues."""

    def __init__(
        self, *queues: str, broker: Broker, sink: SmtpSink | SlowRelay, concurrency: int = 4
    ) -> None:
        command = ["-m", "celery", "--app", "portal.celery", "worker"]
        command += ["-P", "threads", "-c", str(concurrency), "-Q", ",".join(queues), "-l", "INFO"]
        name = f"torture{time.monotonic_ns()}@test"
        command += ["--without-gossip", "--without-mingle", "-n", name]
        super().__init__(command, redis_url=broker.url, mail_port=sink.port)


class OutboxProcess(PortalProcess):
    """`manage.py run_outbox`, which needs no broker."""

    def __init__(self, sink: SmtpSink | SlowRelay) -> None:
        command = ["manage.py", "run_outbox"]
        super().__init__(command, redis_url="", mail_port=sink.port, PORTAL_WITHOUT_BROKER="1")


def _environment(redis_url: str, mail_port: int) -> dict[str, str]:
    own: dict[str, Any] = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": database_url(),
        "PORTAL_DATABASE_POOL_MAX": "0",
        "REDIS_URL": redis_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "PORTAL_BASE_URL": settings.PORTAL_BASE_URL,
        "PORTAL_LOG_FORMAT": "text",
    }
    return {**os.environ, **own}


Started = TypeVar("Started", bound=PortalProcess)


Run = Callable[[Started], Started]
