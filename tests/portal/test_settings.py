"""Settings follow from the environment (SEC-62 to SEC-70, SEC-75, SEC-113, REL-12, REL-27)."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SETTINGS = Path(__file__).resolve().parents[2] / "portal" / "settings.py"

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads the settings module afresh under the given environment."""

    def load(**environment: str) -> dict[str, Any]:
        for name in ("DATABASE_URL", "REDIS_URL", "PORTAL_BASE_URL", "PORTAL_DATABASE_POOL_MAX"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return load


@pytest.mark.rule("SEC-62")
def test_only_the_host_of_the_base_url_is_allowed(load: Load) -> None:
    settings = load(PORTAL_BASE_URL="https://portal.example.com/")

    assert settings["PORTAL_BASE_URL"] == "https://portal.example.com"
    assert settings["ALLOWED_HOSTS"] == ["portal.example.com"]
    assert settings["USE_X_FORWARDED_HOST"] is False


@pytest.mark.rule("SEC-64")
def test_cookies_are_bound_to_the_host_over_https(load: Load) -> None:
    settings = load(PORTAL_BASE_URL="https://portal.example.com")

    assert settings["SESSION_COOKIE_NAME"] == "__Host-portal-session"
    assert settings["CSRF_COOKIE_NAME"] == "__Host-portal-csrf"
    assert settings["PORTAL_KNOWN_COOKIE_NAME"] == "__Host-portal-known"
    for kind in ("SESSION", "CSRF", "LANGUAGE"):
        assert settings[f"{kind}_COOKIE_SECURE"] is True
        assert settings[f"{kind}_COOKIE_HTTPONLY"] is True
        assert settings[f"{kind}_COOKIE_SAMESITE"] == "Lax"


@pytest.mark.rule("SEC-64")
def test_cookies_have_other_names_over_http(load: Load) -> None:
    settings = load(PORTAL_BASE_URL="http://127.0.0.1:8000")

    assert settings["SESSION_COOKIE_NAME"] == "portal-session"
    assert settings["CSRF_COOKIE_NAME"] == "portal-csrf"
    assert settings["SESSION_COOKIE_SECURE"] is False


@pytest.mark.rule("SEC-68")
@pytest.mark.parametrize(
    ("base_url", "seconds"), [("https://portal.example.com", 31_536_000), ("http://localhost", 0)]
)
def test_strict_transport_is_for_https_only(load: Load, base_url: str, seconds: int) -> None:
    settings = load(PORTAL_BASE_URL=base_url)

    assert settings["SECURE_HSTS_SECONDS"] == seconds
    assert settings["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is bool(seconds)
    assert settings["SECURE_SSL_REDIRECT"] is bool(seconds)


@pytest.mark.rule("SEC-110")
def test_a_forwarded_scheme_counts_only_behind_a_trusted_proxy(load: Load) -> None:
    alone = load(PORTAL_BASE_URL="https://portal.example.com", PORTAL_TRUSTED_PROXIES="0")
    behind = load(PORTAL_BASE_URL="https://portal.example.com", PORTAL_TRUSTED_PROXIES="1")

    assert alone["SECURE_PROXY_SSL_HEADER"] is None
    assert behind["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.rule("REL-27")
def test_sqlite_takes_the_write_lock_first_and_waits(load: Load) -> None:
    database = load(DATABASE_URL="sqlite:////srv/portal.sqlite3")["DATABASES"]["default"]

    assert database["NAME"] == "/srv/portal.sqlite3"
    assert database["OPTIONS"] == {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
    assert database["ATOMIC_REQUESTS"] is False


def test_postgresql_is_pooled(load: Load) -> None:
    url = "postgresql://portal:secret@db.example.com:5432/portal?sslmode=require"
    database = load(DATABASE_URL=url, PORTAL_DATABASE_POOL_MAX="6")["DATABASES"]["default"]

    assert database["CONN_MAX_AGE"] == 0
    assert database["OPTIONS"]["pool"] == {"min_size": 0, "max_size": 6, "timeout": 10}
    assert database["OPTIONS"]["sslmode"] == "require"


def test_a_pool_of_no_connections_is_no_pool(load: Load) -> None:
    database = load(DATABASE_URL="postgresql://db/portal", PORTAL_DATABASE_POOL_MAX="0")

    assert database["DATABASES"]["default"]["OPTIONS"] == {}


@pytest.mark.parametrize(
    ("redis_url", "broker", "cache"),
    [
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock", "unix:///run/valkey.sock?db=1"),
        ("redis://r:6379/0", "redis://r:6379/0", "redis://r:6379/1"),
        ("rediss://u:p@r:6380/0", "rediss://u:p@r:6380/0", "rediss://u:p@r:6380/1"),
        ("rediss://r/0?ssl_cert_reqs=required", "rediss://r/0?ssl_cert_reqs=required",
         "rediss://r/1?ssl_cert_reqs=required"),
    ],
)  # fmt: skip
def test_broker_and_cache_share_a_server(
    load: Load, redis_url: str, broker: str, cache: str
) -> None:
    settings = load(REDIS_URL=redis_url)

    assert settings["CELERY_BROKER_URL"] == broker
    assert settings["CACHES"]["default"]["LOCATION"] == cache


@pytest.mark.rule("REL-27")
def test_without_a_broker_nothing_leaves_the_process(load: Load) -> None:
    settings = load()

    assert settings["CELERY_BROKER_URL"] == "memory://"
    assert "locmem" in settings["CACHES"]["default"]["BACKEND"]


@pytest.mark.rule("REL-12", "SEC-113")
def test_queue_settings_are_exactly_these(load: Load) -> None:
    settings = load()

    expected = {
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_ACCEPT_CONTENT": ["json"],
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_TASK_PUBLISH_RETRY": False,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
        "CELERY_WORKER_ENABLE_REMOTE_CONTROL": False,
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "socket_timeout": 0.5,
            "socket_connect_timeout": 0.5,
            "max_retries": 0,
        },
    }
    assert {name: settings[name] for name in expected} == expected
    assert "CELERY_RESULT_BACKEND" not in settings
    assert {queue.name for queue in settings["CELERY_TASK_QUEUES"]} == {
        "passcode",
        "mail",
        "bulk",
        "default",
    }


def test_mail_never_waits_without_end(load: Load) -> None:
    settings = load(EMAIL_URL="smtp+tls://user:pass@mail.example.com:587")

    assert settings["EMAIL_HOST"] == "mail.example.com"
    assert settings["EMAIL_USE_TLS"] is True
    assert settings["EMAIL_TIMEOUT"] > 0


@pytest.mark.rule("SEC-100")
def test_nothing_secret_has_a_default(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.delenv("PORTAL_KEYS")

    settings = load()

    assert settings["SECRET_KEY"] == settings["PORTAL_KEYS"] == ""
    assert settings["DEBUG"] is False
    assert settings["PORTAL_DEMO"] is False
    assert "portal.demo" not in settings["INSTALLED_APPS"]


def test_a_dollar_in_a_secret_stays_a_dollar(load: Load) -> None:
    assert load(SECRET_KEY="$HOME-and-more")["SECRET_KEY"] == "$HOME-and-more"


@pytest.mark.rule("SEC-96")
@pytest.mark.parametrize(
    ("url", "port", "use_tls", "use_ssl"),
    [
        ("smtps://relay:465", 465, False, True),
        ("smtps://relay", 465, False, True),
        ("smtp+ssl://relay:465", 465, False, True),
        ("smtp+tls://relay:587", 587, True, False),
        ("smtp+tls://relay", 587, True, False),
        ("smtp://relay", 25, False, False),
    ],
)
def test_step_11_smtps_is_tls_from_the_first_byte(
    load: Load, url: str, port: int, use_tls: bool, use_ssl: bool
) -> None:
    settings = load(EMAIL_URL=url)

    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == ("relay", port)
    assert settings.get("EMAIL_USE_TLS", False) is use_tls
    assert settings.get("EMAIL_USE_SSL", False) is use_ssl
