"""Reading metadata again: every day by itself, and at the press of a button (IDP-15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from guests.models import User
from identityproviders.models import Federation
from identityproviders.providers.federations import metadata
from identityproviders.providers.federations.actions import FederationSettings as Values
from identityproviders.providers.federations.actions import create_federation
from portal.audit.models import AuditEvent
from portal.outbox import periodic
from portal.outbox.models import Queue
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import MemberFactory
from tests.support.page import words
from tests.support.partner import ENDPOINT, ISSUER, certificate, saml_metadata
from tests.support.web_server import WebServer, running

pytestmark = [pytest.mark.django_db, pytest.mark.rule("IDP-15")]

OLD = certificate(days=40, name="Old")
NEW = certificate(days=400, name="New")


@pytest.fixture
def web(settings: Settings) -> Iterator[WebServer]:
    """The partner's web server, on the loopback that the operator excepted."""
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.1/32"]
    with running(WebServer()) as server:
        server.serve("/metadata", saml_metadata(NEW))
        yield server


@pytest.fixture
def partner(contoso: Tenant, grace: User, web: WebServer) -> Federation:
    """A provider with the partner's old certificate and a metadata URL."""
    return create_federation(
        contoso,
        by=grace,
        protocol=Federation.Protocol.SAML,
        domain="fabrikam.org",
        settings=Values("Fabrikam", ISSUER, ENDPOINT, OLD, web.url("/metadata")),
    )


def updates(tenant: Tenant) -> list[AuditEvent]:
    return list(AuditEvent.objects.of(tenant).filter(activity="Update identity provider"))


def test_a_new_certificate_is_taken_over_and_logged_as_the_systems_doing(
    contoso: Tenant, partner: Federation
) -> None:
    assert metadata.refresh_due_metadata() == 1
    partner.refresh_from_db()
    event = updates(contoso)[0]
    assert partner.certificates == NEW
    assert partner.metadata_problem == ""
    assert partner.version == 1
    assert event.actor_kind == "system"
    assert {c["name"] for c in event.modified_properties} == {
        "Certificates",
        "CertificateExpires",
    }


def test_each_provider_is_read_once_a_day(
    contoso: Tenant, partner: Federation, web: WebServer
) -> None:
    assert metadata.refresh_due_metadata() == 1
    assert metadata.refresh_due_metadata() == 0
    assert len(web.requests) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        assert metadata.refresh_due_metadata() == 1
    assert len(updates(contoso)) == 1


def test_sweepers_of_the_bulk_queue_do_it(partner: Federation, web: WebServer) -> None:
    for task in periodic.tasks_of([Queue.BULK]):
        task.run()

    assert len(web.requests) == 1


@pytest.mark.parametrize(
    ("document", "expected_words"),
    [
        (saml_metadata(NEW, issuer="https://other.example/"), "another issuer"),
        (saml_metadata(certificate(days=-1)), "expired on"),
        (b"<html>", "It is a web page"),
        (b"x" * (1024 * 1024 + 10), "too large"),
    ],
)
def test_a_document_that_cannot_be_used_leaves_the_certificate_and_says_why(
    contoso: Tenant, partner: Federation, web: WebServer, document: bytes, expected_words: str
) -> None:
    web.serve("/metadata", document)
    metadata.refresh_due_metadata()
    partner.refresh_from_db()
    assert partner.certificates == OLD
    assert expected_words in partner.metadata_problem
    assert updates(contoso) == []


def test_after_a_problem_it_is_tried_again_within_the_hour(
    partner: Federation, web: WebServer
) -> None:
    del web.answers["/metadata"]
    metadata.refresh_due_metadata()
    web.serve("/metadata", saml_metadata(NEW))
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert metadata.refresh_due_metadata() == 1
    partner.refresh_from_db()
    assert (partner.certificates, partner.metadata_problem) == (NEW, "")


def test_nobody_is_asked_without_a_metadata_url(partner: Federation) -> None:
    Federation.objects.of(partner.tenant).update(metadata_url="")
    assert metadata.refresh_due_metadata() == 0


def test_refresh_now_reads_at_once_and_answers_with_what_it_found(
    client: Client, grace: User, partner: Federation, web: WebServer
) -> None:
    client.force_login(grace)
    url = reverse("identityproviders:refresh_metadata", args=[partner.pk])
    assert "It brought a new certificate." in words(client.post(url, follow=True))
    assert "The certificate is the same." in words(client.post(url, follow=True))
    web.serve("/metadata", b"<html>")
    page = words(client.post(url, follow=True))
    assert "The metadata could not be used" in page
    assert "The last reading of the metadata failed." in page


@pytest.mark.rule("T17", "AUD-1")
def test_readers_refresh_nothing(client: Client, contoso: Tenant, partner: Federation) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=[Role.SECURITY_ADMINISTRATOR]))
    url = reverse("identityproviders:refresh_metadata", args=[partner.pk])
    assert client.post(url).status_code == 403
    partner.refresh_from_db()
    assert partner.metadata_checked_at is None
