"""Prepare database and static files before `make up` serves anything.

Nothing runs again when nothing changed since the last start of this checkout.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections

from portal.demo.data import story
from portal.demo.environment import ROOT
from portal.demo.supervisor import step

SOURCES = ("*/migrations/*.py", "portal/*/migrations/*.py", "static/**/*", "portal/demo/**/*.py")
STAMP = "prepared"


def is_prepared(state: Path) -> bool:
    """Whether the last preparation was of the same files and its results are still there."""
    stamp = state / STAMP
    has_static = (state / "static" / "staticfiles.json").exists()
    has_database = "DATABASE_URL" in os.environ or (state / "portal.sqlite3").exists()
    return has_static and has_database and stamp.exists() and stamp.read_text() == _current()


def note_prepared(state: Path) -> None:
    """Remember what was prepared."""
    (state / STAMP).write_text(_current())


def _current() -> str:
    digest = hashlib.sha256()
    for line in _lines():
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def _lines() -> Iterator[str]:
    """What matters: database, installed packages, migrations, static files, demo data."""
    for name in ("DATABASE_URL", "DEBUG", "PORTAL_BASE_URL", "PORTAL_DEMO_PASSWORD"):
        yield os.environ.get(name, "")
    installed = ROOT / ".venv" / "installed.lock"
    yield hashlib.sha256(installed.read_bytes()).hexdigest() if installed.exists() else ""
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            status = path.stat()
            yield f"{path} {status.st_size} {status.st_mtime_ns}"


def prepare_demo(state: Path) -> None:
    """Migrate, collect static files, seed; nothing at all when nothing changed since.

    Then every process still refuses unsafe settings for itself.

    Raises: RuntimeError when the settings forbid to start (SEC-100), or the database is not from
    this version.
    """
    if is_prepared(state):
        return
    with step("Settings"):
        django.setup()
        _check()
    with step("Database"):
        _check_database()
        call_command("migrate", interactive=False, verbosity=0)
    with step("Static files"):
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    with step("Demo data"):
        _seed()
    connections.close_all()
    note_prepared(state)


def sign_in_lines() -> list[str]:
    """Everybody who can sign in, and the password they share."""
    lines = [f"{address:<36} {part}" for address, part in story.PARTS.items()]
    return [*lines, "", f"Password of all of them: {story.demo_password()}"]


def _check() -> None:
    from portal import checks

    try:
        checks.refuse_unsafe_start()
    except ImproperlyConfigured as error:
        raise RuntimeError(str(error)) from error


def _check_database() -> None:
    from portal import checks

    try:
        checks.refuse_unknown_migrations()
    except ImproperlyConfigured as error:
        raise RuntimeError(str(error)) from error


def _seed() -> None:
    from portal.demo.data.seed import seed_demo  # models, so not before django.setup()

    seed_demo()
