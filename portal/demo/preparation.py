"""What `make up` does to database and static files before anything is served."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections

from portal.demo import fingerprint
from portal.demo.terminal import step


def prepare(state: Path) -> None:
    """Migrate, collect static files, seed; each costs next to nothing when nothing changed.

    Raises: RuntimeError when the settings forbid to start (SEC-100).
    """
    was_prepared = fingerprint.is_prepared(state)
    with step("Settings"):
        django.setup()
        _check()
    with step("Database"):
        call_command("migrate", interactive=False, verbosity=0)
    if not was_prepared:
        with step("Static files"):
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    with step("Demo data"):
        _seed()
    connections.close_all()
    fingerprint.note_prepared(state)


def sign_in_lines() -> list[str]:
    """A line for everybody who can sign in with a password."""
    if importlib.util.find_spec("portal.demo.seed") is None:
        return []
    from portal.demo import seed

    return [f"{s.user_principal_name:<34} {s.password:<22} {s.description}" for s in seed.SIGN_INS]


def _check() -> None:
    from portal import checks

    try:
        checks.refuse_unsafe_start()
    except ImproperlyConfigured as error:
        raise RuntimeError(str(error)) from error


def _seed() -> None:
    if importlib.util.find_spec("portal.demo.seed") is not None:
        from portal.demo import seed

        seed.seed()
