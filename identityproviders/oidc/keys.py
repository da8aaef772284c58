"""Fetch and keep the signing keys of OpenID providers, in this process (SEC-44).

They are not in the shared cache: a program that can write there could sign in as any user.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from portal.net import fetch

KEPT_SECONDS = 3600
ASK_AGAIN_SECONDS = 300
"""SEC-44: for an unknown key id, at most once in that time."""
SMALLEST_RSA_BITS = 2048
MOST_KEYS = 100
_MOST_KEPT = 256


@dataclass
class _KeySet:
    """The keys at one address, as they were when last asked for."""

    asked_at: float
    keys: list[dict[str, Any]] = field(default_factory=list)


def find_signing_key(
    jwks_uri: str, kid: str | None, algorithm: str, *, is_fresh: bool = False
) -> Key | None:
    """The key with exactly that id that fits the algorithm; None if there is none.

    Without an id the set must hold a single key that fits. An unknown id asks the provider
    again, at most every five minutes. Raises: FetchFailed.
    """
    with _lock:
        kept = _kept.get(jwks_uri)
    is_kept = kept is not None and time.time() - kept.asked_at < KEPT_SECONDS and not is_fresh
    key_set = kept if kept is not None and is_kept else _ask(jwks_uri)
    found = _choose(key_set.keys, kid, algorithm)
    if found is None and is_kept and time.time() - key_set.asked_at >= ASK_AGAIN_SECONDS:
        found = _choose(_ask(jwks_uri).keys, kid, algorithm)
    return found


def forget_signing_keys() -> None:
    """Ask for every key set again next time."""
    with _lock:
        _kept.clear()


_kept: dict[str, _KeySet] = {}
_lock = threading.Lock()


def _ask(jwks_uri: str) -> _KeySet:
    keys = fetch.get_json(jwks_uri).get("keys")
    listed = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    found = _KeySet(time.time(), listed[:MOST_KEYS])
    with _lock:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[jwks_uri] = found
    return found


def _choose(keys: list[dict[str, Any]], kid: str | None, algorithm: str) -> Key | None:
    """The one key that may be meant: two with the same id are none."""
    wanted = [key for key in keys if kid is None or key.get("kid") == kid]
    fitting = [key for key in map(lambda raw: _fitting(raw, algorithm), wanted) if key is not None]
    return fitting[0] if len(fitting) == 1 else None


def _fitting(raw: dict[str, Any], algorithm: str) -> Key | None:
    """The key, if it is one for signatures with this algorithm."""
    if raw.get("use", "sig") != "sig" or raw.get("alg", algorithm) != algorithm:
        return None
    public = {name: raw[name] for name in _PUBLIC.get(str(raw.get("kty")), ()) if name in raw}
    try:
        key = import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if _fits(key, algorithm) else None


# Nothing else of a key is looked at: no certificate, no address, no private part.
_PUBLIC = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x")}


def _fits(key: Key, algorithm: str) -> bool:
    match algorithm:
        case "RS256" | "PS256":
            return isinstance(key, RSAKey) and _bits(key) >= SMALLEST_RSA_BITS
        case "ES256":
            return isinstance(key, ECKey) and key.curve_name == "P-256"
        case "EdDSA":
            return isinstance(key, OKPKey) and key.curve_name == "Ed25519"
    return False


def _bits(key: RSAKey) -> int:
    public = key.public_key
    return public.key_size if isinstance(public, rsa.RSAPublicKey) else 0
