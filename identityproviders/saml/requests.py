"""Build AuthnRequest and wsignin1.0 requests, and our own metadata (IDP-13, SEC-49)."""

from __future__ import annotations

import base64
import secrets
import zlib
from datetime import UTC, datetime
from urllib.parse import urlencode

from lxml import etree

from identityproviders.saml import names


def new_request_id() -> str:
    """An id of 256 bits that may stand in XML, where none begins with a digit."""
    return f"_{secrets.token_hex(32)}"


def saml_url(
    endpoint: str, *, request_id: str, entity_id: str, consumer_url: str, relay_state: str
) -> str:
    """Where an AuthnRequest leads by the HTTP-Redirect binding (SAML bindings 3.4).

    `relay_state` is an opaque handle and never read as an address (SEC-49).
    """
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(_authn_request(endpoint, request_id, entity_id, consumer_url))
    packed += packer.flush()
    query = urlencode({"SAMLRequest": base64.b64encode(packed).decode(), "RelayState": relay_state})
    return with_query(endpoint, query)


def saml_form(
    endpoint: str, *, request_id: str, entity_id: str, consumer_url: str, relay_state: str
) -> dict[str, str]:
    """What a form posts to the endpoint by the HTTP-POST binding (SAML bindings 3.5)."""
    request = _authn_request(endpoint, request_id, entity_id, consumer_url)
    return {"SAMLRequest": base64.b64encode(request).decode(), "RelayState": relay_state}


def wsfed_url(
    endpoint: str, *, request_id: str, entity_id: str, consumer_url: str, now: datetime
) -> str:
    """Where `wsignin1.0` leads; the provider answers with the same `wctx`."""
    query = urlencode(
        {
            "wa": "wsignin1.0",
            "wtrealm": entity_id,
            "wreply": consumer_url,
            "wctx": request_id,
            "wct": _instant(now),
        }
    )
    return with_query(endpoint, query)


def service_provider(entity_id: str, consumer_url: str) -> bytes:
    """Our metadata: who we are, where answers go, what names we want (SAML metadata 2.4.4)."""
    root = etree.Element(
        f"{{{names.METADATA}}}EntityDescriptor",
        {"entityID": entity_id},
        nsmap={None: names.METADATA},
    )
    role = etree.SubElement(
        root,
        f"{{{names.METADATA}}}SPSSODescriptor",
        {
            "protocolSupportEnumeration": names.PROTOCOL,
            "AuthnRequestsSigned": "false",
            "WantAssertionsSigned": "true",
        },
    )
    etree.SubElement(role, f"{{{names.METADATA}}}NameIDFormat").text = names.PERSISTENT
    etree.SubElement(
        role,
        f"{{{names.METADATA}}}AssertionConsumerService",
        {"Binding": names.POST_BINDING, "Location": consumer_url, "index": "0"},
    )
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return document


def with_query(endpoint: str, query: str) -> str:
    """The endpoint with more of a query; it may have one already."""
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


def _authn_request(endpoint: str, request_id: str, entity_id: str, consumer_url: str) -> bytes:
    prefixes = {"samlp": names.PROTOCOL, "saml": names.ASSERTION}
    root = etree.Element(
        f"{{{names.PROTOCOL}}}AuthnRequest",
        {
            "ID": request_id,
            "Version": "2.0",
            "IssueInstant": _instant(datetime.now(UTC)),
            "Destination": endpoint,
            "ProtocolBinding": names.POST_BINDING,
            "AssertionConsumerServiceURL": consumer_url,
        },
        nsmap=prefixes,
    )
    etree.SubElement(root, f"{{{names.ASSERTION}}}Issuer").text = entity_id
    etree.SubElement(
        root,
        f"{{{names.PROTOCOL}}}NameIDPolicy",
        {"Format": names.PERSISTENT, "AllowCreate": "true"},
    )
    document: bytes = etree.tostring(root)
    return document


def _instant(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
