"""What a partner's provider gives away: certificates and metadata documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from identityproviders.providers.federations.actions import FederationSettings

ISSUER = "https://idp.fabrikam.org/"
ENDPOINT = "https://signin.fabrikam.org/sso"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


@cache
def _key(kind: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey:
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "short":
        return rsa.generate_private_key(65537, 1024)  # noqa: S505  to be refused
    return ec.generate_private_key(ec.SECP256R1())


def certificate(*, days: int = 365, name: str = "Fabrikam signing", kind: str = "ec") -> str:
    """A PEM certificate that expires in so many days."""
    key = _key(kind)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, None if kind == "ed25519" else hashes.SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


def bare(pem: str) -> str:
    """The base64 text of a PEM certificate, as metadata has it."""
    return "".join(pem.split("-----")[2].split())


def keys(*pems: str, use: str = ' use="signing"') -> str:
    """Key descriptors of a metadata document."""
    return "".join(
        f"<md:KeyDescriptor{use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{bare(pem)}"
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for pem in pems
    )


def service(location: str = ENDPOINT, binding: str = REDIRECT) -> str:
    """A single sign-on service of a SAML provider."""
    return f'<md:SingleSignOnService Binding="{binding}" Location="{location}"/>'


def passive(location: str = ENDPOINT) -> str:
    """The passive endpoint of a WS-Federation provider."""
    return (
        "<fed:PassiveRequestorEndpoint><wsa:EndpointReference><wsa:Address>"
        f"{location}</wsa:Address></wsa:EndpointReference></fed:PassiveRequestorEndpoint>"
    )


def saml_role(*parts: str) -> str:
    """The descriptor of a SAML provider."""
    return (
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{''.join(parts)}</md:IDPSSODescriptor>"
    )


def wsfed_role(*parts: str, kind: str = "fed:SecurityTokenServiceType") -> str:
    """The descriptor of a WS-Federation provider."""
    return (
        f'<md:RoleDescriptor xsi:type="{kind}" '
        'protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706">'
        f"{''.join(parts)}</md:RoleDescriptor>"
    )


NAMESPACES = (
    'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
    'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
    'xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706" '
    'xmlns:wsa="http://www.w3.org/2005/08/addressing" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def entity(*roles: str, issuer: str = ISSUER, attributes: str = "") -> bytes:
    """A metadata document of one provider."""
    return (
        f'<md:EntityDescriptor {NAMESPACES} entityID="{issuer}"{attributes}>'
        f"{''.join(roles)}</md:EntityDescriptor>"
    ).encode()


def saml_metadata(*pems: str, issuer: str = ISSUER, endpoint: str = ENDPOINT) -> bytes:
    """The usual metadata of a SAML provider."""
    return entity(saml_role(keys(*pems), service(endpoint, POST), service(endpoint)), issuer=issuer)


def wsfed_metadata(*pems: str) -> bytes:
    """The usual metadata of a WS-Federation provider."""
    return entity(wsfed_role(keys(*pems), passive()))


SETTINGS = FederationSettings(
    "Fabrikam", "https://idp.fabrikam.org/", "https://idp.fabrikam.org/sso", certificate()
)
"""Of Fabrikam's SAML provider."""
