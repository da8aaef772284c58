"""ID tokens: one mutation per check, and the attack set (SEC-43, SEC-44)."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc.jwk import OctKey, RSAKey

from identityproviders.oidc import discovery, tokens
from identityproviders.oidc.discovery import OpenIDMetadata
from identityproviders.oidc.tokens import ExpectedToken
from identityproviders.providers.verification_report import AnswerRefused, VerificationReport
from tests.support.document_server import DocumentServer
from tests.support.id_tokens import KEYS, claims, make

EXPECTED = ExpectedToken(client_id="client-1", nonce="nonce-1")
SMALL = RSAKey.generate_key(1024)
STRANGER = RSAKey.generate_key(2048)


def b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture
def provider(documents: DocumentServer) -> OpenIDMetadata:
    listed = [
        {**KEYS[name].as_dict(private=False), "kid": name, "use": "sig"}
        for name in ("rsa", "ec", "okp")
    ]
    listed.append({**KEYS["pss"].as_dict(private=False), "kid": "pss", "alg": "PS256"})
    listed.append({**SMALL.as_dict(private=False), "kid": "small"})
    listed.append({**STRANGER.as_dict(private=False), "kid": "for-encryption", "use": "enc"})
    listed.append({"kty": "oct", "k": b64(b"secret" * 8), "kid": "shared"})
    documents.documents["/jwks"] = {"keys": listed}
    return discovery.read_discovery_document(documents.publish_discovery(), documents.url)


def validate(token: str, provider: OpenIDMetadata) -> dict[str, Any]:
    return tokens.validate_id_token(token, provider, EXPECTED, VerificationReport(50027))


def refusal(token: str, provider: OpenIDMetadata) -> str:
    with pytest.raises(AnswerRefused) as refused:
        validate(token, provider)
    assert refused.value.code == 50027
    return str(refused.value)


@pytest.mark.rule("SEC-43", "SEC-44")
@pytest.mark.parametrize(
    ("kid", "alg"),
    [("rsa", "RS256"), ("rsa", "PS256"), ("pss", "PS256"), ("ec", "ES256"), ("okp", "EdDSA")],
)
def test_a_good_token_is_believed(provider: OpenIDMetadata, kid: str, alg: str) -> None:
    assert validate(make(claims(provider.issuer), kid=kid, alg=alg), provider)["sub"] == "sub-1"


@pytest.mark.rule("SEC-43")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "client-2"}, "meant for the client"),
        ({"aud": ["client-2"]}, "meant for the client"),
        ({"aud": ["client-1", "client-2"]}, "meant for the client"),
        ({"aud": ["client-1", "client-2"], "azp": "client-2"}, "meant for the client"),
        ({"azp": "client-2"}, "meant for the client"),
        ({"aud": None}, "meant for the client"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": "later"}, "expired"),
        ({"exp": True}, "expired"),
        ({"iat": 1}, "10 minutes"),
        ({"iat": None}, "10 minutes"),
        ({"iat": 9_999_999_999}, "10 minutes"),
        ({"nbf": 9_999_999_999}, "10 minutes"),
        ({"nonce": "nonce-2"}, "does not belong to the request"),
        ({"nonce": None}, "does not belong to the request"),
        ({"nonce": ["nonce-1"]}, "does not belong to the request"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "sub"),
    ],
)
def test_one_wrong_claim_refuses_the_token(
    provider: OpenIDMetadata, changed: dict[str, Any], words: str
) -> None:
    assert words in refusal(make(claims(provider.issuer, **changed)), provider)


@pytest.mark.rule("SEC-43")
def test_several_audiences_need_us_as_the_authorized_party(provider: OpenIDMetadata) -> None:
    payload = claims(provider.issuer, aud=["client-2", "client-1"], azp="client-1")
    assert validate(make(payload), provider)["azp"] == "client-1"


@pytest.mark.rule("SEC-43")
@pytest.mark.parametrize(("shift", "holds"), [(-59, True), (-62, False)])
def test_clocks_may_differ_by_a_minute(provider: OpenIDMetadata, shift: int, holds: bool) -> None:
    token = make(claims(provider.issuer, exp=int(time.time()) + shift))
    assert validate(token, provider) if holds else "expired" in refusal(token, provider)


def _public_pem() -> bytes:
    public: Any = KEYS["rsa"].public_key
    pem: bytes = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem


def attacks(issuer: str) -> dict[str, str]:
    """Thirty tokens that libraries have believed (V51 to V53)."""
    good = claims(issuer)
    signed = make(good)
    head, body, signature = signed.split(".")
    evil = b64({**good, "sub": "admin"})
    stranger = STRANGER.as_dict(private=False)
    none = {"alg": "none", "kid": "rsa"}
    critical = {"alg": "RS256", "kid": "rsa", "crit": ["x"], "x": 1}
    return {
        "none": f"{b64(none)}.{body}.",
        "None": f"{b64({**none, 'alg': 'None'})}.{body}.",
        "none with a signature": f"{b64(none)}.{body}.{signature}",
        "no algorithm": f"{b64({'kid': 'rsa'})}.{body}.{signature}",
        "a list of algorithms": f"{b64({'alg': ['RS256'], 'kid': 'rsa'})}.{body}.{signature}",
        "lower case": f"{b64({'alg': 'rs256', 'kid': 'rsa'})}.{body}.{signature}",
        "HS256 with the public key": make(
            good, alg="HS256", key=OctKey.import_key(b64(_public_pem()))
        ),
        "HS256 with the client's id": make(good, alg="HS256", key=OctKey.import_key("client-1")),
        "HS256 with a published secret": make(
            good, kid="shared", alg="HS256", key=OctKey.import_key("secret" * 8)
        ),
        "unlisted RS512": make(good, alg="RS512"),
        "unlisted RS384": make(good, alg="RS384"),
        "changed claims": f"{head}.{evil}.{signature}",
        "no signature": f"{head}.{body}.",
        "cut signature": f"{head}.{body}.{signature[:-10]}",
        "changed header": f"{b64({'alg': 'RS256', 'kid': 'pss'})}.{body}.{signature}",
        "a stranger's key": make(good, key=STRANGER),
        "own jwk": make(good, kid="mine", key=STRANGER, jwk=stranger),
        "own jwk with a known kid": make(good, key=STRANGER, jwk=stranger),
        "own jku": make(good, kid="mine", key=STRANGER, jku="https://evil.example/jwks"),
        "own x5u": make(good, kid="mine", key=STRANGER, x5u="https://evil.example/cert"),
        "own x5c": make(good, kid="mine", key=STRANGER, x5c=["AAAA"]),
        "an unknown kid": make(good, kid="unknown", key=STRANGER),
        "kid with a path": make(good, kid="../../../../dev/null", key=STRANGER),
        "kid with SQL": make(good, kid="' OR 1=1 --", key=STRANGER),
        "kid with NUL": make(good, kid="rsa\x00", key=STRANGER),
        "no kid where several keys fit": make(good, kid=None, alg="PS256", key=KEYS["rsa"]),
        "a key for encryption": make(good, kid="for-encryption", key=STRANGER),
        "a key for another algorithm": make(good, kid="pss", alg="RS256", key=KEYS["pss"]),
        "a key of another type": make(good, kid="rsa", alg="ES256", key=KEYS["ec"]),
        "a key too small": make(good, kid="small", key=SMALL),
        "unknown critical header": f"{b64(critical)}.{body}.{signature}",
        "detached payload": make(good, crit=["b64"], b64=True),
        "no object": make([good]),
        "no JSON": make(b"sub-1"),
        "deep JSON": make(b"[" * 20_000),
        "five parts": f"{signed}.x.y",
        "empty": "",
        "not ASCII": f"{head}.{body}.é",
    }


@pytest.mark.rule("SEC-44")
@pytest.mark.parametrize("name", attacks("https://idp.example"))
def test_crafted_tokens_are_refused(provider: OpenIDMetadata, name: str) -> None:
    assert refusal(attacks(provider.issuer)[name], provider)


@pytest.mark.rule("SEC-44")
def test_what_a_header_says_about_keys_is_not_looked_at(
    provider: OpenIDMetadata, documents: DocumentServer
) -> None:
    token = make(
        claims(provider.issuer),
        jku=f"{documents.url}/evil",
        x5u=f"{documents.url}/evil",
        jwk=STRANGER.as_dict(private=False),
    )
    assert validate(token, provider)["sub"] == "sub-1"
    assert documents.asked["/evil"] == 0


@pytest.mark.rule("SEC-43")
def test_the_report_names_each_check_and_claim_as_the_token_had_it(
    provider: OpenIDMetadata,
) -> None:
    report = VerificationReport(50027)
    payload = claims(provider.issuer, name="Zoë", groups=["é", "b"])

    tokens.validate_id_token(make(payload), provider, EXPECTED, report)

    found = {check.name: check.found for check in report.checks}
    assert {"RS256", provider.issuer, "client-1"} <= set(found.values())
    assert {str(payload["exp"]), str(payload["iat"])} <= set(found.values())
    assert None not in found
    assert all(check.problem == "" for check in report.checks)
    assert {("name", "Zoë"), ("groups", '["é", "b"]'), ("sub", "sub-1")} <= set(report.claims)


@pytest.mark.rule("SEC-43")
@pytest.mark.parametrize(("length", "is_good"), [(0, False), (1, True), (255, True), (256, False)])
def test_a_subject_has_one_to_255_characters(
    provider: OpenIDMetadata, length: int, is_good: bool
) -> None:
    token = make(claims(provider.issuer, sub="s" * length))

    if is_good:
        assert validate(token, provider)["sub"] == "s" * length
    else:
        assert "no usable “sub”" in refusal(token, provider)


@pytest.mark.rule("SEC-43")
@pytest.mark.parametrize(("ahead", "is_good"), [(50, True), (70, False)])
def test_a_token_may_begin_within_the_minute_that_clocks_differ(
    provider: OpenIDMetadata, ahead: int, is_good: bool
) -> None:
    token = make(claims(provider.issuer, nbf=int(time.time()) + ahead))

    if is_good:
        assert validate(token, provider)
    else:
        assert refusal(token, provider)
