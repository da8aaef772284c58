"""Discovery documents and key sets of OpenID providers (IDP-19, SEC-44, SEC-45)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from joserfc.jwk import RSAKey

from identityproviders.oidc import discovery, keys
from identityproviders.oidc.discovery import BadProvider
from portal.net.fetch import FetchFailed
from tests.support.document_server import DocumentServer


@pytest.mark.rule("IDP-19")
@pytest.mark.parametrize("name", discovery.REQUIRED)
def test_a_missing_member_is_named(documents: DocumentServer, name: str) -> None:
    documents.publish_discovery(**{name: None})
    with pytest.raises(BadProvider, match=name):
        discovery.discover_provider(documents.well_known_url, documents.url)


@pytest.mark.rule("IDP-19", "SEC-45")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"issuer": "https://evil.example"}, "of the issuer “https://evil.example”"),
        ({"response_types_supported": ["id_token"]}, "response type"),
        ({"authorization_endpoint": "http://idp.example/authorize"}, "https address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "https address"),
        ({"token_endpoint": "ftp://idp.example/token"}, "https address"),
        ({"jwks_uri": "https://user@idp.example/jwks"}, "https address"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "none of RS256"),
    ],
)
def test_unusable_documents_are_refused_with_a_reason(
    documents: DocumentServer, changed: dict[str, Any], words: str
) -> None:
    documents.publish_discovery(**changed)
    with pytest.raises(BadProvider, match=words):
        discovery.discover_provider(documents.well_known_url, documents.url)


@pytest.mark.rule("SEC-45")
def test_the_issuer_must_be_the_configured_one_letter_by_letter(documents: DocumentServer) -> None:
    documents.publish_discovery()
    with pytest.raises(BadProvider):
        discovery.discover_provider(documents.well_known_url, f"{documents.url}/")


@pytest.mark.rule("SEC-90")
def test_a_provider_in_a_private_network_is_not_asked(
    documents: DocumentServer, settings: Any
) -> None:
    documents.publish_discovery()
    settings.PORTAL_FETCH_NETWORKS = []
    with pytest.raises(FetchFailed, match="may not call"):
        discovery.discover_provider(documents.well_known_url, documents.url)
    assert not documents.asked


def test_a_document_is_kept_for_ten_minutes(documents: DocumentServer) -> None:
    documents.publish_discovery()
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        for _ in range(3):
            discovery.discover_provider(documents.well_known_url, documents.url)
        assert documents.asked.total() == 1
        discovery.discover_provider(documents.well_known_url, documents.url, is_fresh=True)
        clock.shift(timedelta(minutes=11))
        discovery.discover_provider(documents.well_known_url, documents.url)
        assert documents.asked.total() == 3


@pytest.mark.rule("SEC-44")
def test_an_unknown_key_asks_again_at_most_every_five_minutes(documents: DocumentServer) -> None:
    old, new = (RSAKey.generate_key(2048) for _ in range(2))
    url = f"{documents.url}/jwks"
    documents.documents["/jwks"] = {"keys": [{**old.as_dict(private=False), "kid": "old"}]}
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        assert keys.find_signing_key(url, "old", "RS256") is not None
        documents.documents["/jwks"]["keys"].append({**new.as_dict(private=False), "kid": "new"})
        for _ in range(20):
            assert keys.find_signing_key(url, "new", "RS256") is None
        assert documents.asked["/jwks"] == 1
        clock.shift(timedelta(minutes=5))
        for _ in range(20):
            assert keys.find_signing_key(url, "unknown", "RS256") is None
        assert documents.asked["/jwks"] == 2
        assert keys.find_signing_key(url, "new", "RS256") is not None
