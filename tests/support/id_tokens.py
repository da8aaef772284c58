"""Make ID tokens, good ones and wrong ones."""

from __future__ import annotations

import json
import time
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

KEYS: dict[str, Key] = {
    "rsa": RSAKey.generate_key(2048),
    "pss": RSAKey.generate_key(2048),
    "ec": ECKey.generate_key("P-256"),
    "okp": OKPKey.generate_key("Ed25519"),
}


ALL = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "HS256", "none", "RS512", "RS384"]


def claims(issuer: str, **changed: Any) -> dict[str, Any]:
    """Those of a good token; a claim given as None is left out."""
    now = int(time.time())
    good = {
        "iss": issuer,
        "aud": "client-1",
        "sub": "sub-1",
        "iat": now,
        "exp": now + 300,
        "nonce": "nonce-1",
        **changed,
    }
    return {name: value for name, value in good.items() if value is not None}


def make(
    payload: Any, *, kid: str | None = "rsa", alg: str = "RS256", key: Any = None, **header: Any
) -> str:
    """A signed token."""
    head = {"alg": alg, **({"kid": kid} if kid is not None else {}), **header}
    registry = JWSRegistry(algorithms=ALL, strict_check_header=False)
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return jws.serialize_compact(head, body, key or KEYS[kid or "rsa"], registry=registry)
