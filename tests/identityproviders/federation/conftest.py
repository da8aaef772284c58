"""Contoso, its providers, and a browser that goes to them and comes back over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from guests.models import User
from identityproviders.models import (
    Federation,
    FederationDomain,
    OpenIDClient,
    SocialProvider,
)
from identityproviders.oidc import discovery, keys
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, TenantFactory
from tests.support.counterparts import node
from tests.support.counterparts.node import NodeProvider
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import (
    ADA,
    ISSUER,
    TERI,
    Guest,
    federation,
    person,
)
from tests.support.saml_forge import signer


@pytest.fixture(autouse=True)
def loopback(settings: Settings) -> None:
    """Let the portal call the counterparts, and remember nothing of earlier ones."""
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.0/8"]
    discovery.forget_discovery()
    keys.forget_signing_keys()


@pytest.fixture
def contoso(db: None) -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(contoso: Tenant) -> User:
    """Contoso's Global Administrator."""
    return AdministratorFactory(tenant=contoso, display_name="Grace")


@pytest.fixture(scope="session")
def npm_provider() -> Iterator[NodeProvider]:
    """samlp and wsfed, one process for the session."""
    if not node.is_available():
        pytest.skip(node.MISSING)
    node.install()
    made = signer("npm")
    provider = NodeProvider(key=made.key, certificate=made.certificate, issuer=ISSUER)
    yield provider
    provider.stop()


@pytest.fixture
def partner(npm_provider: NodeProvider) -> NodeProvider:
    """The provider with Ada signed in."""
    npm_provider.sign_in(person())
    return npm_provider


@pytest.fixture
def openid() -> Iterator[OpenIDProvider]:
    """oidc-provider-mock on a free port."""
    provider = OpenIDProvider()
    yield provider
    provider.stop()


@pytest.fixture
def saml(contoso: Tenant, partner: NodeProvider) -> Federation:
    return federation(contoso, "saml", partner)


@pytest.fixture
def wsfed(contoso: Tenant, partner: NodeProvider) -> Federation:
    return federation(contoso, "wsfed", partner)


def openid_federation(tenant: Tenant, provider: OpenIDProvider, **values: Any) -> Federation:
    """A custom OpenID Connect federation."""
    row: Federation = Federation.objects.create(
        tenant=tenant, display_name="Partner", protocol="oidc", issuer=provider.url
    )
    FederationDomain.objects.create(tenant=tenant, federation=row, name="partner.example")
    OpenIDClient.objects.create(
        tenant=tenant,
        federation=row,
        well_known_url=provider.well_known_url,
        client_id="contoso",
        client_secret="a secret",
        **values,
    )
    return row


@pytest.fixture
def custom(contoso: Tenant, openid: OpenIDProvider) -> Federation:
    openid.register("sub-ada", email=ADA, email_verified=True, name="Ada")
    return openid_federation(contoso, openid)


@pytest.fixture
def google(contoso: Tenant, openid: OpenIDProvider, settings: Settings) -> SocialProvider:
    """Google configured, with the mock in its place."""
    settings.PORTAL_GOOGLE_ISSUER = openid.url
    openid.register("sub-teri", email=TERI, email_verified=True)
    row: SocialProvider = SocialProvider.objects.create(
        tenant=contoso, kind="google.com", client_id="contoso", client_secret="a secret"
    )
    return row


@pytest.fixture
def ada(contoso: Tenant, grace: User) -> Guest:
    """Ada of the partner, invited."""
    sweeper.note_heartbeat("tests", ["passcode"])
    return Guest(contoso, by=grace, address=ADA)


@pytest.fixture
def teri(contoso: Tenant, grace: User) -> Guest:
    """Teri with her Google address, invited."""
    return Guest(contoso, by=grace, address=TERI)
