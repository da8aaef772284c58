"""Which domains a provider may serve, and their proof (IDP-11, IDP-12, SEC-39)."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from identityproviders.models import Federation, FederationDomain
from identityproviders.providers.federations import domains
from identityproviders.providers.federations.domains import (
    PUBLIC_MAIL_DOMAINS,
    DomainProof,
    ProofMissing,
)
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from tests.factories import DomainFactory
from tests.support.name_server import NameServer
from tests.support.partner import certificate

pytestmark = [pytest.mark.django_db, pytest.mark.rule("IDP-11", "SEC-39")]

PEM = certificate()


def problem(tenant: Tenant, text: str, federation: Federation | None = None) -> str:
    with pytest.raises(InvalidInput) as caught:
        domains.usable_domain(tenant, text, federation)
    assert caught.value.field == "domain"
    return str(caught.value)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("fabrikam.org", "fabrikam.org"),
        ("  Fabrikam.ORG ", "fabrikam.org"),
        ("@fabrikam.org", "fabrikam.org"),
        ("Müller.de", "xn--mller-kva.de"),
        ("xn--mller-kva.de", "xn--mller-kva.de"),
    ],
)
def test_a_domain_is_taken_in_its_canonical_form(
    contoso: Tenant, typed: str, canonical: str
) -> None:
    assert domains.usable_domain(contoso, typed) == canonical


@pytest.mark.parametrize("text", ["", "fabrikam", "a b.com", "me@fabrikam.org", "127.0.0.1", "-.x"])
def test_what_is_no_domain_is_refused(contoso: Tenant, text: str) -> None:
    assert "Enter one domain name" in problem(contoso, text)


def test_there_are_fifty_public_mail_domains_and_more() -> None:
    assert len(PUBLIC_MAIL_DOMAINS) >= 50


@pytest.mark.parametrize("domain", [*sorted(PUBLIC_MAIL_DOMAINS), "mail.gmail.com"])
def test_public_mail_domains_are_nobodys(contoso: Tenant, domain: str) -> None:
    assert "public mail domain" in problem(contoso, domain)


def test_a_domain_verified_here_is_refused_and_one_verified_elsewhere_is_not(
    contoso: Tenant, fabrikam: Tenant
) -> None:
    DomainFactory(tenant=contoso, name="pending.example", is_verified=False)
    assert "your own organization" in problem(contoso, "contoso.com")
    assert domains.usable_domain(contoso, "fabrikam.com") == "fabrikam.com"
    assert domains.usable_domain(contoso, "pending.example") == "pending.example"


def test_one_provider_a_domain_and_tenant_sub_domains_count_for_themselves(
    contoso: Tenant, fabrikam: Tenant, partner: Federation
) -> None:
    FederationDomain.objects.create(tenant=contoso, federation=partner, name="xn--mller-kva.de")
    assert "Fabrikam serves fabrikam.org already" in problem(contoso, "fabrikam.org")
    assert "This provider serves" in problem(contoso, "FABRIKAM.org", partner)
    assert "already" in problem(contoso, "MÜLLER.de")
    assert domains.usable_domain(contoso, "eu.fabrikam.org") == "eu.fabrikam.org"
    assert domains.usable_domain(fabrikam, "fabrikam.org") == "fabrikam.org"


@pytest.mark.rule("IDP-12")
@pytest.mark.parametrize(
    ("endpoint", "record"),
    [
        ("https://fabrikam.org/sso", ""),
        ("https://signin.fabrikam.org/sso", ""),
        ("https://SIGNIN.Fabrikam.org/sso", ""),
        ("https://notfabrikam.org/sso", "DirectFedAuthUrl=https://notfabrikam.org/sso"),
        ("https://fabrikam.org.evil.com/", "DirectFedAuthUrl=https://fabrikam.org.evil.com/"),
        ("https://idp.example/?a=b", "DirectFedAuthUrl=https://idp.example/?a=b"),
    ],
)
def test_only_an_endpoint_outside_the_domain_needs_a_record(endpoint: str, record: str) -> None:
    assert domains.required_record("fabrikam.org", endpoint) == record


@pytest.mark.rule("IDP-12")
def test_the_record_is_looked_up_and_named_where_it_is_missing(names: NameServer) -> None:
    endpoint = "https://idp.example/sso"
    names.texts["fabrikam.org"] = ["v=spf1 -all", "DirectFedAuthUrl=https://idp.example/other"]
    with pytest.raises(ProofMissing) as caught:
        domains.prove_domain("fabrikam.org", endpoint)
    assert caught.value.record == f"DirectFedAuthUrl={endpoint}"
    assert caught.value.record in str(caught.value)
    names.texts["fabrikam.org"].append(f"DirectFedAuthUrl={endpoint}")
    assert domains.prove_domain("fabrikam.org", endpoint) is DomainProof.DNS
    assert domains.prove_domain("idp.example", endpoint) is DomainProof.ENDPOINT


@pytest.mark.rule("IDP-12")
def test_a_silent_name_server_is_said_to_be_silent(names: NameServer) -> None:
    names.is_failing = True
    with pytest.raises(ProofMissing, match="gave no answer"):
        domains.prove_domain("fabrikam.org", "https://idp.example/sso")


@pytest.mark.rule("IDP-12")
def test_an_operator_can_turn_the_proof_off(names: NameServer, settings: Settings) -> None:
    settings.PORTAL_FEDERATION_DNS_PROOF = False
    assert domains.prove_domain("fabrikam.org", "https://idp.example/sso") is DomainProof.OPERATOR
    assert names.asked == []
