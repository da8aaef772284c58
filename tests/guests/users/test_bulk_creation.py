"""Bulk create: members with initial passwords (BLK-7, BLK-13, BLK-16, BLK-18, T10)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from guests.bulk import files, running
from guests.bulk.actions import RowsRefused, cancel_job, submit_job, upload_file
from guests.bulk.file_reading import column_headings
from guests.models import BulkJob, BulkRow, JobStatus, User, UserType
from guests.users.creation import bulk_create
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db

SECRET = "seven small green lanterns"
WIDTH = len(bulk_create.COLUMNS)


def row(name: str = "ada", **values: str) -> dict[str, str]:
    """A row that is right; other cells by property name."""
    return {
        "displayName": name.title(),
        "userPrincipalName": f"{name}@contoso.com",
        "passwordProfile": SECRET,
        "accountEnabled": "No",
        **values,
    }


def content(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([["version:v1.0"], column_headings(bulk_create.COLUMNS)])
    for values in rows:
        writer.writerow(values.get(column.name, "") for column in bulk_create.COLUMNS)
    return text.getvalue().encode()


def upload(by: User, *rows: dict[str, str]) -> BulkJob:
    data = content(*rows)
    return upload_file(
        bulk_create.CREATE_USERS,
        by=by,
        source=io.BytesIO(data),
        size=len(data),
        file_name="new.csv",
    )


def finished(by: User, *rows: dict[str, str]) -> BulkJob:
    job = upload(by, *rows)
    submit_job(job, bulk_create.CREATE_USERS, by=by)
    while running.run_job(job.pk):
        pass
    job.refresh_from_db()
    return job


def problems(by: User, **values: str) -> list[tuple[str, str]]:
    with pytest.raises(RowsRefused) as refusal:
        upload(by, row(**values))
    return [(problem.column, problem.sentence) for problem in refusal.value.problems]


@pytest.mark.rule("T10")
def test_headings_are_those_of_t10() -> None:
    assert column_headings(bulk_create.COLUMNS) == [
        "Name [displayName] Required",
        "User name [userPrincipalName] Required",
        "Initial password [passwordProfile] Required",
        "Block sign in (Yes/No) [accountEnabled] Required",
        "First name [givenName]",
        "Last name [surname]",
        "Job title [jobTitle]",
        "Department [department]",
        "Usage location [usageLocation]",
        "Street address [streetAddress]",
        "State or province [state]",
        "Country or region [country]",
        "Office [physicalDeliveryOfficeName]",
        "City [city]",
        "ZIP or postal code [postalCode]",
        "Office phone [telephoneNumber]",
        "Mobile phone [mobile]",
    ]
    assert len(bulk_create.EXAMPLE) == WIDTH


@pytest.mark.rule("BLK-7", "CRE-3", "SEC-75")
def test_row_makes_a_member_who_must_change_the_password(contoso: Tenant, grace: User) -> None:
    job = finished(
        grace,
        row(
            userPrincipalName="Ada.L@CONTOSO.com",
            givenName="Ada",
            surname="Lovelace",
            jobTitle="Analyst",
            department="Engines",
            usageLocation="gb",
            streetAddress="12 St James’s Square",
            state="London",
            country="United Kingdom",
            physicalDeliveryOfficeName="1/2",
            city="London",
            postalCode="SW1Y",
            telephoneNumber="+44 20 5550100",
            mobile="+44 7700 900123",
        ),
    )

    assert (job.status, job.succeeded) == (JobStatus.COMPLETED, 1)
    ada = User.objects.of(contoso).present().named("ada.l@contoso.com").get()
    assert [r.object_id for r in job.rows.all()] == [ada.pk]
    assert (ada.display_name, ada.user_type) == ("Ada", UserType.MEMBER)
    assert not ada.is_external
    assert ada.check_password(SECRET)
    assert ada.must_change_password
    assert ada.password_expires_at < timezone.now() + timedelta(hours=24, seconds=1)
    assert (ada.given_name, ada.surname, ada.mail_nickname) == ("Ada", "Lovelace", "Ada.L")
    assert (ada.job_title, ada.department, ada.usage_location) == ("Analyst", "Engines", "GB")
    assert (ada.street_address, ada.state) == ("12 St James’s Square", "London")
    assert (ada.country, ada.office_location, ada.city) == ("United Kingdom", "1/2", "London")
    assert (ada.postal_code, ada.business_phone) == ("SW1Y", "+44 20 5550100")
    assert ada.mobile_phone == "+44 7700 900123"
    added = AuditEvent.objects.of(contoso).filter(activity="Add user", actor_id=grace.pk)
    assert [event.target_id for event in added] == [str(ada.pk)]


@pytest.mark.rule("BLK-7")
@pytest.mark.parametrize(
    ("cell", "is_enabled"), [("Yes", False), ("yes", False), ("No", True), ("NO", True)]
)
def test_block_sign_in_decides_about_the_account(
    contoso: Tenant, grace: User, cell: str, is_enabled: bool
) -> None:
    finished(grace, row(accountEnabled=cell))

    assert User.objects.of(contoso).named("ada@contoso.com").get().account_enabled is is_enabled


WRONG = {
    "short password": ({"passwordProfile": "Xy7-kpq"}, "Initial password"),
    "common password": ({"passwordProfile": "password1"}, "Initial password"),
    "the name as password": ({"passwordProfile": "ada@contoso.com"}, "Initial password"),
    "long password": ({"passwordProfile": "x7" * 65}, "Initial password"),
    "other domain": ({"userPrincipalName": "ada@fabrikam.com"}, "User name"),
    "no domain": ({"userPrincipalName": "ada"}, "User name"),
    "sign in a name cannot have": ({"userPrincipalName": "a da@contoso.com"}, "User name"),
    "neither yes nor no": ({"accountEnabled": "true"}, "Block sign in"),
    "long name": ({"displayName": "x" * 257}, "Name"),
    "control characters": ({"displayName": "A\x07da"}, "Name"),
    "bidi in a title": ({"jobTitle": "Boss\u202e"}, "Job title"),
    "long department": ({"department": "x" * 65}, "Department"),
    "country name as location": ({"usageLocation": "Germany"}, "Usage location"),
}


@pytest.mark.rule("BLK-1", "BLK-7", "SEC-87")
@pytest.mark.parametrize(("values", "heading"), WRONG.values(), ids=WRONG)
def test_wrong_cell_is_named_before_submit(
    contoso: Tenant, grace: User, values: dict[str, str], heading: str
) -> None:
    found = problems(grace, **values)

    assert [
        column.startswith(f"{heading} [") or column.startswith(f"{heading} (")
        for column, _sentence in found
    ] == [True], found
    assert values.get("passwordProfile", SECRET) not in str(found)
    assert not BulkJob.objects.of(contoso).exists()


@pytest.mark.rule("BLK-10")
def test_taken_name_fails_its_row_and_no_other(contoso: Tenant, grace: User) -> None:
    job = finished(grace, row("ada"), row("ADA"), row("eve"))

    assert (job.succeeded, job.failed) == (2, 1)
    assert [bool(r.reason) for r in job.rows.all()] == [False, True, False]
    assert User.objects.of(contoso).filter(must_change_password=True).count() == 2


@pytest.mark.rule("BLK-7", "SEC-87")
def test_file_gives_no_role_and_makes_no_guest(contoso: Tenant, grace: User) -> None:
    data = content(row()).replace(b"\r\n", b",User type,Role\r\n", 2)
    data = data.replace(b",User type,Role", b"", 1).rstrip() + b",Guest,GlobalAdministrator\r\n"
    job = upload_file(
        bulk_create.CREATE_USERS,
        by=grace,
        source=io.BytesIO(data),
        size=len(data),
        file_name="a.csv",
    )
    submit_job(job, bulk_create.CREATE_USERS, by=grace)
    running.run_job(job.pk)

    ada = User.objects.of(contoso).named("ada@contoso.com").get()
    assert len(job.warnings) == 2
    assert (ada.user_type, ada.roles) == (UserType.MEMBER, frozenset())


@pytest.mark.rule("BLK-16", "BLK-18")
def test_password_stands_nowhere_but_in_the_hash(
    contoso: Tenant, grace: User, client: Client
) -> None:
    client.force_login(grace)
    with structlog.testing.capture_logs() as logged:
        answer = client.post(
            "/users/bulk/create/", {"file": SimpleUploadedFile("new.csv", content(row()))}
        )
        own = answer["Location"]
        shown = [client.get(own).content.decode()]
        job = BulkJob.objects.of(contoso).get()
        waiting = BulkRow.objects.of(contoso).get()
        assert waiting.sealed
        stored = [str(list(BulkRow.objects.of(contoso).values()))]
        client.post(f"{own}submit/")
        shown += [client.get(own).content.decode(), "".join(files.result_file_parts(job))]
        running.run_job(job.pk)
    shown += [client.get(own).content.decode(), "".join(files.result_file_parts(job))]
    stored += [str(list(BulkRow.objects.of(contoso).values()))]
    stored += [str(list(AuditEvent.objects.of(contoso).values())), str(logged)]

    assert [SECRET in text for text in (*shown, *stored)] == [False] * (len(shown) + len(stored))
    waiting.refresh_from_db()
    assert waiting.sealed == ""
    record = list(csv.reader(io.StringIO(shown[-1])))[2]
    assert record[:4] == ["Ada", "ada@contoso.com", "", "No"]


@pytest.mark.rule("BLK-18")
def test_cancellation_deletes_every_password(contoso: Tenant, grace: User) -> None:
    job = upload(grace, row("ada"), row("eve"))
    submit_job(job, bulk_create.CREATE_USERS, by=grace)

    cancel_job(job, bulk_create.CREATE_USERS, by=grace)

    assert not BulkRow.objects.of(contoso).exclude(sealed="").exists()
    assert BulkRow.objects.of(contoso).count() == 2


@pytest.mark.rule("BLK-13", "BLK-12")
def test_it_takes_a_user_administrator(contoso: Tenant) -> None:
    for roles in [(), (Role.GUEST_INVITER,), (Role.HELPDESK_ADMINISTRATOR,)]:
        with pytest.raises(NotAllowed):
            upload(MemberFactory(tenant=contoso, roles=roles), row())
    assert upload(MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,)), row()).total == 1


@pytest.mark.rule("BLK-1", "USR-12", "T6")
def test_command_stands_over_all_users(client: Client, contoso: Tenant, grace: User) -> None:
    client.force_login(grace)
    assert "/users/bulk/create/" in client.get("/users/").content.decode()
    assert client.get("/users/bulk/create/").status_code == 200
    template: Any = client.get("/users/bulk/create/template/")
    assert b"Initial password [passwordProfile] Required" in b"".join(template.streaming_content)

    client.force_login(MemberFactory(tenant=contoso))

    assert "/users/bulk/create/" not in client.get("/users/").content.decode()
    assert client.get("/users/bulk/create/").status_code == 403


@pytest.mark.rule("BLK-7", "T2")
@pytest.mark.parametrize(
    ("column", "heading", "sentence"),
    [
        ("usageLocation", "Usage location [usageLocation]", "“ZZ” is no country."),
        ("country", "Country or region [country]", "“ZZ” is no country or region."),
    ],
)
def test_a_country_that_iso_3166_lacks_is_named_with_its_column(
    grace: User, column: str, heading: str, sentence: str
) -> None:
    [(named, said)] = problems(grace, **{column: "ZZ"})

    assert named == heading
    assert said.startswith(sentence)
