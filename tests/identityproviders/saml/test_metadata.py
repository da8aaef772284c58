"""Reading a partner's federation metadata (IDP-9, IDP-10)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from identityproviders.models import Federation
from identityproviders.saml import metadata
from identityproviders.saml.documents import BadDocument
from identityproviders.saml.metadata import PartnerMetadata
from tests.support.partner import (
    ENDPOINT,
    ISSUER,
    NAMESPACES,
    POST,
    certificate,
    entity,
    keys,
    passive,
    saml_metadata,
    saml_role,
    service,
    wsfed_metadata,
    wsfed_role,
)

pytestmark = pytest.mark.rule("IDP-10")

SAML, WS_FED = Federation.Protocol.SAML, Federation.Protocol.WS_FED
PEM = certificate()


def parse(data: bytes, protocol: Federation.Protocol = SAML) -> PartnerMetadata:
    return metadata.parse_partner_metadata(data, protocol, timezone.now())


def problem(data: bytes, protocol: Federation.Protocol = SAML) -> str:
    with pytest.raises(BadDocument) as caught:
        parse(data, protocol)
    return str(caught.value)


def test_saml_metadata_gives_issuer_redirect_endpoint_and_certificate() -> None:
    found = parse(saml_metadata(PEM))

    assert (found.issuer, found.endpoint) == (ISSUER, ENDPOINT)
    assert [one.pem for one in found.certificates] == [PEM]


def test_ws_federation_metadata_gives_the_passive_endpoint() -> None:
    found = parse(wsfed_metadata(PEM), WS_FED)

    assert (found.issuer, found.endpoint) == (ISSUER, ENDPOINT)
    assert [one.pem for one in found.certificates] == [PEM]


def test_a_document_with_both_roles_is_read_for_either_protocol() -> None:
    both = entity(
        wsfed_role(kind="fed:ApplicationServiceType"),
        wsfed_role(keys(PEM), passive("https://signin.fabrikam.org/wsfed")),
        saml_role(keys(PEM), service()),
    )

    assert parse(both).endpoint == ENDPOINT
    assert parse(both, WS_FED).endpoint == "https://signin.fabrikam.org/wsfed"


def test_every_signing_key_is_taken_once_and_encryption_keys_are_not() -> None:
    following, other = certificate(name="Next"), certificate(name="Encryption")
    data = entity(
        saml_role(
            keys(PEM, following), keys(PEM, use=""), keys(other, use=' use="encryption"'), service()
        )
    )

    assert [one.pem for one in parse(data).certificates] == [PEM, following]


def test_a_certificate_that_is_over_is_left_out_while_another_holds() -> None:
    data = saml_metadata(certificate(days=-1), PEM)

    assert [one.pem for one in parse(data).certificates] == [PEM]


@pytest.mark.parametrize(
    ("data", "protocol", "missing"),
    [
        (b"<html/>", SAML, "<EntityDescriptor>"),
        (entity(), SAML, "<IDPSSODescriptor>"),
        (entity(wsfed_role(keys(PEM), passive())), SAML, "<IDPSSODescriptor>"),
        (entity(), WS_FED, "<RoleDescriptor>"),
        (entity(saml_role(keys(PEM), service())), WS_FED, "<RoleDescriptor>"),
        (entity(saml_role(keys(PEM))), SAML, "<SingleSignOnService>"),
        (entity(saml_role(keys(PEM), service(binding=f"{POST}-SimpleSign"))), SAML, "HTTP-POST"),
        (entity(wsfed_role(keys(PEM))), WS_FED, "<PassiveRequestorEndpoint>"),
        (entity(saml_role(service())), SAML, "<X509Certificate>"),
        (entity(saml_role(keys(PEM), service()), issuer=""), SAML, "entityID"),
    ],
)
def test_a_missing_element_is_named(
    data: bytes, protocol: Federation.Protocol, missing: str
) -> None:
    assert missing in problem(data, protocol)


@pytest.mark.rule("IDP-9", "IDP-10")
def test_requests_are_posted_only_where_the_partner_takes_no_redirect() -> None:
    posted = parse(entity(saml_role(keys(PEM), service(binding=POST))))
    either = parse(entity(saml_role(keys(PEM), service(binding=POST), service())))

    assert posted.binding is Federation.Binding.POST
    assert either.binding is Federation.Binding.REDIRECT


def test_several_providers_in_one_document_are_refused_and_one_among_partners_is_found() -> None:
    one = saml_metadata(PEM).decode()
    other = entity("<md:SPSSODescriptor/>", issuer="https://app.example/").decode()
    group = f"<md:EntitiesDescriptor {NAMESPACES}>%s</md:EntitiesDescriptor>"

    assert parse((group % (other + one)).encode()).issuer == ISSUER
    assert "several providers" in problem((group % (one + one)).encode())


def test_metadata_that_is_out_of_date_is_refused() -> None:
    over = entity(saml_role(keys(PEM), service()), attributes=' validUntil="2020-01-01T00:00:00Z"')

    assert "out of date" in problem(over)
    assert "no time" in problem(entity(saml_role(), attributes=' validUntil="soon"'))


@pytest.mark.rule("SEC-89")
@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b"not xml",
        b"",
        b"<a>" * 100 + b"</a>" * 100,
    ],
)
def test_what_is_no_plain_xml_is_refused(data: bytes) -> None:
    assert problem(data)


def test_a_certificate_that_is_none_is_said_so() -> None:
    broken = saml_metadata(PEM).replace(b"<ds:X509Certificate>MII", b"<ds:X509Certificate>AAA")

    assert "certificate" in problem(broken)
