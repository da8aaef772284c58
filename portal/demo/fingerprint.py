"""Whether database and static files still are what the last start made of this checkout."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from portal.demo.environment import ROOT

SOURCES = ("*/migrations/*.py", "portal/*/migrations/*.py", "static/**/*", "portal/demo/*.py")
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
