"""Organization | Properties (T1, DIR-6, DIR-7)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.audit.models import AuditEvent
from portal.tenants.models import Tenant
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

URL = reverse("tenants:properties")
VALUES = {
    "display_name": "Contoso Limited",
    "notification_language": "fi",
    "technical_contact": "tech@contoso.com",
    "privacy_contact": "privacy@contoso.com",
    "privacy_statement_url": "https://contoso.com/privacy",
}


def save(browser: Client, values: dict[str, str]) -> Any:
    """Open the page, then save with the version that it showed."""
    versions = read_page(browser.get(URL)).values("version")
    return browser.post(URL, values | {"version": versions[0] if versions else ""})


@pytest.mark.rule("DIR-6", "T1", "AUD-1")
def test_saved_properties_are_stored_and_logged_field_by_field(
    admin: Client, contoso: Tenant
) -> None:
    assert save(admin, VALUES)["Location"] == URL

    contoso.refresh_from_db()
    assert {name: getattr(contoso, name) for name in VALUES} == VALUES
    event = AuditEvent.objects.of(contoso).get(activity="Set Company Information")
    assert {c["name"] for c in event.modified_properties} == set(VALUES)
    assert save(admin, VALUES).status_code == 302
    assert AuditEvent.objects.of(contoso).filter(activity=event.activity).count() == 1


@pytest.mark.rule("DIR-7", "COL-9")
def test_the_page_says_that_privacy_information_is_missing(admin: Client) -> None:
    assert "Privacy information is not complete" in admin.get(URL).content.decode()
    save(admin, VALUES)
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
    page = save(admin, VALUES | {field: value})

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

    assert save(reader, VALUES).status_code == 403

    contoso.refresh_from_db()
    assert contoso.display_name == "Contoso"
    assert (
        AuditEvent.objects.of(contoso).get(activity="Set Company Information").result == "failure"
    )


@pytest.mark.rule("DIR-6", "BET-8")
def test_of_two_who_save_at_once_the_second_is_told_and_overwrites_nothing(
    admin: Client, contoso: Tenant
) -> None:
    first = save(admin, VALUES)

    second = admin.post(URL, VALUES | {"display_name": "Contoso Old", "version": "0"})

    assert (first.status_code, second.status_code) == (302, 409)
    page = second.content.decode()
    assert "Somebody changed this setting meanwhile." in page
    assert 'value="Contoso Limited"' in page
    contoso.refresh_from_db()
    assert contoso.display_name == "Contoso Limited"
