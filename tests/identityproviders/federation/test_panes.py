"""Administrators set providers up in the panes, and guests come in through them at once.

The metadata and the discovery document come from providers that were not written here.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from guests.models import User
from identityproviders.models import Federation
from identityproviders.providers.openid.actions import DEFAULT_CLAIMS
from portal.tenants.models import Tenant
from tests.support.counterparts.node import NodeProvider
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import ADA, Guest
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

METADATA = "/FederationMetadata/2007-06/FederationMetadata.xml"


@pytest.fixture
def admin(grace: User, settings: Settings) -> Client:
    """Contoso's administrator; the counterparts on loopback prove no domain."""
    settings.PORTAL_FEDERATION_DNS_PROOF = False
    client = Client()
    client.force_login(grace)
    return client


def field(page: Any, name: str) -> str:
    """What a field of the pane holds."""
    return " ".join(read_page(page).values(name))


@pytest.mark.rule("IDP-9", "IDP-10", "IDP-15", "EX-26")
@pytest.mark.parametrize("protocol", ["saml", "wsfed"])
def test_a_provider_read_from_its_metadata_lets_a_guest_redeem(
    admin: Client, contoso: Tenant, ada: Guest, partner: NodeProvider, protocol: str
) -> None:
    new = reverse("identityproviders:new_federation")
    form = {
        "display_name": "Partner",
        "protocol": protocol,
        "domain": "partner.example",
        "method": "manual",
        "metadata_url": f"{partner.url}/{protocol}{METADATA}",
    }
    page = admin.post(new, {**form, "go": "read"})
    read = {name: field(page, name) for name in ("issuer", "endpoint", "certificate")}
    saved = admin.post(new, {**form, **read, "go": "save"})
    assert saved.status_code == 302, page.content.decode()
    assert read["issuer"] == partner.issuer
    row = Federation.objects.of(contoso).get()
    refreshed = admin.post(
        reverse("identityproviders:refresh_metadata", args=[row.pk]), follow=True
    )
    assert "The certificate is the same." in refreshed.content.decode()

    ada.post_back(ada.open_invitation())
    ada.accept()
    assert ada.is_signed_in
    assert ada.refreshed().identity_issuer == partner.issuer


@pytest.mark.rule("IDP-18", "IDP-19")
def test_an_openid_provider_checked_on_save_lets_a_guest_redeem(
    admin: Client, contoso: Tenant, ada: Guest, openid: OpenIDProvider
) -> None:
    openid.register("sub-ada", email=ADA, email_verified=True, name="Ada")
    form = {
        "display_name": "Partner",
        "domain": "partner.example",
        "well_known_url": openid.well_known_url,
        "issuer": openid.url,
        "client_id": "contoso",
        "authentication": "client_secret_post",
        "client_secret": "a secret",
        "scope": "openid profile email",
        **{f"claim_{name}": claim for name, claim in DEFAULT_CLAIMS.items()},
    }
    new = reverse("identityproviders:new_openid")
    wrong = admin.post(new, {**form, "issuer": f"{openid.url}/other"})
    assert wrong.status_code == 400
    assert admin.post(new, form).status_code == 302

    ada.come_back(openid.authorize(ada.open_invitation(), "sub-ada"))
    ada.accept()
    assert ada.is_signed_in
    assert ada.refreshed().identity_issuer == openid.url
