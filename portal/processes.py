"""What tells a web process from a worker: broker time-outs and statement time-outs."""

from typing import Any

from django.conf import settings
from django.db import connections

from portal import services


def become_web() -> None:
    """Limit this process to what a request may take (SEC-115)."""
    _limit_statements(settings.PORTAL_STATEMENT_TIMEOUTS["web"])


def become_worker(conf: Any) -> None:
    """Give this process a worker's patience with the broker (REL-12) and longer statements."""
    conf.broker_transport_options = services.WORKER_TRANSPORT
    _limit_statements(settings.PORTAL_STATEMENT_TIMEOUTS["worker"])


def _limit_statements(seconds: int) -> None:
    """Let PostgreSQL end every statement of this process that takes longer (SEC-115)."""
    options = connections.settings["default"].setdefault("OPTIONS", {})
    if connections.settings["default"]["ENGINE"] == "django.db.backends.postgresql":
        options["options"] = f"-c statement_timeout={seconds}s"
