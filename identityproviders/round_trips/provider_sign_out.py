"""Offer to sign out at the provider too, where it has an address for that (SES-1).

OpenID Connect: the end_session_endpoint of the discovery document (RP-Initiated Logout 1.0).
WS-Federation: wsignout1.0 at the address of the sign-in. A SAML LogoutRequest must be signed, and
we have no key that partners know: SAML gets no offer.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from identityproviders.models import Federation, RoundTrip
from identityproviders.providers import our_urls, provider_config
from identityproviders.providers.provider_config import ProviderConfig, ProviderNotConfigured
from identityproviders.providers.verification_report import ProviderAnswer
from identityproviders.saml.requests import with_query
from identityproviders.sign_in.actions import PROVIDER_SIGN_OUT
from portal.security import keys
from portal.tenants.models import Tenant

_CONTEXT = "session.provider_sign_out"
KEPT_SECONDS = 600
"""How long the page of a browser that signed out has the offer."""


@dataclass(frozen=True)
class SignOutOffer:
    """Where the person can sign out too."""

    name: str
    url: str


def note_provider(request: HttpRequest, passage: RoundTrip, answer: ProviderAnswer | None) -> None:
    """Keep in the browser's session how to sign out at the provider that just answered.

    Takes the answer as it came, for OpenID Connect. The address holds the ID token as a hint, so it
    is encrypted.
    """
    request.session.pop(PROVIDER_SIGN_OUT, None)
    try:
        found = provider_config.find_provider_config(passage.tenant, passage.provider_key)
    except ProviderNotConfigured:
        return
    url = _sign_out_url(found, answer)
    if url:
        request.session[PROVIDER_SIGN_OUT] = {
            "sign_in": str(passage.sign_in_id),
            "name": found.name,
            "url": keys.encrypt(url, _CONTEXT),
        }


def keep_offer(request: HttpRequest, kept: object) -> None:
    """Let the page after the sign-out make the offer; takes what the ended session held."""
    if isinstance(kept, dict):
        request.session[PROVIDER_SIGN_OUT] = kept
        request.session.set_expiry(KEPT_SECONDS)


def offer_in(request: HttpRequest) -> SignOutOffer | None:
    """The offer for this browser, if there is one; gone once the provider sent it back."""
    if "state" in request.GET:
        request.session.pop(PROVIDER_SIGN_OUT, None)
    kept = request.session.get(PROVIDER_SIGN_OUT)
    if not kept or request.user.is_authenticated:
        return None
    try:
        return SignOutOffer(kept["name"], keys.decrypt(kept["url"], _CONTEXT))
    except (keys.UnknownKeyError, ValueError):
        return None


def _sign_out_url(found: ProviderConfig, answer: ProviderAnswer | None) -> str:
    federation = found.federation
    if federation is not None and federation.protocol == Federation.Protocol.WS_FED:
        wanted = {
            "wa": "wsignout1.0",
            "wtrealm": our_urls.entity_id(found.tenant),
            "wreply": f"{our_urls.signed_out_url()}?{urlencode({'state': _name(found.tenant)})}",
        }
        return with_query(federation.endpoint, urlencode(wanted))
    if found.client is None or answer is None or not answer.end_session_endpoint:
        return ""
    wanted = {
        "client_id": found.client.client_id,
        "id_token_hint": answer.id_token,
        "post_logout_redirect_uri": our_urls.signed_out_url(),
        "state": _name(found.tenant),
    }
    return with_query(answer.end_session_endpoint, urlencode(wanted))


def _name(tenant: Tenant) -> str:
    """The organization, as the page names it that the provider sends the browser back to."""
    return str(tenant.primary_domain)
