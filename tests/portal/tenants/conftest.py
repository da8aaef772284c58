"""Contoso, its administrator, and a name server that knows what the test says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from guests.models import User
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory
from tests.support.invitations import signed_in
from tests.support.name_server import NameServer, running


@pytest.fixture
def contoso(db: None) -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(contoso: Tenant) -> User:
    return AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")


@pytest.fixture
def admin(grace: User) -> Client:
    return signed_in(grace)


@pytest.fixture
def reader(contoso: Tenant) -> Client:
    """A Global Reader, who sees everything and changes nothing."""
    return signed_in(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,)))


@pytest.fixture
def name_server(settings: Settings) -> Iterator[NameServer]:
    with running(NameServer()) as server:
        settings.PORTAL_DNS_SERVERS = [server.address]
        yield server
