"""Contoso, its providers, and a browser that goes to them and comes back over real HTTP."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from guests.models import User
from identityproviders.models import (
    Federation,
    FederationDomain,
    OpenIDClient,
    SignInTransaction,
    SocialProvider,
)
from identityproviders.oidc import discovery, keys
from invitations.inviting import tickets
from invitations.models import Invitation
from portal.audit.models import SignInEvent
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, TenantFactory
from tests.identityproviders.saml.forge import signer
from tests.support.counterparts import node
from tests.support.counterparts.node import NodeProvider, Person
from tests.support.counterparts.openid import OpenIDProvider, form_of
from tests.support.inviting import invite_guest
from tests.support.page import read_page

EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
IMMUTABLE = "http://schemas.microsoft.com/LiveID/Federation/2008/05/ImmutableID"
ADA = "ada@partner.example"
TERI = "teri@gmail.com"
ISSUER = "https://idp.partner.example/entity"
TARGET = "https://contoso.com/welcome"


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


def person(address: str = ADA, subject: str = "subject-1", **options: Any) -> Person:
    """Somebody at the partner; `options` are those of samlp and wsfed."""
    return Person(subject, {EMAIL: address, IMMUTABLE: f"immutable-{subject}"}, options=options)


def federation(
    tenant: Tenant, protocol: str, provider: NodeProvider, *, domain: str = "partner.example"
) -> Federation:
    """A SAML or WS-Fed federation with the npm provider."""
    row: Federation = Federation.objects.create(
        tenant=tenant,
        display_name="Partner",
        protocol=protocol,
        issuer=provider.issuer,
        endpoint=f"{provider.url}/{protocol}",
        certificates=provider.certificate,
    )
    FederationDomain.objects.create(tenant=tenant, federation=row, name=domain)
    return row


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


class Guest:
    """One browser of one invited person."""

    def __init__(self, tenant: Tenant, *, by: User, address: str) -> None:
        self.tenant = tenant
        self.address = address
        self.client = Client()
        self.user = invite_guest(tenant, by=by, address=address, redirect_url=TARGET).user

    def press_accept(self) -> HttpResponse:
        """Open the mailed link and press Accept."""
        invitation = Invitation.objects.of(self.tenant).get(user=self.user)
        self.client.get(reverse("invitations:open_ticket", args=[tickets.ticket_of(invitation)]))
        return cast(HttpResponse, self.client.post(reverse("invitations:landing"), follow=True))

    def open_invitation(self) -> str:
        """Open the mailed link and press Accept; the address at the provider."""
        return self.continued(self.press_accept())

    def type_address(self) -> str:
        """Sign in at the tenant's own page; the address at the provider."""
        url = reverse("identityproviders:tenant_signin", args=[self.tenant.primary_domain])
        return self.continued(self.client.post(url, {"address": self.address}, follow=True))

    def continued(self, response: Any) -> str:
        """Where the continue page leads: by its link and by itself."""
        assert response.status_code == 200, response.content.decode()
        page = read_page(response)
        links = [link.get("href") for link in page.find("main").find_all("link")]
        assert page.goes_on_to in links
        return page.goes_on_to

    def form(self, response: Any) -> tuple[str, dict[str, str]]:
        """The form with which the continue page leads on, and where to."""
        page = response.content.decode()
        assert response.status_code == 200, page
        assert "http-equiv" not in page
        return form_of(page.partition('<section class="card">')[2])

    def post_back(self, url: str) -> HttpResponse:
        """Go to a SAML or WS-Fed provider, let it post its form, arrive."""
        action, fields = answer_of(url)
        return self.arrive(post(action, fields))

    def arrive(self, response: HttpResponse) -> HttpResponse:
        """Follow where the consumer address sends the browser."""
        assert response.status_code == 303, response.content.decode()
        return self.get(response["Location"])

    def come_back(self, url: str) -> HttpResponse:
        """Follow an OpenID provider's redirect to our callback."""
        return self.get(url)

    def get(self, url: str) -> HttpResponse:
        path = re.sub(r"^https?://[^/]+", "", url)
        return cast(HttpResponse, self.client.get(path, follow=True))

    def accept(self) -> HttpResponse:
        """Press Accept under *Review permissions*."""
        url = reverse("invitations:consent")
        return cast(HttpResponse, self.client.post(url, {"accept": "1"}))

    @property
    def transaction(self) -> SignInTransaction:
        rows = SignInTransaction.unscoped.select_related("tenant", "user")
        return cast(SignInTransaction, rows.get(pk=self.client.session["sign_in"]))

    @property
    def is_signed_in(self) -> bool:
        return "_auth_user_id" in self.client.session

    def refreshed(self) -> User:
        return User.unscoped.get(pk=self.user.pk)


@pytest.fixture
def ada(contoso: Tenant, grace: User) -> Guest:
    """Ada of the partner, invited."""
    sweeper.note_heartbeat("tests", ["passcode"])
    return Guest(contoso, by=grace, address=ADA)


@pytest.fixture
def teri(contoso: Tenant, grace: User) -> Guest:
    """Teri with her Google address, invited."""
    return Guest(contoso, by=grace, address=TERI)


def answer_of(url: str, sent: dict[str, str] | None = None) -> tuple[str, dict[str, str]]:
    """The form with which a SAML or WS-Fed provider answers a GET, or a POST of what is `sent`."""
    body = urlencode(sent).encode() if sent else None
    with urllib.request.urlopen(url, body, timeout=10) as page:
        return form_of(page.read().decode())


def post(action: str, fields: dict[str, str]) -> HttpResponse:
    """Post a provider's form as a browser does from another site: without our cookies."""
    path = re.sub(r"^https?://[^/]+", "", action)
    return cast(HttpResponse, Client(enforce_csrf_checks=True).post(path, fields))


def failures(tenant: Tenant) -> list[tuple[int, str]]:
    """Codes and reasons of failed sign-ins, newest first."""
    rows = SignInEvent.objects.of(tenant).filter(status="failure").order_by("-created_at", "-id")
    return [(row.error_code, row.additional_details) for row in rows]
