"""Organizations, guests and browsers of the sign-in tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from guests.models import User
from identityproviders.models import (
    Federation,
    PasscodePolicy,
)
from identityproviders.providers.federations.actions import create_federation
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, PasscodeGuestFactory, TenantFactory
from tests.support.name_server import NameServer, running
from tests.support.partner import SETTINGS
from tests.support.visitor import PRIYA, SetPolicy, Visitor


@pytest.fixture
def contoso(db: None) -> Tenant:
    """A tenant with codes on: its automatic date has passed."""
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def fabrikam(db: None) -> Tenant:
    return TenantFactory(display_name="Fabrikam", domain="fabrikam.com")


@pytest.fixture
def priya(contoso: Tenant) -> User:
    """A guest of Contoso who accepted with a code by e-mail."""
    return PasscodeGuestFactory(tenant=contoso, address=PRIYA)


@pytest.fixture
def grace(contoso: Tenant) -> User:
    """Contoso's Global Administrator."""
    return AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")


@pytest.fixture
def admin(grace: User, client: Client) -> Client:
    """A browser where Grace is signed in."""
    client.force_login(grace)
    return client


@pytest.fixture
def names(settings: Settings) -> Iterator[NameServer]:
    """The name servers of the world."""
    with running(NameServer()) as server:
        settings.PORTAL_DNS_SERVERS = [server.address]
        yield server


@pytest.fixture
def partner(contoso: Tenant, grace: User) -> Federation:
    """Fabrikam's SAML provider, serving fabrikam.org."""
    return create_federation(
        contoso,
        by=grace,
        protocol=Federation.Protocol.SAML,
        domain="fabrikam.org",
        settings=SETTINGS,
    )


@pytest.fixture
def passcode_worker(db: None) -> None:
    """Let the portal believe that a passcode worker lives (REL-16)."""
    sweeper.note_heartbeat("tests", ["passcode"])


@pytest.fixture
def set_policy() -> SetPolicy:
    """`set_policy(tenant, stored="disabled")` stores a passcode policy."""

    def store(tenant: Tenant, **values: object) -> PasscodePolicy:
        policy, _ = PasscodePolicy.objects.update_or_create(tenant=tenant, defaults=values)
        return policy

    return store


@pytest.fixture
def visitor(contoso: Tenant, passcode_worker: None) -> Visitor:
    """A browser at Contoso's sign-in page."""
    return Visitor(contoso)
