"""SAML and WS-Fed providers: new, by hand, from a file or an address (IDP-9 to IDP-12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from identityproviders.discovery.queries import expected_method
from identityproviders.models import Federation
from portal.tenants.models import Tenant
from portal.values import email_address
from tests.support.federation_pane import PEM, events, pane, post
from tests.support.name_server import NameServer
from tests.support.page import markup, read_page
from tests.support.partner import (
    ENDPOINT,
    ISSUER,
    certificate,
    entity,
    keys,
    saml_metadata,
    saml_role,
    wsfed_metadata,
)
from tests.support.web_server import WebServer, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(settings: Settings) -> Iterator[WebServer]:
    """The partner's web server, on the loopback that the operator excepted."""
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.1/32"]
    with running(WebServer()) as server:
        yield server


def value(page: Any, name: str) -> str:
    """What stands in a field."""
    return " ".join(read_page(page).values(name))


def certificate_in(page: Any) -> str:
    return value(page, "certificate")


# New


@pytest.mark.rule("IDP-9", "T23", "T11")
@pytest.mark.parametrize("protocol", ["saml", "wsfed"])
def test_a_provider_typed_by_hand_serves_its_domain(
    admin: Client, contoso: Tenant, protocol: str
) -> None:
    answer = post(admin, protocol=protocol)
    row = Federation.objects.of(contoso).get()
    assert answer.url == pane(row)
    assert (row.protocol, row.issuer, row.endpoint) == (protocol, ISSUER, ENDPOINT)
    assert row.certificates == PEM
    assert row.certificate_expires_at is not None
    decision = expected_method(contoso, email_address.parse_email_address("ada@fabrikam.org"))
    assert (decision.row, decision.label) == ("D3", "Fabrikam sign-in")
    event = events(contoso, "Create")[0]
    assert event.additional_details == {"Protocol": protocol, "DomainProof": "endpoint"}
    assert {c["name"] for c in event.modified_properties} >= {"IssuerUri", "Certificates"}
    assert "BEGIN CERTIFICATE" not in str(event.modified_properties)


@pytest.mark.rule("IDP-10")
@pytest.mark.parametrize("protocol", ["saml", "wsfed"])
def test_parsing_the_file_fills_the_form_and_saves_nothing(
    admin: Client, contoso: Tenant, protocol: str
) -> None:
    document = saml_metadata(PEM) if protocol == "saml" else wsfed_metadata(PEM)
    file = SimpleUploadedFile("metadata.xml", document)
    emptied = {"issuer": "", "endpoint": "", "certificate": "", "display_name": "Kept"}
    page = post(admin, protocol=protocol, go="parse", metadata_file=file, **emptied)
    assert page.status_code == 200
    assert "Filled from the metadata." in markup(page)
    assert (value(page, "issuer"), value(page, "endpoint")) == (ISSUER, ENDPOINT)
    assert value(page, "display_name") == "Kept"
    assert certificate_in(page).strip() == PEM.strip()
    assert not Federation.objects.of(contoso).exists()


@pytest.mark.rule("IDP-10")
@pytest.mark.parametrize(
    ("document", "expected_words"),
    [
        (entity(saml_role(keys(PEM))), "no &lt;SingleSignOnService&gt;"),
        (wsfed_metadata(PEM), "no &lt;IDPSSODescriptor&gt;"),
        (saml_metadata(certificate(days=-2)), "expired on"),
        (b"hello", "not well-formed XML"),
        (b"x" * (1024 * 1024 + 1), "larger than 1024 KiB"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_missing(
    admin: Client, document: bytes, expected_words: str
) -> None:
    page = post(admin, go="parse", metadata_file=SimpleUploadedFile("m.xml", document))
    assert page.status_code == 400
    assert expected_words in markup(page)


@pytest.mark.rule("IDP-10")
def test_parse_without_a_file_asks_for_one(admin: Client, contoso: Tenant) -> None:
    assert "Choose the metadata file first." in markup(post(admin, go="parse"))


@pytest.mark.rule("IDP-10")
def test_a_file_beside_an_empty_form_is_parsed_when_somebody_saves(
    admin: Client, contoso: Tenant
) -> None:
    file = SimpleUploadedFile("metadata.xml", saml_metadata(PEM))
    emptied = {"issuer": "", "endpoint": "", "certificate": ""}
    page = post(admin, metadata_file=file, **emptied)
    assert "Filled from the metadata." in markup(page)
    assert not Federation.objects.of(contoso).exists()


@pytest.mark.rule("IDP-9", "SEC-90")
def test_reading_the_metadata_url_fills_the_form(admin: Client, web: WebServer) -> None:
    address = web.serve("/metadata", saml_metadata(PEM), "application/xml")
    page = post(admin, go="read", metadata_url=address, issuer="", endpoint="", certificate="")
    assert page.status_code == 200
    assert value(page, "issuer") == ISSUER
    assert value(page, "metadata_url") == address


@pytest.mark.rule("SEC-90", "IDP-10")
@pytest.mark.parametrize(
    ("address", "expected_words", "reason"),
    [
        ("http://127.0.0.1:{port}/nothing", "not with what was asked for", "bad_answer"),
        ("https://10.0.0.7/metadata", "not an IP address", "InvalidInput"),
        ("https://127.0.0.2/metadata", "may not call this address", "address_refused"),
        ("http://metadata.example/", "begins with https://", "InvalidInput"),
        ("ftp://metadata.example/", "begins with https://", "InvalidInput"),
    ],
)
def test_a_metadata_url_that_cannot_be_read_gets_a_clear_sentence_and_its_reason_is_logged(
    admin: Client,
    web: WebServer,
    caplog: pytest.LogCaptureFixture,
    address: str,
    expected_words: str,
    reason: str,
) -> None:
    page = post(admin, go="read", metadata_url=address.format(port=web.port))
    assert page.status_code == 400
    assert expected_words in markup(page).replace("&#x27;", "'")
    logged = [r.msg for r in caplog.records if "metadata_problem" in str(r.msg)]
    assert reason in str(logged)


@pytest.mark.rule("IDP-9")
@pytest.mark.parametrize(
    ("field", "typed", "expected_words"),
    [
        ("display_name", "", "Enter a name"),
        ("domain", "", "Enter the domain"),
        ("domain", "gmail.com", "public mail domain"),
        ("domain", "contoso.com", "your own organization"),
        ("issuer", "", "Enter the issuer URI"),
        ("issuer", "mail", "whole URI"),
        ("issuer", "https://idp.example/" + "x" * 240, "255 characters"),
        ("endpoint", "http://signin.fabrikam.org/", "begins with https://"),
        ("endpoint", "https://signin.fabrikam.org/#x", "Leave out the #"),
        ("certificate", "", "Paste the certificate"),
        ("certificate", "hello", "no certificate"),
        ("certificate", certificate(days=-1), "expired on"),
        ("metadata_url", "http://fabrikam.org/", "begins with https://"),
    ],
)
def test_a_wrong_field_is_refused_at_the_field(
    admin: Client, contoso: Tenant, field: str, typed: str, expected_words: str
) -> None:
    page = post(admin, **{field: typed})
    assert page.status_code == 400
    assert expected_words in read_page(page).error_at(field)
    assert not Federation.objects.of(contoso).exists()


@pytest.mark.rule("IDP-12")
def test_a_foreign_endpoint_names_the_record_until_it_is_published(
    admin: Client, contoso: Tenant, names: NameServer
) -> None:
    endpoint = "https://login.idp-host.example/sso"
    page = post(admin, endpoint=endpoint)
    assert page.status_code == 400
    assert f"<code>DirectFedAuthUrl={endpoint}</code>" in markup(page)
    names.texts["fabrikam.org"] = [f"DirectFedAuthUrl={endpoint}"]
    assert post(admin, endpoint=endpoint).status_code == 302
    assert events(contoso, "Create")[0].additional_details["DomainProof"] == "dns"


@pytest.mark.rule("IDP-11")
def test_two_providers_of_a_tenant_have_two_issuers(
    admin: Client, partner: Federation, contoso: Tenant
) -> None:
    page = post(admin, domain="other.fabrikam.org", issuer=partner.issuer)
    assert "Fabrikam has this issuer already" in markup(page)
