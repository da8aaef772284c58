"""Organization | Properties (T1, DIR-6, DIR-7)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from portal.audit.models import AuditEvent
from portal.tenants.models import Tenant

pytestmark = pytest.mark.django_db

URL = reverse("tenants:properties")
VALUES = {
    "display_name": "Contoso Limited",
    "notification_language": "fi",
    "technical_contact": "tech@contoso.com",
    "privacy_contact": "privacy@contoso.com",
    "privacy_statement_url": "https://contoso.com/privacy",
}


@pytest.mark.rule("DIR-6", "T1", "AUD-1")
def test_saved_properties_are_stored_and_logged_field_by_field(
    admin: Client, contoso: Tenant
) -> None:
    assert admin.post(URL, VALUES)["Location"] == URL

    contoso.refresh_from_db()
    assert {name: getattr(contoso, name) for name in VALUES} == VALUES
    event = AuditEvent.objects.of(contoso).get(activity="Set Company Information")
    assert {c["name"] for c in event.modified_properties} == set(VALUES)
    assert admin.post(URL, VALUES).status_code == 302
    assert AuditEvent.objects.of(contoso).filter(activity=event.activity).count() == 1


@pytest.mark.rule("DIR-7", "COL-9")
def test_the_page_says_that_privacy_information_is_missing(admin: Client) -> None:
    assert "Privacy information is not complete" in admin.get(URL).content.decode()
    admin.post(URL, VALUES)
    assert "Privacy information is not complete" not in admin.get(URL).content.decode()


@pytest.mark.rule("T1")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", ""),
        ("display_name", "x" * 257),
        ("display_name", "Con\ttoso\n"),
        ("display_name", "Con\u202etoso"),
        ("notification_language", "tlh"),
        ("technical_contact", "not an address"),
        ("privacy_contact", "a@b.example, c@d.example"),
        ("privacy_statement_url", "http://contoso.com/privacy"),
        ("privacy_statement_url", "javascript:alert(1)"),
        ("privacy_statement_url", "https://contoso.com/" + "x" * 2048),
    ],
)
def test_bad_values_are_refused_at_the_field(
    admin: Client, contoso: Tenant, field: str, value: str
) -> None:
    page = admin.post(URL, VALUES | {field: value})

    assert page.status_code == 400
    assert f'id="id_{field}_error' in page.content.decode()
    contoso.refresh_from_db()
    assert contoso.display_name == "Contoso"


@pytest.mark.rule("DIR-6", "T17", "AUD-1")
def test_a_reader_sees_the_fields_and_changes_nothing(reader: Client, contoso: Tenant) -> None:
    page = reader.get(URL).content.decode()
    assert "<fieldset" in page
    assert "disabled" in page
    assert "Needs one of these roles: Global Administrator." in page

    assert reader.post(URL, VALUES).status_code == 403

    contoso.refresh_from_db()
    assert contoso.display_name == "Contoso"
    assert (
        AuditEvent.objects.of(contoso).get(activity="Set Company Information").result == "failure"
    )
