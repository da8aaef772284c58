"""A demo inside the test process, and whole demos as processes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from pytest_django import Settings

from portal.demo.mailbox.store import MailStore
from tests.support.demo import DemoRun, StartDemo, free_port


@pytest.fixture
def mails(settings: Settings, tmp_path: Path) -> MailStore:
    """The mailbox of a demo that this test process pretends to be."""
    import_module("portal.urls")  # as it is outside a demo
    settings.PORTAL_DEMO = True
    settings.PORTAL_STATE_DIR = tmp_path
    settings.ROOT_URLCONF = "tests.portal.demo.urls"
    return MailStore(tmp_path / "mail")


@pytest.fixture
def start_demo(tmp_path: Path) -> Iterator[StartDemo]:
    """A function that starts a demo on free ports and waits until it is ready."""
    runs: list[DemoRun] = []

    def start(
        *arguments: str, state: Path | None = None, is_awaited: bool = True, **variables: str
    ) -> DemoRun:
        if "--port" not in arguments:
            arguments += ("--port", str(free_port()))
        run = DemoRun(state or tmp_path / "state", *arguments, **variables)
        runs.append(run)
        if is_awaited:
            run.wait_until_ready()
        return run

    yield start
    for run in runs:
        run.clean_up()
