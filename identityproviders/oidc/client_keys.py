"""Our signing keys for providers that ask for `private_key_jwt` (IDP-18)."""

from __future__ import annotations

from typing import Any

from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
BITS = 2048


def generate_client_key() -> str:
    """A new private key, as PEM."""
    return RSAKey.generate_key(BITS, private=True).as_pem(private=True).decode()


def key_id(private_pem: str) -> str:
    """The `kid` under which the provider knows the key: its thumbprint (RFC 7638)."""
    return RSAKey.import_key(private_pem).thumbprint()


def public_key(private_pem: str) -> dict[str, Any]:
    """The public half as a JWK, for registration at the provider."""
    key = RSAKey.import_key(private_pem)
    return {
        **key.as_dict(private=False),
        "kid": key.thumbprint(),
        "use": "sig",
        "alg": ALGORITHM,
    }
