"""Real worker processes on the test's database, to be killed (REL-17)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.support.broker import Broker
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


class WorkerProcess:
    """`celery worker` as a process group of its own."""

    def __init__(self, *queues: str, broker: Broker, sink: SmtpSink, concurrency: int = 4) -> None:
        self._log = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115  lives as long as we do
        command = [sys.executable, "-m", "celery", "--app", "portal.celery", "worker"]
        command += ["-P", "threads", "-c", str(concurrency), "-Q", ",".join(queues), "-l", "INFO"]
        command += [
            "--without-gossip",
            "--without-mingle",
            "-n",
            f"torture{time.monotonic_ns()}@test",
        ]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(broker, sink),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def kill(self) -> None:
        """SIGKILL for the whole group: nothing gets to finish."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def log(self) -> str:
        """What it printed."""
        self._log.seek(0)
        return self._log.read()


def _environment(broker: Broker, sink: SmtpSink) -> dict[str, str]:
    own: dict[str, Any] = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": database_url(),
        "PORTAL_DATABASE_POOL_MAX": "0",
        "REDIS_URL": broker.url,
        "EMAIL_URL": f"smtp://{sink.host}:{sink.port}",
        "PORTAL_BASE_URL": settings.PORTAL_BASE_URL,
        "PORTAL_LOG_FORMAT": "text",
    }
    return {**os.environ, **own}
