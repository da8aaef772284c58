"""Bulk files as spreadsheets and people really make them: each file of `tests/cases/csv`."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from guests.bulk.actions import RowsRefused, upload_file
from guests.bulk.file_reading import FileRefused, Problem
from guests.bulk.models import BulkJob
from guests.bulk.operations import BULK_OPERATIONS
from guests.models import User
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db

CASES = Path(__file__).parents[2] / "cases" / "csv"


@pytest.fixture
def grace(contoso: Tenant) -> User:
    return AdministratorFactory(tenant=contoso)


def upload_case(name: str, by: User) -> BulkJob:
    path = CASES / name
    kind = BULK_OPERATIONS.get("invite")
    assert kind is not None
    with path.open("rb") as source:
        return upload_file(kind, by=by, source=source, size=path.stat().st_size, file_name=name)


def problems_of(name: str, by: User) -> list[Problem]:
    with pytest.raises(RowsRefused) as refusal:
        upload_case(name, by)
    return list(refusal.value.problems)


@pytest.mark.rule("BLK-2", "BLK-8")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("01-excel-de.csv", "Grüße, bitte annehmen; danke"),
        ("05-quote-all.csv", "Hello, there"),
        ("06-quote-all-excelcommas.csv", 'Line one\nline two, with "quotes"'),
        ("10-sep-hint.csv", "Hallo"),
        ("12-heading-azure.csv", "Hello"),
    ],
)
def test_file_is_accepted_with_its_message(grace: User, name: str, message: str) -> None:
    job = upload_case(name, grace)

    assert job.total == 1
    assert job.rows.get().cells[3] == message


@pytest.mark.rule("BLK-2")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("07-tab.csv", ["separated by a tab"]),
        ("11-heading-changed.csv", ["Column 3", "[SendEmail]", "[sendEmail]"]),
        ("14-unclosed-quote.csv", ["Row 3", "double quotes"]),
    ],
)
def test_file_is_refused_with_what_is_wrong(grace: User, name: str, words: list[str]) -> None:
    with pytest.raises(FileRefused) as refusal:
        upload_case(name, grace)

    assert [word for word in words if word not in str(refusal.value)] == []


@pytest.mark.rule("BLK-3", "BLK-5")
@pytest.mark.parametrize(
    ("name", "column", "words"),
    [
        ("02-excel-de-wahr.csv", "sendEmail", "has to be true or false"),
        ("15-template-example.csv", "inviteeEmail", "example row"),
        ("19-no-redirect.csv", "inviteRedirectURL", "is required"),
        ("20-named-address.csv", "inviteeEmail", "without a name or brackets"),
        ("24-template-only-address-replaced.csv", "inviteRedirectURL", "only an example"),
    ],
)
def test_row_and_column_are_named(grace: User, name: str, column: str, words: str) -> None:
    first = problems_of(name, grace)[0]

    assert first.row == 3
    assert f"[{column}]" in first.column
    assert words in first.sentence


@pytest.mark.rule("BLK-5")
def test_mailto_before_an_address_is_named(grace: User) -> None:
    second = problems_of("20-named-address.csv", grace)[1]

    assert "mailto:" in second.sentence


@pytest.mark.rule("SEC-86", "BLK-6")
def test_hidden_characters_round_an_address_are_named(grace: User) -> None:
    found = {problem.row: problem.sentence for problem in problems_of("13-nbsp-zwsp.csv", grace)}

    assert {4, 5, 6} == found.keys()
    assert "U+200B (zero width space)" in found[4]
    assert "U+FEFF (zero width no-break space)" in found[5]
    assert "U+202A (left-to-right embedding)" in found[6]


@pytest.mark.rule("BLK-3", "T9")
def test_template_carries_the_address_of_this_tenants_my_apps(grace: User) -> None:
    kind = BULK_OPERATIONS.get("invite")
    assert kind is not None

    assert kind.example(grace.tenant)[1] == f"{settings.PORTAL_BASE_URL}/myapps/contoso.com/"
