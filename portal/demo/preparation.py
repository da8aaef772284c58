"""What `make up` does to database and static files before anything is served."""

from __future__ import annotations

from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections

from portal.demo import fingerprint, story
from portal.demo.terminal import step


def prepare(state: Path) -> None:
    """Migrate, collect static files, seed; nothing at all when nothing changed since.

    Then every process still refuses unsafe settings for itself.

    Raises: RuntimeError when the settings forbid to start (SEC-100).
    """
    if fingerprint.is_prepared(state):
        return
    with step("Settings"):
        django.setup()
        _check()
    with step("Database"):
        call_command("migrate", interactive=False, verbosity=0)
    with step("Static files"):
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    with step("Demo data"):
        _seed()
    connections.close_all()
    fingerprint.note_prepared(state)


def sign_in_lines() -> list[str]:
    """Everybody who can sign in, and the password they share."""
    lines = [f"{address:<36} {part}" for address, part in story.PARTS.items()]
    return [*lines, "", f"Password of all of them: {story.password()}"]


def _check() -> None:
    from portal import checks

    try:
        checks.refuse_unsafe_start()
    except ImproperlyConfigured as error:
        raise RuntimeError(str(error)) from error


def _seed() -> None:
    from portal.demo import seed  # models, so not before django.setup()

    seed.seed()
