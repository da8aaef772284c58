"""Organizations, guests and browsers of the sign-in tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import cast

import pytest
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from guests.models import User
from identityproviders.models import (
    Federation,
    PasscodePolicy,
    PasscodeRequest,
    SignInTransaction,
    WrongPasscode,
)
from identityproviders.passcodes import one_time_codes
from identityproviders.providers.federations.actions import create_federation
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, PasscodeGuestFactory, TenantFactory
from tests.identityproviders.providers.partner import SETTINGS
from tests.support.name_server import NameServer, running

PRIYA = "priya.raman@wingtiptoys.com"
NOBODY = "nobody@wingtiptoys.com"

SetPolicy = Callable[..., PasscodePolicy]


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


class Visitor:
    """One browser on its way through the sign-in pages."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.client = Client()

    def type_address(self, address: str, *, wanted: str = "") -> HttpResponse:
        url = reverse("identityproviders:tenant_signin", args=[self.tenant.primary_domain])
        query = f"?next={wanted}" if wanted else ""
        return self.post(url + query, address=address)

    def ask_for_code(self, address: str) -> PasscodeRequest:
        """Type the address, press *Send code*; the request behind it, handed over."""
        self.type_address(address)
        self.send_code()
        request = self.request
        one_time_codes.hand_over_passcode(request)
        return request

    def send_code(self) -> HttpResponse:
        return self.post(reverse("identityproviders:send_code"))

    def enter(self, code: str) -> HttpResponse:
        return self.post(reverse("identityproviders:enter_code"), code=code)

    def enter_password(self, password: str) -> HttpResponse:
        return self.post(reverse("identityproviders:password"), password=password)

    def post(self, url: str, **values: str) -> HttpResponse:
        return cast(HttpResponse, self.client.post(url, values))

    def get(self, url: str) -> HttpResponse:
        return cast(HttpResponse, self.client.get(url))

    @property
    def transaction(self) -> SignInTransaction:
        pk = self.client.session["sign_in"]
        rows = SignInTransaction.unscoped.select_related("tenant", "user")
        return cast(SignInTransaction, rows.get(pk=pk))

    @property
    def request(self) -> PasscodeRequest:
        """The newest passcode request of this browser."""
        standing = one_time_codes.latest_request(self.transaction)
        assert standing is not None
        return standing.row

    @property
    def is_signed_in(self) -> bool:
        return "_auth_user_id" in self.client.session


@pytest.fixture
def visitor(contoso: Tenant, passcode_worker: None) -> Visitor:
    """A browser at Contoso's sign-in page."""
    return Visitor(contoso)


def wrong(code: str) -> str:
    """Another code than this one."""
    return f"{(int(code) + 1) % 10**8:08d}"


def age(amount: timedelta) -> None:
    """Let `amount` pass for every passcode row: the database's clock decides, so rows move."""
    PasscodeRequest.unscoped.update(
        created_at=F("created_at") - amount, expires_at=F("expires_at") - amount
    )
    WrongPasscode.unscoped.update(at=F("at") - amount)
