"""Fixtures of the whole suite: real broker, workers, mail relay and browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import connection, connections
from django.test import override_settings
from pytest_django import DjangoDbBlocker, Settings

from portal import services
from portal.celery import app as celery_app
from portal.security.passwords import Argon2Hasher
from tests.support.broker import Broker, StartWorker, connect
from tests.support.chromium import chromium
from tests.support.rule_coverage import RuleCoverage
from tests.support.second_run import is_left_out, is_second_run
from tests.support.smtp_sink import SmtpSink
from tests.support.white_space import read_as_a_browser

TIME_COST, MEMORY_COST = Argon2Hasher.time_cost, Argon2Hasher.memory_cost


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--everything` repeats on PostgreSQL also what does not depend on the database."""
    parser.addoption("--everything", action="store_true")


def pytest_configure(config: pytest.Config) -> None:
    """Count the rules that the tests prove."""
    config.pluginmanager.register(RuleCoverage(config), "rule-coverage")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave measurements to `make bench`, and to SQLite what needs no second database.

    Mark what needs a browser, skip it without one.
    """
    if "bench" not in (config.option.markexpr or ""):
        measuring = [item for item in items if item.get_closest_marker("bench")]
        config.hook.pytest_deselected(items=measuring)
        items[:] = [item for item in items if item not in measuring]
    missing = None if chromium() else pytest.mark.skip(reason="no Chromium on this machine")
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if missing and item.get_closest_marker("browser"):
            item.add_marker(missing)
    if is_second_run(config):
        config.hook.pytest_deselected(items=[item for item in items if is_left_out(item)])
        items[:] = [item for item in items if not is_left_out(item)]


# Passwords


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hash the passwords of people in tests at next to no cost; measurements pay the real one.

    Thousands of members are made whose password nobody guesses at.
    """
    if "bench" in (request.config.option.markexpr or ""):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2Hasher, "time_cost", 1)
        patch.setattr(Argon2Hasher, "memory_cost", 16)
        yield


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of SEC-75, for tests about it."""
    monkeypatch.setattr(Argon2Hasher, "time_cost", TIME_COST)
    monkeypatch.setattr(Argon2Hasher, "memory_cost", MEMORY_COST)


# Database


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Before PostgreSQL drops the database, end what threads of a test left connected."""
    yield
    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# Broker and workers


@pytest.fixture(scope="session")
def valkey() -> Iterator[Broker]:
    """One Valkey server for the session; use `broker` in tests."""
    server = Broker()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def broker(valkey: Broker) -> Iterator[Broker]:
    """The broker, empty, with Celery publishing to it; `stop()` and `start()` as you like."""
    if not valkey.is_running:
        valkey.start()
    with valkey.client() as client:
        client.flushall()
    before = celery_app.conf.broker_url
    connect(celery_app, services.broker_url(valkey.url))
    with override_settings(REDIS_URL=valkey.url):
        yield valkey
    connect(celery_app, before)


@pytest.fixture
def worker(broker: Broker, transactional_db: None) -> Iterator[StartWorker]:
    """A function that starts a real worker in a thread: `worker("passcode", "mail")`."""
    with ExitStack() as running:

        def start(*queues: str, concurrency: int = 2) -> Any:
            context: AbstractContextManager[Any] = start_worker(
                celery_app,
                queues=list(queues) or ["passcode", "mail", "bulk", "default"],
                pool="threads",
                concurrency=concurrency,
                perform_ping_check=False,
                shutdown_timeout=20,
            )
            return running.enter_context(context)

        yield start
    connections.close_all()


# Mail


@pytest.fixture
def smtp_sink(settings: Settings) -> Iterator[SmtpSink]:
    """A mail relay on a free port that Django sends to; see `SmtpSink` for faults."""
    sink = SmtpSink()
    sink.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = sink.host
    settings.EMAIL_PORT = sink.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield sink
    sink.stop()


# Browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium; without its sandbox for root, who cannot have one."""
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium(), "args": arguments}


@pytest.fixture
def portal_url(live_server: Any, settings: Settings) -> str:
    """The address of a running portal whose links in mails lead back to it."""
    settings.PORTAL_BASE_URL = live_server.url
    return str(live_server.url)


@pytest.fixture(autouse=True)
def _pages_without_line_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Line breaks in templates change nothing that a test looks for."""
    read_as_a_browser(monkeypatch)
