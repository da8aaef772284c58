"""What refuses a start, and what a deployment is warned of (SEC-20, SEC-100; decisions 2, 8)."""

from __future__ import annotations

import base64
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings

from portal import checks

ROOT = Path(__file__).resolve().parents[2]
PUBLIC, LOCAL = "https://portal.example.com", "http://127.0.0.1:8000"
KEY = base64.b64encode(bytes(range(32))).decode()
SMTP = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_USE_TLS": False}
LEFT_OUT = ("DATABASE_URL", "PORTAL_STATE_DIR", "DJANGO_SETTINGS_MODULE")
GOOD_SECRET = "0123456789" * 6


def found() -> set[str | None]:
    return {message.id for message in checks.check_start(None)}


@pytest.mark.rule("SEC-100", "SEC-96")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, set()),
        ({"PORTAL_BASE_URL": PUBLIC}, set()),
        ({"DEBUG": True}, set()),
        ({"DEBUG": True, "PORTAL_BASE_URL": PUBLIC}, {"portal.E002"}),
        ({"DEBUG": True, "PORTAL_BASE_URL": "http://localhost:8000"}, set()),
        ({"DEBUG": True, "PORTAL_BASE_URL": "http://[::1]:8000"}, set()),
        ({"DEBUG": True, "PORTAL_BASE_URL": "http://10.0.0.5"}, {"portal.E002", "portal.E004"}),
        ({"PORTAL_DEMO": True}, set()),
        ({"PORTAL_DEMO": True, "PORTAL_BASE_URL": PUBLIC}, {"portal.E003"}),
        ({"PORTAL_BASE_URL": "http://portal.example.com"}, {"portal.E004"}),
        ({"PORTAL_BASE_URL": "portal.example.com"}, {"portal.E001"}),
        ({"PORTAL_BASE_URL": "https://portal.example.com/path"}, {"portal.E001"}),
        ({"PORTAL_BASE_URL": "ftp://portal.example.com"}, {"portal.E001"}),
        ({"SECRET_KEY": "x7Gh2kQ"}, {"portal.E005"}),
        ({"SECRET_KEY": "x" * 64}, {"portal.E005"}),
        ({"SECRET_KEY": "django-insecure-" + GOOD_SECRET}, {"portal.E005"}),
        ({"PORTAL_KEYS": ""}, {"portal.E006"}),
        ({"PORTAL_KEYS": "one:c2hvcnQ="}, {"portal.E006"}),
        ({"PORTAL_KEYS": f":{KEY}"}, {"portal.E006"}),
        ({"PORTAL_KEYS": "one:!!!"}, {"portal.E006"}),
        ({"PORTAL_KEYS": f"one:{KEY},one:{KEY}"}, {"portal.E006"}),
        ({"PORTAL_KEYS": f"two:{KEY},one:{KEY}"}, set()),
        ({**SMTP, "EMAIL_HOST": "mail.example.com"}, {"portal.E010"}),
        ({**SMTP, "EMAIL_HOST": "10.0.0.5"}, {"portal.E010"}),
        ({**SMTP, "EMAIL_HOST": "mail.example.com", "EMAIL_USE_TLS": True}, set()),
        ({**SMTP, "EMAIL_HOST": "mail.example.com", "EMAIL_USE_SSL": True}, set()),
        ({**SMTP, "EMAIL_HOST": "::1"}, set()),
        ({**SMTP, "EMAIL_HOST": "localhost"}, set()),
    ],
)
def test_start_matrix(values: dict[str, object], expected: set[str]) -> None:
    safe = {"SECRET_KEY": GOOD_SECRET, "PORTAL_KEYS": f"one:{KEY}", "PORTAL_BASE_URL": LOCAL}
    with override_settings(**{"DEBUG": False, "PORTAL_DEMO": False, **safe, **values}):
        assert found() == expected


@pytest.mark.rule("SEC-20")
@pytest.mark.parametrize("plugin", ["otp_email", "otp_static", "otp_totp", "otp_hotp"])
def test_stock_otp_plugins_are_refused(plugin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by override_settings, which would load the plugin and leave its pages in Django admin.
    apps = [*settings.INSTALLED_APPS, f"django_otp.plugins.{plugin}"]
    monkeypatch.setattr(settings, "INSTALLED_APPS", apps)

    assert found() == {"portal.E008"}


@pytest.mark.rule("SEC-100")
def test_a_process_with_unsafe_settings_does_not_start() -> None:
    with (
        override_settings(PORTAL_KEYS=""),
        pytest.raises(ImproperlyConfigured, match=r"portal\.E006"),
    ):
        checks.refuse_unsafe_start()


@pytest.mark.rule("SEC-100")
@pytest.mark.parametrize(
    "module", ["import portal.wsgi", "from portal.celery import app; app.Worker()"]
)
def test_web_and_worker_ask_before_they_start(module: str) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_KEYS": ""}

    process = subprocess.run(
        [sys.executable, "-c", module],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        check=False,
    )

    assert process.returncode == 1
    assert "portal.E006" in process.stderr


def deployment_ids() -> set[str | None]:
    return {message.id for message in checks.check_deployment(None)}


def test_the_sender_brand_of_somebody_else_is_warned_of() -> None:
    redis = "redis://r:6379/0"
    with override_settings(INVITATION_SENDER_BRAND="Microsoft", REDIS_URL=redis):
        assert deployment_ids() == {"portal.W001"}
    with override_settings(INVITATION_SENDER_BRAND="Example", REDIS_URL=redis):
        assert deployment_ids() == set()


def test_a_deployment_without_broker_is_warned_of() -> None:
    with override_settings(INVITATION_SENDER_BRAND="Example", REDIS_URL=""):
        assert deployment_ids() == {"portal.W002"}


def test_a_deployment_is_no_demo() -> None:
    with override_settings(PORTAL_DEMO=True, INVITATION_SENDER_BRAND="E", REDIS_URL="redis://r"):
        assert deployment_ids() == {"portal.E009"}


@pytest.fixture
def from_before(tmp_path: Path) -> dict[str, str]:
    """The environment of a portal whose database an earlier version made."""
    path = tmp_path / "state" / "portal.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text,"
            " applied text)"
        )
        database.executemany(
            "INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, ?)",
            [
                ("guests", "0001_initial", "2026-10-01"),
                ("guests", "0008_prefix_indexes", "2026-10-01"),
                ("otherapp", "0001_initial", "2026-10-01"),
            ],
        )
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {
        **kept,
        "PORTAL_STATE_DIR": str(path.parent),
        "DATABASE_URL": f"sqlite:///{path}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }


REFUSED_HISTORY = (
    "holds migrations that this version does not have (guests.0008_prefix_indexes):"
    " start with a new, empty database, or run the version that made this one."
)


def test_database_from_before_the_squash_is_not_migrated(from_before: dict[str, str]) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        env=from_before,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert REFUSED_HISTORY in run.stderr
    with closing(sqlite3.connect(from_before["DATABASE_URL"].removeprefix("sqlite:///"))) as left:
        tables = left.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert tables == [("django_migrations",)]


@pytest.mark.django_db
def test_database_of_this_version_is_accepted() -> None:
    checks.refuse_unknown_migrations()


@pytest.mark.django_db
def test_demo_refuses_a_database_from_before_the_squash() -> None:
    MigrationRecorder(connection).record_applied("guests", "0008_prefix_indexes")

    with pytest.raises(ImproperlyConfigured) as refusal:
        checks.refuse_unknown_migrations()

    assert REFUSED_HISTORY in str(refusal.value)


@pytest.mark.rule("SEC-68")
@pytest.mark.parametrize(("proxies", "expected"), [(0, {"portal.W003"}), (1, set())])
def test_https_without_a_trusted_proxy_is_warned_of(proxies: int, expected: set[str]) -> None:
    with override_settings(
        INVITATION_SENDER_BRAND="Example",
        REDIS_URL="redis://r:6379/0",
        SECURE_SSL_REDIRECT=True,
        PORTAL_TRUSTED_PROXIES=proxies,
    ):
        assert deployment_ids() == expected
