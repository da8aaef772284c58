"""Redeem and sign in with a federated provider, as a guest does."""

from __future__ import annotations

import re
import urllib.request
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from guests.models import User
from identityproviders.models import (
    Federation,
    FederationDomain,
    SignInTransaction,
)
from invitations.inviting import tickets
from invitations.models import Invitation
from portal.audit.models import SignInEvent
from portal.tenants.models import Tenant
from tests.support.counterparts.node import NodeProvider, Person
from tests.support.counterparts.openid import form_of
from tests.support.inviting import invite_guest
from tests.support.page import read_page

EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"


IMMUTABLE = "http://schemas.microsoft.com/LiveID/Federation/2008/05/ImmutableID"


ADA = "ada@partner.example"


TERI = "teri@gmail.com"


TARGET = "https://contoso.com/welcome"


def person(address: str = ADA, subject: str = "subject-1", **options: Any) -> Person:
    """Somebody at the partner; `options` are those of samlp and wsfed."""
    return Person(subject, {EMAIL: address, IMMUTABLE: f"immutable-{subject}"}, options=options)


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


ISSUER = "https://idp.partner.example/entity"


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
