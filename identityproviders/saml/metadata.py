"""Read federation metadata of a partner: issuer, endpoint, signing certificates (IDP-9, IDP-10).

SAML 2.0 providers describe themselves in an `IDPSSODescriptor`, WS-Federation ones in a
`RoleDescriptor` with a `PassiveRequestorEndpoint`; one document may hold both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from identityproviders.models import Federation
from identityproviders.providers.federations.certificates import (
    BadCertificate,
    Certificate,
    as_pem,
    read_certificates,
)
from identityproviders.saml import documents
from identityproviders.saml.documents import BadDocument, Element

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


def parse_partner_metadata(data: bytes, protocol: Protocol, now: datetime) -> PartnerMetadata:
    """What the metadata in `data` says for `protocol`.

    Raises: BadMetadata naming the missing element; BadDocument for what is no plain XML.
    """
    entity, role = _role(documents.parse_metadata(data), protocol)
    issuer = str(entity.get("entityID", "")).strip()
    if not issuer:
        raise BadMetadata(_("The <EntityDescriptor> of the metadata has no entityID."))
    _check_validity(entity, now)
    _check_validity(role, now)
    if protocol is Protocol.SAML:
        endpoint, binding = _saml_endpoint(role)
    else:
        endpoint, binding = _wsfed_endpoint(role), Federation.Binding.REDIRECT
    return PartnerMetadata(protocol, issuer, endpoint, _certificates(role, now), binding)


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


def _certificates(role: Element, now: datetime) -> tuple[Certificate, ...]:
    """The certificates of the keys that sign; a key without a use does both."""
    found: list[str] = []
    for key in role.findall(f"{_M}KeyDescriptor"):
        if key.get("use") in {None, "signing"}:
            found += _texts(key.iter(f"{_D}X509Certificate"))
    if not found:
        raise _missing("X509Certificate")
    pems = "".join(as_pem(text) for text in dict.fromkeys(found))
    try:
        return read_certificates(pems, now)
    except BadCertificate as error:
        raise BadMetadata(str(error)) from error


def _texts(nodes: Iterable[Element]) -> list[str]:
    return ["".join(str(node.text or "").split()) for node in nodes]


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
