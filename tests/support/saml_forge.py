"""Answers as a partner makes them, and as an attacker changes them.

Nothing of the portal is used here: keys by cryptography, signatures by signxml's signer.
"""

from __future__ import annotations

import base64
import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from identityproviders.providers.verification_report import (
    AnswerRefused,
    ProviderAnswer,
    VerificationReport,
)
from identityproviders.saml import response
from identityproviders.saml.assertion_checks import ExpectedAssertion

A = "{urn:oasis:names:tc:SAML:2.0:assertion}"
P = "{urn:oasis:names:tc:SAML:2.0:protocol}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)

Change = Callable[[Any], None]


@dataclass(frozen=True)
class Signer:
    """A key with its certificate."""

    key: str
    certificate: str


@functools.cache
def signer(name: str = "partner", *, days: tuple[int, int] = (-3650, 3650)) -> Signer:
    """A key pair; the same for the same name. `days` from now the certificate begins and ends."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Signer(pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode())


@dataclass(frozen=True)
class Facts:
    """What a good answer says; `replace` one to make a bad one."""

    issuer: str = "https://idp.partner.example/entity"
    response_issuer: str | None = None
    audience: str = "https://portal.example/tenant/"
    consumer_url: str = "https://portal.example/tenant/saml/x/acs/"
    destination: str | None = None
    recipient: str | None = None
    request_id: str = "_request"
    assertion_request_id: str | None = None
    subject: str = "s-123"
    subject_format: str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    confirmation: str = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success"
    not_before: str = "2026-11-25T11:59:00Z"
    not_on_or_after: str = "2026-11-25T12:05:00Z"
    confirmed_until: str = "2026-11-25T12:05:00Z"
    claims: dict[str, list[str]] = field(default_factory=lambda: {EMAIL: ["Ada@partner.example"]})
    response_id: str = "_response"
    assertion_id: str = "_assertion"
    extra_condition: str = ""


def text(facts: Facts) -> str:
    """The unsigned response."""
    attributes = "".join(
        f'<saml:Attribute Name="{name}">'
        + "".join(f"<saml:AttributeValue>{v}</saml:AttributeValue>" for v in values)
        + "</saml:Attribute>"
        for name, values in facts.claims.items()
    )

    def or_default(value: str | None, default: str) -> str:
        return default if value is None else value

    return (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
        ' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
        f' ID="{facts.response_id}" Version="2.0" IssueInstant="2026-11-25T12:00:00Z"'
        f' Destination="{or_default(facts.destination, facts.consumer_url)}"'
        f' InResponseTo="{facts.request_id}">'
        f"<saml:Issuer>{or_default(facts.response_issuer, facts.issuer)}</saml:Issuer>"
        f'<samlp:Status><samlp:StatusCode Value="{facts.status}"/></samlp:Status>'
        f'<saml:Assertion ID="{facts.assertion_id}" Version="2.0"'
        ' IssueInstant="2026-11-25T12:00:00Z">'
        f"<saml:Issuer>{facts.issuer}</saml:Issuer>"
        f'<saml:Subject><saml:NameID Format="{facts.subject_format}">{facts.subject}</saml:NameID>'
        f'<saml:SubjectConfirmation Method="{facts.confirmation}">'
        f'<saml:SubjectConfirmationData NotOnOrAfter="{facts.confirmed_until}"'
        f' Recipient="{or_default(facts.recipient, facts.consumer_url)}"'
        f' InResponseTo="{or_default(facts.assertion_request_id, facts.request_id)}"/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{facts.not_before}" NotOnOrAfter="{facts.not_on_or_after}">'
        f"<saml:AudienceRestriction><saml:Audience>{facts.audience}</saml:Audience>"
        f"</saml:AudienceRestriction>{facts.extra_condition}</saml:Conditions>"
        '<saml:AuthnStatement AuthnInstant="2026-11-25T12:00:00Z"><saml:AuthnContext>'
        "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement>"
        "</saml:Assertion></samlp:Response>"
    )


def signed(
    facts: Facts | None = None,
    *,
    by: Signer | None = None,
    what: str = "assertion",
    before: Change | None = None,
    method: SignatureMethod = SignatureMethod.RSA_SHA256,
    digest: DigestAlgorithm = DigestAlgorithm.SHA256,
) -> Any:
    """The root of a response whose `assertion`, `response` or `both` is signed.

    `before` changes the tree before it is signed.
    """
    root = etree.fromstring(text(facts or Facts()))
    if before is not None:
        before(root)
    for name in {"both": ("assertion", "response")}.get(what, (what,)):
        node = root if name == "response" else root.find(f"{A}Assertion")
        sign(node, by or signer(), method=method, digest=digest)
    return root


class _AnySigner(XMLSigner):
    """Signs with forgotten algorithms too, as old partners do."""

    def check_deprecated_methods(self) -> None:
        """Let them pass."""


def sign(
    node: Any,
    by: Signer,
    *,
    id_attribute: str = "ID",
    method: SignatureMethod = SignatureMethod.RSA_SHA256,
    digest: DigestAlgorithm = DigestAlgorithm.SHA256,
) -> None:
    """Put a signature by `by` into `node`."""
    made = _AnySigner(
        signature_algorithm=method, digest_algorithm=digest, c14n_algorithm=EXCLUSIVE
    ).sign(
        node,
        key=by.key,
        cert=by.certificate,
        reference_uri=f"#{node.get(id_attribute)}",
        id_attribute=id_attribute,
    )
    for stale in node.findall(f"{DS}Signature"):
        node.remove(stale)
    node.insert(1, made.find(f"{DS}Signature"))


def encoded(root: Any) -> str:
    """As the form field SAMLResponse carries it."""
    return base64.b64encode(etree.tostring(root)).decode()


def evil(assertion: Any) -> Any:
    """A copy of the assertion that names somebody else, without a signature."""
    forged = copy.deepcopy(assertion)
    for signature in forged.findall(f"{DS}Signature"):
        forged.remove(signature)
    forged.set("ID", "_evil")
    forged.find(f"{A}Subject/{A}NameID").text = "admin"
    forged.find(f".//{A}AttributeValue").text = "admin@partner.example"
    return forged


GOOD = Facts()


def expected(now: datetime = NOW, certificates: str = "") -> ExpectedAssertion:
    return ExpectedAssertion(
        issuer=GOOD.issuer,
        certificates=certificates or signer().certificate,
        domains=frozenset({"partner.example"}),
        audience=GOOD.audience,
        consumer_url=GOOD.consumer_url,
        request_id=GOOD.request_id,
        provider_key="provider",
        now=now,
    )


def read(root: Any, wanted: ExpectedAssertion | None = None) -> ProviderAnswer:
    return response.read_saml_response(
        response.parse_saml_document(encoded(root)), wanted or expected(), VerificationReport(50008)
    )


def refusal(root: Any, wanted: ExpectedAssertion | None = None) -> AnswerRefused:
    with pytest.raises(AnswerRefused) as caught:
        read(root, wanted)
    return caught.value
