"""Settings of database, cache, broker and mail relay, for web and workers (REL-12, REL-27)."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import environ
from django.conf import settings
from django.db import connections

WEB_TRANSPORT: dict[str, Any] = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "max_retries": 0,
}
"""A request never waits longer than half a second for the broker (REL-2)."""

WORKER_TRANSPORT: dict[str, Any] = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
"""The message of a killed worker returns within the visibility timeout and 10 s (REL-12)."""


def database_settings(url: dict[str, Any], *, pool_min: int, pool_max: int) -> dict[str, Any]:
    """The Django database entry for a parsed DATABASE_URL.

    SQLite takes the write lock at BEGIN, because a transaction that reads first and writes
    later fails at once when another one writes (REL-27). PostgreSQL gets a connection pool;
    `pool_max = 0` means none.
    """
    options = dict(url.get("OPTIONS", {}))
    if url["ENGINE"] == "django.db.backends.sqlite3":
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        }
    elif url["ENGINE"] == "django.db.backends.postgresql" and pool_max:
        options |= {"pool": {"min_size": pool_min, "max_size": pool_max, "timeout": 10}}
    return {**url, "OPTIONS": options, "CONN_MAX_AGE": 0, "ATOMIC_REQUESTS": False}


def broker_url(redis_url: str) -> str:
    """The Celery broker behind REDIS_URL; without one messages stay in the process (REL-27)."""
    if not redis_url:
        return "memory://"
    if redis_url.startswith("unix://"):
        return "redis+socket://" + redis_url.removeprefix("unix://")
    return redis_url


def cache_settings(redis_url: str) -> dict[str, Any]:
    """The cache entry: the broker's server, database 1; without one, this process's memory."""
    if not redis_url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        location = f"unix://{parts.path}?db=1"
    else:
        location = urlunsplit(parts._replace(path="/1"))
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": location,
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }


RELAY_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


def mail_settings(url: str) -> dict[str, Any]:
    """The EMAIL_ settings for an address of the relay.

    `smtps://` means TLS from the first byte, as RFC 8314 and every mail program have it;
    django-environ takes it for STARTTLS. An address without a port gets that of its scheme.
    """
    if url.startswith("smtps:"):
        url = "smtp+ssl:" + url.removeprefix("smtps:")
    values: dict[str, Any] = environ.Env.email_url_config(url)
    if values["EMAIL_PORT"] is None:
        values["EMAIL_PORT"] = RELAY_PORTS.get(url.partition(":")[0], RELAY_PORTS["smtp"])
    return values


def become_web() -> None:
    """Limit this process to what a request may take (SEC-115)."""
    _limit_statements(settings.PORTAL_STATEMENT_TIMEOUTS["web"])


def become_worker(conf: Any) -> None:
    """Give this process a worker's patience with the broker (REL-12) and longer statements."""
    conf.broker_transport_options = WORKER_TRANSPORT
    _limit_statements(settings.PORTAL_STATEMENT_TIMEOUTS["worker"])


def _limit_statements(seconds: int) -> None:
    """Let PostgreSQL end every statement of this process that takes longer (SEC-115)."""
    options = connections.settings["default"].setdefault("OPTIONS", {})
    if connections.settings["default"]["ENGINE"] == "django.db.backends.postgresql":
        options["options"] = f"-c statement_timeout={seconds}s"
