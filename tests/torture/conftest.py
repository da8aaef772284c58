"""Processes and people of the torture tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from guests.models import User
from portal.outbox.sending import publishing
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, TenantFactory
from tests.support.worker_process import PortalProcess, Run


@pytest.fixture(autouse=True)
def publishing_is_not_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the dead broker of the test before."""
    monkeypatch.setattr(publishing, "paused_until", 0.0)


@pytest.fixture(autouse=True)
def quiet_relay() -> None:
    """The relay writes ten lines a mail otherwise."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def office_of_many(settings: Settings) -> None:
    """All codes of a test are asked for from one address."""
    settings.PORTAL_PASSCODES_PER_CLIENT_HOUR = settings.PORTAL_PASSCODES_PER_CLIENT_DAY = 10_000
    settings.PORTAL_LOOKUPS_PER_CLIENT = settings.PORTAL_SIGN_INS_PER_CLIENT = 10_000


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    """The organization that invites."""
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def administrator(tenant: Tenant) -> User:
    """Who invites."""
    return AdministratorFactory(tenant=tenant)


@pytest.fixture
def run() -> Iterator[Run[PortalProcess]]:
    """`run(OutboxProcess(sink))`: the process dies with the test."""
    running: list[PortalProcess] = []

    def keep(process: PortalProcess) -> PortalProcess:
        running.append(process)
        return process

    yield keep
    for process in running:
        process.kill()
