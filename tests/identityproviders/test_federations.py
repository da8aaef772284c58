"""SAML and WS-Fed providers: new, parse, edit, domains, delete (IDP-9 to IDP-17)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from guests.models import User
from identityproviders import queries
from identityproviders.actions import federations
from identityproviders.models import Federation, FederationDomain
from portal import addresses
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory
from tests.identityproviders.partner import (
    ENDPOINT,
    ISSUER,
    certificate,
    entity,
    keys,
    saml_metadata,
    saml_role,
    wsfed_metadata,
)
from tests.identityproviders.test_federation_domains import VALUES
from tests.identityproviders.test_provider_list import plain, text
from tests.name_server import NameServer
from tests.name_server import running as naming
from tests.web_server import WebServer, running

pytestmark = pytest.mark.django_db

NEW = reverse("identityproviders:new_federation")
PEM = certificate()
FORM = {
    "display_name": "Fabrikam sign-in",
    "protocol": "saml",
    "domain": "fabrikam.org",
    "method": "manual",
    "issuer": ISSUER,
    "endpoint": ENDPOINT,
    "certificate": PEM,
    "metadata_url": "",
    "go": "save",
}


@pytest.fixture
def admin(grace: User, client: Client) -> Client:
    client.force_login(grace)
    return client


@pytest.fixture
def partner(contoso: Tenant, grace: User) -> Federation:
    """Fabrikam's SAML provider, serving fabrikam.org."""
    return federations.create(
        contoso,
        by=grace,
        protocol=Federation.Protocol.SAML,
        domain="fabrikam.org",
        settings=VALUES,
    )


@pytest.fixture
def web(settings: Settings) -> Iterator[WebServer]:
    """The partner's web server, on the loopback that the operator excepted."""
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.1/32"]
    with running(WebServer()) as server:
        yield server


@pytest.fixture
def names(settings: Settings) -> Iterator[NameServer]:
    """The name servers of the world."""
    with naming(NameServer()) as server:
        settings.PORTAL_DNS_SERVERS = [server.address]
        yield server


def pane(row: Federation) -> str:
    return reverse("identityproviders:federation", args=[row.pk])


def url(name: str, row: Federation) -> str:
    return reverse(f"identityproviders:{name}", args=[row.pk])


def post(client: Client, where: str = NEW, **values: Any) -> Any:
    return client.post(where, {**FORM, **values})


def value(page: Any, name: str) -> str:
    """What stands in a field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', text(page))
    found = found or re.search(rf'value="([^"]*)"[^>]*name="{name}"', text(page))
    return found[1] if found else ""


def certificate_in(page: Any) -> str:
    return str(
        re.findall(r'<textarea name="certificate"[^>]*>\s*(.*?)</textarea>', text(page), re.S)[0]
    )


def events(tenant: Tenant, name: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.of(tenant).filter(activity=f"{name} identity provider"))


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
    decision = queries.expected_method(contoso, addresses.parse("ada@fabrikam.org"))
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
    assert "Filled from the metadata." in text(page)
    assert (value(page, "issuer"), value(page, "endpoint")) == (ISSUER, ENDPOINT)
    assert value(page, "display_name") == "Kept"
    assert certificate_in(page).strip() == PEM.strip()
    assert not Federation.objects.of(contoso).exists()


@pytest.mark.rule("IDP-10")
@pytest.mark.parametrize(
    ("document", "words"),
    [
        (entity(saml_role(keys(PEM))), "no &lt;SingleSignOnService&gt;"),
        (wsfed_metadata(PEM), "no &lt;IDPSSODescriptor&gt;"),
        (saml_metadata(certificate(days=-2)), "expired on"),
        (b"hello", "not well-formed XML"),
        (b"x" * (1024 * 1024 + 1), "larger than 1024 KiB"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_missing(
    admin: Client, document: bytes, words: str
) -> None:
    page = post(admin, go="parse", metadata_file=SimpleUploadedFile("m.xml", document))
    assert page.status_code == 400
    assert words in text(page)


@pytest.mark.rule("IDP-10")
def test_parse_without_a_file_asks_for_one(admin: Client, contoso: Tenant) -> None:
    assert "Choose the metadata file first." in text(post(admin, go="parse"))


@pytest.mark.rule("IDP-10")
def test_a_file_beside_an_empty_form_is_parsed_when_somebody_saves(
    admin: Client, contoso: Tenant
) -> None:
    file = SimpleUploadedFile("metadata.xml", saml_metadata(PEM))
    emptied = {"issuer": "", "endpoint": "", "certificate": ""}
    page = post(admin, metadata_file=file, **emptied)
    assert "Filled from the metadata." in text(page)
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
    ("address", "words", "reason"),
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
    words: str,
    reason: str,
) -> None:
    page = post(admin, go="read", metadata_url=address.format(port=web.port))
    assert page.status_code == 400
    assert words in text(page).replace("&#x27;", "'")
    logged = [r.msg for r in caplog.records if "metadata_problem" in str(r.msg)]
    assert reason in str(logged)


@pytest.mark.rule("IDP-9")
@pytest.mark.parametrize(
    ("field", "typed", "words"),
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
    admin: Client, contoso: Tenant, field: str, typed: str, words: str
) -> None:
    page = post(admin, **{field: typed})
    error = re.findall(rf'id="id_{field}_error">(.*?)</div>', text(page), re.S)
    assert page.status_code == 400
    assert words in plain(error[0])
    assert not Federation.objects.of(contoso).exists()


@pytest.mark.rule("IDP-12")
def test_a_foreign_endpoint_names_the_record_until_it_is_published(
    admin: Client, contoso: Tenant, names: NameServer
) -> None:
    endpoint = "https://login.idp-host.example/sso"
    page = post(admin, endpoint=endpoint)
    assert page.status_code == 400
    assert f"<code>DirectFedAuthUrl={endpoint}</code>" in text(page)
    names.texts["fabrikam.org"] = [f"DirectFedAuthUrl={endpoint}"]
    assert post(admin, endpoint=endpoint).status_code == 302
    assert events(contoso, "Create")[0].additional_details["DomainProof"] == "dns"


@pytest.mark.rule("IDP-11")
def test_two_providers_of_a_tenant_have_two_issuers(
    admin: Client, partner: Federation, contoso: Tenant
) -> None:
    page = post(admin, domain="other.fabrikam.org", issuer=partner.issuer)
    assert "Fabrikam has this issuer already" in text(page)


# Edit


@pytest.mark.rule("IDP-10", "T23")
def test_saving_other_settings_writes_what_changed(
    admin: Client, contoso: Tenant, partner: Federation
) -> None:
    new = certificate(name="Next")
    answer = post(admin, pane(partner), version="0", certificate=new, issuer=partner.issuer)
    partner.refresh_from_db()
    changed = {c["name"] for c in events(contoso, "Update")[0].modified_properties}
    assert answer.status_code == 302
    assert (partner.display_name, partner.version) == ("Fabrikam sign-in", 1)
    assert partner.certificates == new
    assert changed >= {"DisplayName", "PassiveSignInUri", "Certificates"}
    assert partner.protocol == "saml"


@pytest.mark.rule("IDP-15")
def test_two_editors_notice_each_other(admin: Client, partner: Federation) -> None:
    post(admin, pane(partner), version="0", issuer=partner.issuer)
    page = post(admin, pane(partner), version="0", display_name="Mine", issuer=partner.issuer)
    partner.refresh_from_db()
    assert page.status_code == 409
    assert "Somebody else changed this provider meanwhile." in text(page)
    assert partner.display_name == "Fabrikam sign-in"
    assert 'value="Mine"' not in page.content.decode()
    assert 'name="version" value="1"' in page.content.decode()


@pytest.mark.rule("IDP-15")
def test_an_old_page_stays_old_after_an_error_at_a_field(
    admin: Client, partner: Federation
) -> None:
    post(admin, pane(partner), version="0", issuer=partner.issuer)
    page = post(admin, pane(partner), version="0", display_name="", issuer=partner.issuer)
    assert page.status_code == 400
    assert 'name="version" value="0"' in page.content.decode()


@pytest.mark.rule("IDP-12")
def test_a_new_endpoint_needs_the_proof_of_every_domain(
    admin: Client, contoso: Tenant, partner: Federation, names: NameServer
) -> None:
    FederationDomain.objects.create(tenant=contoso, federation=partner, name="fabrikam.net")
    endpoint = "https://signin.fabrikam.net/sso"
    page = post(admin, pane(partner), version="0", issuer=partner.issuer, endpoint=endpoint)
    assert page.status_code == 400
    assert f"DirectFedAuthUrl={endpoint}" in text(page)


@pytest.mark.rule("IDP-16")
def test_the_issuer_stays_while_guests_are_bound_to_it(
    admin: Client, contoso: Tenant, partner: Federation
) -> None:
    GuestFactory(tenant=contoso, accepted_with=partner.issuer)
    page = post(admin, pane(partner), version="0", issuer="urn:other")
    assert page.status_code == 400
    assert "1 guest accepted with the issuer as it was" in text(page)


@pytest.mark.rule("IDP-13")
def test_the_pane_says_what_the_partner_sets_up(
    admin: Client, contoso: Tenant, partner: Federation, settings: Settings
) -> None:
    settings.PORTAL_BASE_URL = "https://portal.example.com"
    page = text(admin.get(pane(partner)))
    for shown in (
        f"https://portal.example.com/{contoso.pk}/saml/{partner.pk}/acs/",
        f"https://portal.example.com/{contoso.pk}/",
        "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    ):
        assert f"<code>{shown}</code>" in page


@pytest.mark.rule("T17", "USR-12")
@pytest.mark.parametrize("role", [Role.SECURITY_ADMINISTRATOR, Role.GLOBAL_READER])
def test_readers_see_the_pane_disabled(
    client: Client, contoso: Tenant, partner: Federation, role: Role
) -> None:
    reader = MemberFactory(tenant=contoso, roles=[role])
    client.force_login(reader)
    page = text(client.get(pane(partner)))
    assert page.count("<fieldset") - page.count('<fieldset class="field') == page.count(
        " disabled>\n      <legend"
    )
    assert "External Identity Provider Administrator" in page
    with pytest.raises(NotAllowed):
        federations.remove(partner, by=reader, acknowledged=0)


# Domains


@pytest.mark.rule("IDP-11")
def test_more_domains_are_added_and_removed_with_their_consequences(
    admin: Client, contoso: Tenant, partner: Federation, settings: Settings
) -> None:
    settings.PORTAL_FEDERATION_DNS_PROOF = False
    added = admin.post(url("add_domain", partner), {"domain": "EU.Fabrikam.org"})
    assert added["Location"] == f"{pane(partner)}#domains"
    assert partner.domains.count() == 2
    GuestFactory(
        tenant=contoso,
        address="bo@eu.fabrikam.org",
        accepted_with=partner.issuer,
        provider_key=str(partner.pk),
    )
    question = url("remove_domain", partner)
    page = admin.get(question, {"domain": "eu.fabrikam.org"})
    assert "1 guest will not be able to sign in." in plain(text(page))
    refused = admin.post(question, {"domain": "eu.fabrikam.org", "acknowledged": "0"})
    assert refused.status_code == 409
    admin.post(question, {"domain": "eu.fabrikam.org", "acknowledged": "1"})
    assert [row.name for row in partner.domains.all()] == ["fabrikam.org"]
    assert len(events(contoso, "Update")) == 2


@pytest.mark.rule("IDP-16")
def test_the_last_domain_stays(admin: Client, contoso: Tenant, partner: Federation) -> None:
    page = admin.post(
        url("remove_domain", partner), {"domain": "fabrikam.org", "acknowledged": "0"}
    )
    assert "last domain" in text(page)
    assert partner.domains.count() == 1
    unknown = admin.get(url("remove_domain", partner), {"domain": "nowhere.example"})
    assert unknown.status_code == 404


@pytest.mark.rule("IDP-12")
def test_a_domain_elsewhere_than_the_endpoint_needs_its_record(
    admin: Client, partner: Federation, names: NameServer
) -> None:
    page = admin.post(url("add_domain", partner), {"domain": "fabrikam.net"})
    assert page.status_code == 400
    assert f"<code>DirectFedAuthUrl={partner.endpoint}</code>" in text(page)
    names.texts["fabrikam.net"] = [f"DirectFedAuthUrl={partner.endpoint}"]
    answer = admin.post(url("add_domain", partner), {"domain": "fabrikam.net"})
    assert answer.status_code == 302


# Delete


@pytest.mark.rule("IDP-16", "BET-25")
def test_one_delete_with_the_number_of_guests_who_lose_their_sign_in(
    admin: Client, contoso: Tenant, partner: Federation
) -> None:
    FederationDomain.objects.create(tenant=contoso, federation=partner, name="fabrikam.net")
    guest = GuestFactory(
        tenant=contoso,
        address="ada@fabrikam.org",
        accepted_with=partner.issuer,
        provider_key=str(partner.pk),
    )
    page = admin.get(url("delete_federation", partner))
    assert "1 guest will not be able to sign in." in plain(text(page))
    assert admin.post(url("delete_federation", partner), {"acknowledged": ""}).status_code == 409
    admin.post(url("delete_federation", partner), {"acknowledged": "1"})
    assert not Federation.objects.of(contoso).exists()
    assert not FederationDomain.objects.of(contoso).exists()
    decision = queries.methods_of(contoso, [guest])[guest.pk]
    assert decision.row == "T20-7"
    event = events(contoso, "Delete")[0]
    assert event.additional_details == {"GuestsLosingSignIn": 1}


@pytest.mark.rule("IDP-17")
def test_adding_a_provider_changes_nothing_for_guests_who_accepted(
    admin: Client, contoso: Tenant
) -> None:
    guest = GuestFactory(tenant=contoso, address="ada@fabrikam.org", accepted_with="mail")
    post(admin)
    assert queries.methods_of(contoso, [guest])[guest.pk].row == "T20-1"


@pytest.mark.rule("SEC-79", "SEC-80")
def test_another_tenants_provider_does_not_exist(
    client: Client, fabrikam: Tenant, partner: Federation
) -> None:
    role = Role.GLOBAL_ADMINISTRATOR
    client.force_login(MemberFactory(tenant=fabrikam, roles=[role]))
    assert client.get(pane(partner)).status_code == 404
    assert client.post(url("delete_federation", partner)).status_code == 404


@pytest.mark.rule("IDP-9", "IDP-13")
def test_the_binding_of_requests_is_stored_shown_and_audited(
    admin: Client, contoso: Tenant, partner: Federation
) -> None:
    page = admin.get(pane(partner))
    assert 'name="binding"' in text(page)
    changed = post(admin, pane(partner), version=str(partner.version), binding="post")
    assert changed.status_code == 302
    row = Federation.objects.of(contoso).get()
    assert row.binding == Federation.Binding.POST
    assert '<option value="post" selected>' in text(admin.get(pane(partner)))
    [event] = events(contoso, "Update")
    assert "HTTP-POST" in str(event.modified_properties)
    assert post(admin, pane(partner), version=str(row.version), binding="telnet").status_code == 400
