"""The people of the browser tests, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from guests.models import User
from portal.outbox.models import Queue
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, TenantFactory
from tests.support.broker import StartWorker
from tests.support.browser_pages import OpenBrowser
from tests.support.smtp_sink import SmtpSink


@pytest.fixture
def contoso(transactional_db: None) -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(contoso: Tenant) -> User:
    return AdministratorFactory(
        tenant=contoso, email="grace.nakamura@contoso.com", display_name="Grace Nakamura"
    )


@pytest.fixture
def post_office(worker: StartWorker, smtp_sink: SmtpSink) -> Iterator[SmtpSink]:
    """Workers for every queue and the relay they send to.

    A worker inside a test does not announce that it is ready, so its sweeper, which also shows
    that it lives (REL-16), is started here.
    """
    queues = [queue.value for queue in Queue]
    worker(*queues, concurrency=4)
    sweeping = sweeper.Sweeper("worker@test", queues)
    sweeper.note_heartbeat("worker@test", queues)
    sweeping.start()
    yield smtp_sink
    sweeping.stop()
    sweeping.join(10)


@pytest.fixture
def open_browser(browser: Browser, portal_url: str) -> Iterator[OpenBrowser]:
    """`open_browser(java_script_enabled=False)`: a browser with no cookies."""
    contexts: list[BrowserContext] = []

    def open_browser(**options: Any) -> Page:
        context = browser.new_context(base_url=portal_url, locale="en-US", **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield open_browser
    for context in contexts:
        context.close()
