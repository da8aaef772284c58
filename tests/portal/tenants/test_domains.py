"""Organization | Custom domain names (DIR-3 to DIR-5)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import User
from portal.audit.models import AuditEvent
from portal.tenants.domains.actions import add_domain, record_of
from portal.tenants.models import Domain, Tenant
from tests.factories import MemberFactory, TenantFactory
from tests.support.name_server import NameServer

pytestmark = pytest.mark.django_db

ADD = reverse("tenants:add_domain")


def page_of(domain: Domain) -> str:
    return reverse("tenants:domain", args=[domain.pk])


@pytest.fixture
def added(contoso: Tenant, grace: User) -> Domain:
    return add_domain(contoso, "Contoso-Labs.example", by=grace)


@pytest.mark.rule("DIR-4", "AUD-1")
def test_a_domain_is_verified_by_its_text_record(
    admin: Client, contoso: Tenant, name_server: NameServer
) -> None:
    assert admin.post(ADD, {"name": "Contoso-Labs.example"}).status_code == 302
    domain = Domain.objects.get(tenant=contoso, name="contoso-labs.example")
    page = admin.get(page_of(domain)).content.decode()
    assert record_of(domain) in page

    answer = admin.post(page_of(domain), {"go": "verify"})
    assert answer.status_code == 409
    assert "The record was not found" in answer.content.decode()
    name_server.texts["contoso-labs.example"] = ["v=spf1 -all", record_of(domain)]
    assert admin.post(page_of(domain), {"go": "verify"}).status_code == 302

    domain.refresh_from_db()
    assert domain.is_verified
    activities = set(AuditEvent.objects.of(contoso).values_list("activity", flat=True))
    assert {"Add unverified domain", "Verify domain"} <= activities


@pytest.mark.rule("DIR-4")
def test_a_domain_is_verified_in_one_organization_only(
    admin: Client, added: Domain, name_server: NameServer
) -> None:
    other = TenantFactory(display_name="Fabrikam")
    Domain.objects.create(tenant=other, name=added.name, is_verified=True)
    name_server.texts[added.name] = [record_of(added)]

    answer = admin.post(page_of(added), {"go": "verify"})

    assert answer.status_code == 409
    assert "verified in another organization" in answer.content.decode()
    added.refresh_from_db()
    assert not added.is_verified


@pytest.mark.rule("DIR-4", "REL-33")
def test_name_servers_that_do_not_answer_are_no_proof(
    admin: Client, added: Domain, name_server: NameServer
) -> None:
    name_server.is_failing = True

    answer = admin.post(page_of(added), {"go": "verify"})

    assert answer.status_code == 502
    assert "gave no answer" in answer.content.decode()


@pytest.mark.rule("DIR-5")
def test_another_verified_domain_becomes_primary(
    admin: Client, contoso: Tenant, added: Domain
) -> None:
    assert admin.post(page_of(added), {"go": "primary"}).status_code == 409
    Domain.objects.filter(pk=added.pk).update(is_verified=True)

    assert admin.post(page_of(added), {"go": "primary"}).status_code == 302

    assert Tenant.objects.get(pk=contoso.pk).primary_domain == added.name


@pytest.mark.rule("DIR-3")
def test_the_initial_domain_and_the_primary_one_stay(admin: Client, contoso: Tenant) -> None:
    for domain in contoso.domains.all():
        assert admin.post(page_of(domain), {"go": "remove"}).status_code == 409
    assert contoso.domains.count() == 2


@pytest.mark.rule("DIR-4")
def test_a_domain_with_principal_names_stays(admin: Client, contoso: Tenant, added: Domain) -> None:
    Domain.objects.filter(pk=added.pk).update(is_verified=True)
    MemberFactory(tenant=contoso, email=f"ada@{added.name}")

    answer = admin.post(page_of(added), {"go": "remove"})

    assert answer.status_code == 409
    assert "1 users have a principal name" in answer.content.decode()


@pytest.mark.rule("DIR-4", "AUD-1")
def test_an_unverified_domain_is_removed(admin: Client, contoso: Tenant, added: Domain) -> None:
    assert admin.post(page_of(added), {"go": "remove"}).status_code == 302

    assert not Domain.objects.filter(pk=added.pk).exists()
    assert AuditEvent.objects.of(contoso).filter(activity="Remove unverified domain").exists()


@pytest.mark.rule("DIR-3", "DIR-4")
@pytest.mark.parametrize(
    "name", ["", "no domain", "contoso.com", "other.onmicrosoft.com", "onmicrosoft.com", "a" * 254]
)
def test_what_cannot_be_added_is_refused_at_the_field(
    admin: Client, contoso: Tenant, name: str
) -> None:
    answer = admin.post(ADD, {"name": name})

    assert answer.status_code == 400
    assert 'id="id_name_error' in answer.content.decode()
    assert contoso.domains.count() == 2


@pytest.mark.rule("DIR-6", "DIR-1")
def test_readers_and_strangers_change_no_domain(reader: Client, added: Domain) -> None:
    other = Domain.objects.create(tenant=TenantFactory(), name="elsewhere.example")

    assert reader.post(page_of(added), {"go": "remove"}).status_code == 403
    assert reader.get(page_of(other)).status_code == 404
    assert Domain.objects.filter(pk=added.pk).exists()
