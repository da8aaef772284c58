"""Which WS-Federation answers are believed (SEC-46, SEC-47, IDP-13)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from identityproviders.providers.verification_report import (
    AnswerRefused,
    ProviderAnswer,
    VerificationReport,
)
from identityproviders.saml import wsfed
from identityproviders.saml.assertion_checks import ExpectedAssertion
from tests.support.saml_forge import DS, NOW, sign, signer

A = "{urn:oasis:names:tc:SAML:1.0:assertion}"
T = "http://schemas.xmlsoap.org/ws/2005/02/trust"
T13 = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
LIVE = "http://schemas.microsoft.com/LiveID/Federation/2008/05"
EXPECTED = ExpectedAssertion(
    issuer="urn:partner",
    certificates=signer().certificate,
    domains=frozenset({"partner.example"}),
    audience="https://portal.example/tenant/",
    consumer_url="https://portal.example/tenant/saml/x/acs/",
    request_id="wctx",
    provider_key="provider",
    now=NOW,
)
GOOD = {
    "version": "1",
    "issuer": "urn:partner",
    "start": "2026-11-25T11:59:00Z",
    "end": "2026-11-25T12:05:00Z",
    "audience": EXPECTED.audience,
    "method": "urn:oasis:names:tc:SAML:1.0:cm:bearer",
    "immutable": "immutable-1",
    "mail": "ada@partner.example",
    "other_name": "ada",
    "more_conditions": "",
}


def answer(trust: str = T, *, in_collection: bool = False, **changed: str) -> Any:
    """A token response with a signed SAML 1.1 assertion."""
    v = GOOD | changed

    def attribute(namespace: str, name: str, value: str) -> str:
        return (
            f'<saml:Attribute AttributeNamespace="{namespace}" AttributeName="{name}">'
            f"<saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
        )

    def subject(name: str) -> str:
        return (
            f"<saml:Subject><saml:NameIdentifier>{name}</saml:NameIdentifier>"
            "<saml:SubjectConfirmation><saml:ConfirmationMethod>"
            f"{v['method']}</saml:ConfirmationMethod></saml:SubjectConfirmation></saml:Subject>"
        )

    assertion = (
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" MajorVersion="1"'
        f' MinorVersion="{v["version"]}" AssertionID="_a1" Issuer="{v["issuer"]}"'
        ' IssueInstant="2026-11-25T12:00:00Z">'
        f'<saml:Conditions NotBefore="{v["start"]}" NotOnOrAfter="{v["end"]}">'
        "<saml:AudienceRestrictionCondition><saml:Audience>"
        f"{v['audience']}</saml:Audience></saml:AudienceRestrictionCondition>"
        f"{v['more_conditions']}</saml:Conditions>"
        f"<saml:AttributeStatement>{subject('ada')}"
        f"{attribute(CLAIMS, 'emailaddress', v['mail'])}"
        f"{attribute(LIVE, 'ImmutableID', v['immutable'])}</saml:AttributeStatement>"
        '<saml:AuthenticationStatement AuthenticationMethod="urn:x"'
        f' AuthenticationInstant="2026-11-25T12:00:00Z">{subject(v["other_name"])}'
        "</saml:AuthenticationStatement></saml:Assertion>"
    )
    token = (
        f'<t:RequestSecurityTokenResponse xmlns:t="{trust}" Context="wctx">'
        f"<t:RequestedSecurityToken>{assertion}</t:RequestedSecurityToken>"
        "</t:RequestSecurityTokenResponse>"
    )
    if in_collection:
        name = "RequestSecurityTokenResponseCollection"
        token = f'<t:{name} xmlns:t="{trust}">{token}</t:{name}>'
    root = etree.fromstring(token)
    node = next(root.iter(f"{A}Assertion"))
    sign(node, signer(), id_attribute="AssertionID")
    return root


def read(
    root: Any, wanted: ExpectedAssertion = EXPECTED, report: VerificationReport | None = None
) -> ProviderAnswer:
    return wsfed.read_wsfed_response(
        etree.tostring(root).decode(), wanted, report or VerificationReport(20001)
    )


@pytest.mark.rule("IDP-13", "SEC-34")
@pytest.mark.parametrize("trust", [T, T13])
@pytest.mark.parametrize("in_collection", [False, True])
def test_a_good_token_proves_immutable_id_and_address(trust: str, in_collection: bool) -> None:
    found = read(answer(trust, in_collection=in_collection))
    assert (found.subject, found.issuer, found.assertion_id) == (
        "immutable-1",
        "urn:partner",
        "_a1",
    )
    assert found.addresses == {"ada@partner.example"}


OTHER_AUDIENCE = (
    "<saml:AudienceRestrictionCondition><saml:Audience>https://other.example/</saml:Audience>"
    "</saml:AudienceRestrictionCondition>"
)
MUTATIONS = {
    "version": ({"version": "0"}, 20001),
    "issuer": ({"issuer": "urn:evil"}, 20001),
    "not yet": ({"start": "2026-11-25T12:03:00Z"}, 20001),
    "over": ({"end": "2026-11-25T11:57:00Z"}, 20001),
    "endless": ({"end": ""}, 20001),
    "audience": ({"audience": "https://other.example/"}, 20001),
    "audience of a second restriction": ({"more_conditions": OTHER_AUDIENCE}, 20001),
    "holder of key": ({"method": "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"}, 20001),
    "no ImmutableID": ({"immutable": ""}, 20001),
    "two subjects": ({"other_name": "admin"}, 20001),
    "foreign address": ({"mail": "ada@evil.example"}, 5000819),
}


@pytest.mark.rule("SEC-46", "IDP-14")
@pytest.mark.parametrize("name", MUTATIONS)
def test_one_wrong_statement_refuses_the_token(name: str) -> None:
    values, code = MUTATIONS[name]
    with pytest.raises(AnswerRefused) as refused:
        read(answer(T, **values))  # type: ignore[arg-type]
    assert refused.value.code == code


@pytest.mark.rule("SEC-47")
def test_tampered_unsigned_and_moved_tokens_are_refused() -> None:
    changed = answer()
    next(changed.iter(f"{A}AttributeValue")).text = "admin@partner.example"
    unsigned = answer()
    node = next(unsigned.iter(f"{A}Assertion"))
    node.remove(node.find(f"{DS}Signature"))
    moved = answer()
    moved.append(next(moved.iter(f"{A}Assertion")))
    bare = next(answer().iter(f"{A}Assertion"))
    for root in (changed, unsigned, moved, bare):
        with pytest.raises(AnswerRefused):
            read(root)
    with pytest.raises(AnswerRefused, match="does not match"):
        read(answer(), replace(EXPECTED, certificates=signer("stranger").certificate))
    with pytest.raises(AnswerRefused, match="document type"):
        wsfed.read_wsfed_response("<!DOCTYPE a><a/>", EXPECTED, VerificationReport(20001))
