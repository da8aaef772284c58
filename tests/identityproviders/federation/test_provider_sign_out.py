"""Signing out offers to sign out at the provider too, where it has an address for it (SES-1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from identityproviders.models import Federation, RoundTrip
from portal.tenants.models import Tenant
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import Guest
from tests.support.page import read_page, words

pytestmark = pytest.mark.django_db

OFFER = "Sign out at Partner"
SIGNED_OUT = reverse("identityproviders:signed_out")


def signed_out(guest: Guest) -> Any:
    """The page after pressing *Sign out*."""
    return guest.client.post(reverse("identityproviders:sign_out"), follow=True)


def sign_in(guest: Guest, openid: OpenIDProvider) -> None:
    """Accept the invitation with the OpenID provider."""
    guest.come_back(openid.authorize(guest.open_invitation(), "sub-ada"))
    guest.accept()
    assert guest.is_signed_in


@pytest.fixture
def offering(openid: OpenIDProvider) -> OpenIDProvider:
    """The OpenID provider with an address for signing out."""
    openid.more = {"end_session_endpoint": f"{openid.url}/end_session?style=short"}
    return openid


@pytest.mark.rule("SES-1")
def test_sign_out_offers_the_end_session_endpoint(
    ada: Guest, offering: OpenIDProvider, custom: Federation
) -> None:
    sign_in(ada, offering)

    link = read_page(signed_out(ada)).find("link", OFFER).get("href")

    url = urlsplit(link)
    values = {name: value for name, [value] in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{offering.url}/end_session"
    assert values["style"] == "short"
    assert values["client_id"] == "contoso"
    assert values["post_logout_redirect_uri"].endswith(SIGNED_OUT)
    assert values["state"] == "contoso.com"
    assert values["id_token_hint"].count(".") == 2


@pytest.mark.rule("SES-1", "SEC-70")
def test_page_with_the_hint_is_kept_by_no_cache_and_the_hint_by_no_row(
    ada: Guest, offering: OpenIDProvider, custom: Federation
) -> None:
    sign_in(ada, offering)
    page = signed_out(ada)
    hint = parse_qs(urlsplit(read_page(page).find("link", OFFER).get("href")).query)[
        "id_token_hint"
    ][0]

    assert "no-store" in page["Cache-Control"]
    assert hint not in str(RoundTrip.unscoped.get().result)
    assert hint not in str(dict(ada.client.session))


@pytest.mark.rule("SES-1")
def test_sign_out_ends_the_session_here_whatever_the_provider_does(
    ada: Guest, offering: OpenIDProvider, custom: Federation
) -> None:
    sign_in(ada, offering)

    assert "You’re signed out" in words(signed_out(ada))
    assert not ada.is_signed_in


@pytest.mark.rule("SES-1")
def test_offer_is_gone_when_the_provider_sends_the_browser_back(
    ada: Guest, offering: OpenIDProvider, custom: Federation, contoso: Tenant
) -> None:
    sign_in(ada, offering)
    signed_out(ada)

    page = read_page(ada.client.get(f"{SIGNED_OUT}?state=contoso.com"))

    assert OFFER not in page.names("link")
    assert page.find("link", "Sign in again").get("href") == "/contoso.com/signin/"
    assert OFFER not in read_page(ada.client.get(SIGNED_OUT)).names("link")


@pytest.mark.rule("SES-1")
@pytest.mark.parametrize("endpoint", [None, "", "http://evil.example/", "javascript:alert(1)", 7])
def test_provider_without_a_usable_address_gets_no_offer(
    ada: Guest, openid: OpenIDProvider, custom: Federation, endpoint: object
) -> None:
    openid.more = {"end_session_endpoint": endpoint}
    sign_in(ada, openid)

    assert OFFER not in read_page(signed_out(ada)).names("link")


@pytest.mark.rule("SES-1")
def test_ws_federation_signs_out_at_the_address_of_the_sign_in(
    ada: Guest, wsfed: Federation
) -> None:
    ada.post_back(ada.open_invitation())
    ada.accept()

    link = read_page(signed_out(ada)).find("link", OFFER).get("href")

    assert link.startswith(f"{wsfed.endpoint}?wa=wsignout1.0&")


@pytest.mark.rule("SES-1")
def test_other_browser_gets_no_offer(
    ada: Guest, offering: OpenIDProvider, custom: Federation
) -> None:
    sign_in(ada, offering)
    signed_out(ada)

    assert OFFER not in read_page(Client().get(f"{SIGNED_OUT}?at=contoso.com")).names("link")
