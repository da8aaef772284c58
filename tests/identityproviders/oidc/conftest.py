"""A little web server that plays the documents of an OpenID provider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from identityproviders.oidc import discovery, keys
from tests.support.document_server import DocumentServer


@pytest.fixture
def documents(settings: Settings) -> Iterator[DocumentServer]:
    """The server, reachable through the guard; nothing is remembered from other tests."""
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.0/8"]
    discovery.forget_discovery()
    keys.forget_signing_keys()
    server = DocumentServer()
    server.thread.start()
    yield server
    server.server.shutdown()
    server.server.server_close()
    server.thread.join()
