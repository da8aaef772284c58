"""How we ask for a token and for UserInfo (IDP-18, SEC-42, SEC-43, SEC-45)."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from identityproviders.oidc import client, client_keys
from identityproviders.oidc.claims import Trust
from identityproviders.oidc.client import Client
from identityproviders.providers.verification_report import (
    AnswerRefused,
    ProviderAnswer,
    ReportedCheck,
    VerificationReport,
)
from tests.support.document_server import DocumentServer
from tests.support.id_tokens import KEYS, claims, make

SECRET = "a secret of at least thirty-two characters"
ADDRESS = {"email": "ada@partner.example", "email_verified": True}


@pytest.fixture
def us(documents: DocumentServer) -> Client:
    """We, as a client of a provider that gives a good token with an address."""
    documents.publish_discovery(userinfo_endpoint=f"{documents.url}/userinfo")
    documents.documents["/jwks"] = {"keys": [{**KEYS["rsa"].as_dict(private=False), "kid": "rsa"}]}
    grant(documents, **ADDRESS)
    return Client(
        provider_key="provider",
        issuer=documents.url,
        bound_issuer=documents.url,
        well_known_url=documents.well_known_url,
        client_id="client-1",
        redirect_uri="https://portal.example/callback/",
        trust=Trust.CUSTOM,
        domains=frozenset({"partner.example"}),
        secret=SECRET,
    )


def grant(documents: DocumentServer, **more: Any) -> None:
    """What the token endpoint answers."""
    token = make(claims(documents.url, **more))
    documents.documents["/token"] = {"id_token": token, "access_token": "access-1"}


def read(us: Client, report: VerificationReport | None = None, **parameters: str) -> ProviderAnswer:
    given = {"code": "code-1", **parameters}
    return client.read_code_answer(
        us, given, "nonce-1", "verifier-1", report or VerificationReport(50027)
    )


@pytest.mark.rule("IDP-18", "SEC-42")
def test_a_secret_is_posted_with_code_and_verifier(us: Client, documents: DocumentServer) -> None:
    assert read(us).addresses == {"ada@partner.example"}
    assert documents.forms == [
        {
            "grant_type": "authorization_code",
            "code": "code-1",
            "redirect_uri": us.redirect_uri,
            "code_verifier": "verifier-1",
            "client_id": "client-1",
            "client_secret": SECRET,
        }
    ]


@pytest.mark.rule("IDP-18")
@pytest.mark.parametrize("method", ["client_secret_jwt", "private_key_jwt"])
def test_an_assertion_takes_the_place_of_the_secret(
    us: Client, documents: DocumentServer, method: str
) -> None:
    private_key = client_keys.generate_client_key()
    read(replace(us, authentication=method, private_key=private_key))
    [form] = documents.forms
    assert "client_secret" not in form
    assert form["client_assertion_type"].endswith(":jwt-bearer")
    if method == "private_key_jwt":
        key: Any = RSAKey.import_key(client_keys.public_key(private_key))
    else:
        key = OctKey.import_key(SECRET)
    token = jwt.decode(form["client_assertion"], key, algorithms=["RS256", "HS256"])
    assert token.claims["iss"] == token.claims["sub"] == "client-1"
    assert token.claims["aud"] == f"{documents.url}/token"
    assert 0 < token.claims["exp"] - time.time() <= 60
    assert token.claims["jti"]
    if method == "private_key_jwt":
        assert token.header["kid"] == client_keys.key_id(private_key)


@pytest.mark.rule("IDP-18")
def test_a_key_that_cannot_be_used_is_a_clear_refusal(us: Client) -> None:
    with pytest.raises(AnswerRefused, match="Our key for this provider"):
        read(replace(us, authentication="private_key_jwt", private_key="no key"))


@pytest.mark.rule("SEC-43")
def test_userinfo_is_asked_only_for_an_address_that_the_token_lacks(
    us: Client, documents: DocumentServer
) -> None:
    read(us)
    assert documents.asked["/userinfo"] == 0
    grant(documents)
    documents.documents["/userinfo"] = {"sub": "sub-1", **ADDRESS}
    report = VerificationReport(50027)
    assert read(us, report).addresses == {"ada@partner.example"}
    assert ("email (UserInfo)", "ada@partner.example") in report.claims


@pytest.mark.rule("SEC-43", "SEC-35")
def test_step_8_a_confirmation_that_stands_only_in_userinfo_counts(
    us: Client, documents: DocumentServer
) -> None:
    grant(documents, email=ADDRESS["email"])
    documents.documents["/userinfo"] = {"sub": "sub-1", **ADDRESS}
    assert read(us).addresses == {"ada@partner.example"}


@pytest.mark.rule("SEC-43", "SEC-35")
def test_a_confirmation_of_another_address_counts_for_nothing(
    us: Client, documents: DocumentServer
) -> None:
    grant(documents, email="boss@partner.example")
    documents.documents["/userinfo"] = {"sub": "sub-1", **ADDRESS}
    answer = read(us)
    assert (answer.address, answer.addresses) == ("boss@partner.example", frozenset())


@pytest.mark.rule("SEC-35", "SEC-25")
def test_a_userinfo_that_fails_leaves_an_address_unconfirmed(
    us: Client, documents: DocumentServer
) -> None:
    grant(documents, email=ADDRESS["email"])
    answer = read(us)
    assert (answer.address, answer.addresses) == ("ada@partner.example", frozenset())


@pytest.mark.rule("SEC-43", "SIN-6")
def test_step_9_userinfo_as_a_token_is_a_wrong_configuration(
    us: Client, documents: DocumentServer
) -> None:
    grant(documents)
    documents.documents["/userinfo"] = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
    with pytest.raises(AnswerRefused, match="JWT") as refusal:
        read(us)
    assert refusal.value.code == 50049


@pytest.mark.rule("SEC-43")
@pytest.mark.parametrize("subject", ["sub-2", "", None, 1])
def test_userinfo_about_another_subject_is_refused(
    us: Client, documents: DocumentServer, subject: object
) -> None:
    grant(documents)
    documents.documents["/userinfo"] = {"sub": subject, **ADDRESS}
    with pytest.raises(AnswerRefused, match="another person"):
        read(us)


@pytest.mark.rule("IDP-18", "SEC-35")
def test_without_any_address_the_identity_stands_alone(
    us: Client, documents: DocumentServer
) -> None:
    grant(documents)
    documents.documents["/userinfo"] = {"sub": "sub-1"}
    answer = read(us)
    assert (answer.subject, answer.address, answer.addresses) == ("sub-1", "", frozenset())


@pytest.mark.rule("IDP-18")
def test_a_mapped_subject_is_the_key(us: Client, documents: DocumentServer) -> None:
    grant(documents, oid="object-1", **ADDRESS)
    assert read(replace(us, claims={"sub": "oid"})).subject == "object-1"
    with pytest.raises(AnswerRefused, match="mapped to"):
        read(replace(us, claims={"sub": "missing"}))


@pytest.mark.rule("SEC-45")
def test_an_announced_issuer_must_come_with_the_response(
    us: Client, documents: DocumentServer
) -> None:
    documents.publish_discovery(authorization_response_iss_parameter_supported=True)
    with pytest.raises(AnswerRefused, match="comes from the issuer"):
        read(us)
    assert read(us, iss=documents.url).subject == "sub-1"
    assert len(documents.forms) == 1


@pytest.mark.rule("SEC-43", "SEC-90")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "invalid|HTTP 404|not with what was asked"),
        ({}, "no ID token"),
        ({"id_token": 7}, "no ID token"),
        ({"id_token": "a.b"}, "no ID token"),
        ({"id_token": ["x"]}, "no ID token"),
        (["x"], "could not be asked"),
    ],
)
def test_a_token_endpoint_that_answers_nonsense_is_a_clear_refusal(
    us: Client, documents: DocumentServer, answer: Any, words: str
) -> None:
    documents.documents["/token"] = answer
    with pytest.raises(AnswerRefused, match=words):
        read(us)


@pytest.mark.rule("SEC-101")
def test_neither_secret_nor_token_stands_in_the_report_or_a_representation(us: Client) -> None:
    report = VerificationReport(50027)
    read(us, report)
    told = str(report) + str(us) + repr(client.Request())
    assert SECRET not in told
    assert "access-1" not in told
    assert "code_verifier" not in told
    assert ReportedCheck("Nonce") in report.checks
