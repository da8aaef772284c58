"""Our own key where a client proves itself with `private_key_jwt` (IDP-18)."""

from __future__ import annotations

from joserfc.jwk import RSAKey

BITS = 2048
"""Every provider takes RS256 with such a key."""


def generate() -> str:
    """A new private key, as PEM; `client.public_keys` gives what the provider checks it with."""
    return RSAKey.generate_key(BITS, private=True).as_pem(private=True).decode()
