"""Read federation metadata of a partner: issuer, endpoint, signing certificates (IDP-9, IDP-10).

SAML 2.0 providers describe themselves in an `IDPSSODescriptor`, WS-Federation ones in a
`RoleDescriptor` with a `PassiveRequestorEndpoint`; one document may hold both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation import gettext_lazy as _

from identityproviders.models import Federation
from identityproviders.providers.federations.certificates import (
    BadCertificate,
    Certificate,
    leaf_certificate,
    load_certificates,
    read_certificates,
)
from identityproviders.saml import documents
from identityproviders.saml.documents import BadDocument, Element
from portal.net import fetch

Protocol = Federation.Protocol

REDIRECT_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_BINDINGS = (
    (REDIRECT_BINDING, Federation.Binding.REDIRECT),
    ("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", Federation.Binding.POST),
)
_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_FEDERATION = "http://docs.oasis-open.org/wsfed/federation/200706"
_ADDRESSING = "http://www.w3.org/2005/08/addressing"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"

_M = f"{{{_METADATA}}}"
_F = f"{{{_FEDERATION}}}"
_A = f"{{{_ADDRESSING}}}"
_D = f"{{{_SIGNATURE}}}"


class BadMetadata(BadDocument):
    """The document is no metadata of a provider; the message names what is missing (IDP-10)."""


@dataclass(frozen=True)
class PartnerMetadata:
    """What a document says about one provider."""

    protocol: Protocol
    issuer: str
    endpoint: str
    certificates: tuple[Certificate, ...]
    binding: Federation.Binding = Federation.Binding.REDIRECT
    remarks: tuple[str, ...] = ()
    """Why some of its certificates were left out."""


def parse_partner_metadata(data: bytes, protocol: Protocol, now: datetime) -> PartnerMetadata:
    """What the metadata in `data` says for `protocol`.

    Raises: BadMetadata naming the missing element; BadDocument for what is no plain XML.
    """
    entity, role = _role(documents.parse_metadata(data), protocol)
    issuer = str(entity.get("entityID", "")).strip()
    if not issuer:
        raise BadMetadata(_("The <EntityDescriptor> of the metadata has no entityID."))
    for node in (role, *role.iterancestors()):
        _check_validity(node, now)
    if protocol is Protocol.SAML:
        endpoint, binding = _saml_endpoint(role)
    else:
        endpoint, binding = _wsfed_endpoint(role), Federation.Binding.REDIRECT
    _check_endpoint(endpoint)
    certificates, remarks = _certificates(role, now)
    return PartnerMetadata(protocol, issuer, endpoint, certificates, binding, remarks)


def _role(root: Element, protocol: Protocol) -> tuple[Element, Element]:
    """The entity of the document that is a provider, and its descriptor."""
    if root.tag not in {f"{_M}EntityDescriptor", f"{_M}EntitiesDescriptor"}:
        raise _missing("EntityDescriptor")
    find = _saml_role if protocol is Protocol.SAML else _wsfed_role
    found = [
        (entity, role)
        for entity in root.iter(f"{_M}EntityDescriptor")
        if (role := find(entity)) is not None
    ]
    if not found:
        raise _missing("IDPSSODescriptor" if protocol is Protocol.SAML else "RoleDescriptor")
    if len(found) > 1:
        raise BadMetadata(_("The metadata describes several providers. Use the document of one."))
    return found[0]


def _saml_role(entity: Element) -> Element | None:
    for role in entity.findall(f"{_M}IDPSSODescriptor"):
        if _PROTOCOL in str(role.get("protocolSupportEnumeration", "")).split():
            return role
    return None


def _wsfed_role(entity: Element) -> Element | None:
    """The security token service: an application service may stand beside it."""
    for role in entity.findall(f"{_M}RoleDescriptor"):
        kind = str(role.get(f"{{{_INSTANCE}}}type", "")).rpartition(":")[2]
        if kind == "SecurityTokenServiceType":
            return role
    return None


def _saml_endpoint(role: Element) -> tuple[str, Federation.Binding]:
    """Where requests go, by HTTP-Redirect where the partner takes that, else by HTTP-POST."""
    services = role.findall(f"{_M}SingleSignOnService")
    if not services:
        raise _missing("SingleSignOnService")
    for uri, binding in _BINDINGS:
        for service in services:
            if service.get("Binding") == uri and service.get("Location"):
                return str(service.get("Location")).strip(), binding
    raise BadMetadata(
        _(
            "The metadata has no <SingleSignOnService> with the HTTP-Redirect or the HTTP-POST "
            "binding."
        )
    )


def _wsfed_endpoint(role: Element) -> str:
    address = role.find(f"{_F}PassiveRequestorEndpoint/{_A}EndpointReference/{_A}Address")
    text = str(address.text or "").strip() if address is not None else ""
    if not text:
        raise _missing("PassiveRequestorEndpoint")
    return text


def _certificates(role: Element, now: datetime) -> tuple[tuple[Certificate, ...], tuple[str, ...]]:
    """The certificates of the keys that sign, and why others were left out.

    A key without a use does both. Beside a usable certificate, one that can't be used is left out
    with a remark; if none is usable, its reason is the refusal.

    Raises: BadMetadata.
    """
    usable: dict[str, Certificate] = {}
    remarks: list[str] = []
    chains = list(_chains(role))
    if not chains:
        raise _missing("X509Certificate")
    for chain in chains:
        try:
            for one in read_certificates(_leaf_text(chain), now):
                usable[one.fingerprint] = one
        except BadCertificate as error:
            remarks.append(str(error))
    if not usable:
        raise BadMetadata(remarks[0])
    return tuple(usable.values()), tuple(dict.fromkeys(remarks))


def _chains(role: Element) -> Iterator[list[str]]:
    """The texts of the certificates of each signing key: its own, and perhaps its issuers'."""
    for key in role.findall(f"{_M}KeyDescriptor"):
        if key.get("use") in {None, "signing"}:
            for data in key.iter(f"{_D}X509Data"):
                texts = [str(node.text or "").strip() for node in data.iter(f"{_D}X509Certificate")]
                if chain := [text for text in texts if text]:
                    yield chain


def _leaf_text(chain: list[str]) -> str:
    """The certificate of the key itself in PEM.

    Raises: BadCertificate where one element holds what is no certificate.
    """
    loaded = [one for text in chain for one in load_certificates(text)]
    return leaf_certificate(loaded).public_bytes(Encoding.PEM).decode()


def _check_endpoint(endpoint: str) -> None:
    """Pass for an https address; http only where the operator excepted loopback (IDP-9).

    Raises: BadMetadata.
    """
    parts = urlsplit(endpoint)
    if parts.scheme != "https" and not fetch.is_excepted_loopback(parts.hostname or ""):
        raise BadMetadata(
            _("The sign-in address of the metadata, %(address)s, does not begin with https://.")
            % {"address": endpoint[:200]}
        )


def _check_validity(node: Element, now: datetime) -> None:
    """Metadata may say until when it holds.

    Raises: BadMetadata when that is over.
    """
    text = str(node.get("validUntil", "")).strip()
    if not text:
        return
    try:
        until = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadMetadata(_("The metadata has a validUntil that is no time.")) from error
    if (until if until.tzinfo else until.replace(tzinfo=UTC)) <= now:
        raise BadMetadata(_("The metadata is out of date: its validUntil has passed."))


def _missing(element: str) -> BadMetadata:
    return BadMetadata(_("The metadata has no %(element)s.") % {"element": f"<{element}>"})
