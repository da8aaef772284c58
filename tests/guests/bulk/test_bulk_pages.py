"""Pages of bulk operations: upload, job, results, download (BLK-1, BLK-12 to BLK-21)."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guests.bulk import export, running
from guests.bulk.file_reading import column_headings
from guests.models import BulkJob, JobStatus, User
from invitations.inviting import bulk_invite
from invitations.models import CollaborationPolicy, Invitation
from portal.audit.models import AuditEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import (
    AdministratorFactory,
    GuestFactory,
    MemberFactory,
    PasscodeGuestFactory,
    TenantFactory,
)
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db

HEAD = ",".join(column_headings(bulk_invite.COLUMNS))
URL = "https://contoso.com/"
PAGE = "/users/bulk/invite/"


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    client.force_login(grace)
    return grace


def file(*rows: str) -> SimpleUploadedFile:
    content = "\r\n".join(["version:v1.0", HEAD, *rows]).encode()
    return SimpleUploadedFile("partners.csv", content, "text/csv")


def upload(client: Client, *rows: str) -> BulkJob:
    answer = client.post(PAGE, {"file": file(*rows)})
    assert answer.status_code == 302, answer.content.decode()
    job_id = uuid.UUID(answer["Location"].split("/")[-2])
    return BulkJob.unscoped.get(pk=job_id)


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def records(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


@pytest.mark.rule("BLK-1", "T10")
def test_template_is_a_download(client: Client, grace: User) -> None:
    answer = client.get(f"{PAGE}template/")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="bulk-invite.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert records(answer)[:2] == [["version:v1.0"], column_headings(bulk_invite.COLUMNS)]


@pytest.mark.rule("BLK-1", "BLK-14")
def test_file_is_uploaded_submitted_and_its_rows_are_done(
    client: Client, grace: User, contoso: Tenant
) -> None:
    job = upload(client, f"ada@partner.example,{URL},,", f"x@contoso.com,{URL},,")
    own = f"/users/bulk/jobs/{job.pk}/"
    before = text(client, own)
    assert "File uploaded successfully" in before
    assert "Invite guests" in before
    assert not Invitation.objects.of(contoso).exists()

    answer = client.post(f"{own}submit/")
    assert answer["Location"] == own
    assert "Cancel operation" in text(client, own)
    running.run_job(job.pk)

    after = text(client, own)
    assert "Completed with errors" in after
    assert "belongs to your own organization" in after
    assert "Cancel operation" not in after
    assert inline_code(after) == []
    only_failures = text(client, f"{own}?result=failure")
    assert "x@contoso.com" in only_failures
    assert "ada@partner.example" not in only_failures


@pytest.mark.rule("BET-1", "HRD-6")
def test_results_say_how_each_guest_will_sign_in(client: Client, grace: User) -> None:
    job = upload(client, f"ada@partner.example,{URL},,", f"x@contoso.com,{URL},,")
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")
    running.run_job(job.pk)

    html = text(client, f"/users/bulk/jobs/{job.pk}/")

    methods = read_page(html).column("Predicted sign-in method")
    assert methods == ["Email one-time passcode", "–"]


@pytest.mark.rule("BET-1")
def test_a_file_that_waits_says_how_each_guest_would_sign_in(
    client: Client, grace: User, contoso: Tenant
) -> None:
    away = TenantFactory(domain="fabrikam.example")
    MemberFactory(tenant=away, email="lee@fabrikam.example")
    GuestFactory(tenant=contoso, address="known@partner.example")
    job = upload(
        client,
        f"lee@fabrikam.example,{URL},,",
        f"new@partner.example,{URL},,",
        f"known@partner.example,{URL},,",
    )

    html = text(client, f"/users/bulk/jobs/{job.pk}/")

    assert read_page(html).column("Predicted sign-in method") == [
        "Organization account",
        "Email one-time passcode",
        "Email one-time passcode",
    ]
    assert not Invitation.objects.of(contoso).filter(address="new@partner.example").exists()


@pytest.mark.rule("BET-1", "USR-8")
def test_methods_of_waiting_rows_cost_a_fixed_number_of_queries(
    client: Client, grace: User
) -> None:
    def queries(job: BulkJob) -> int:
        with CaptureQueriesContext(connection) as captured:
            text(client, f"/users/bulk/jobs/{job.pk}/")
        return len(captured)

    few = upload(client, *(f"g{n}@partner.example,{URL},," for n in range(2)))
    many = upload(client, *(f"g{n}@partner.example,{URL},," for n in range(40)))
    queries(few)

    assert queries(many) == queries(few)


@pytest.mark.rule("BET-9")
def test_rows_that_failed_are_a_file_to_correct_and_upload_again(
    client: Client, grace: User
) -> None:
    job = upload(client, f"ada@partner.example,{URL},,'=1+1", f"x@contoso.com,{URL},,'=2+2")
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")
    running.run_job(job.pk)
    own = f"/users/bulk/jobs/{job.pk}/"
    assert f'href="{own}retry/"' in text(client, own)

    answer = client.get(f"{own}retry/")

    assert answer["Content-Disposition"] == 'attachment; filename="partners-retry.csv"'
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "version:v1.0"
    assert len(lines) == 3
    assert "x@contoso.com" in lines[2]
    again = SimpleUploadedFile("again.csv", content.replace(b"x@contoso.com", b"x@fixed.example"))
    accepted = client.post(PAGE, {"file": again})
    assert accepted.status_code == 302
    kept = BulkJob.unscoped.get(pk=accepted["Location"].split("/")[-2]).rows.get()
    assert kept.cells == ["x@fixed.example", URL, "", "=2+2"]


@pytest.mark.rule("BET-9")
def test_no_retry_file_while_rows_run_or_when_all_succeeded(client: Client, grace: User) -> None:
    job = upload(client, f"ada@partner.example,{URL},,")
    retry = f"/users/bulk/jobs/{job.pk}/retry/"
    assert client.get(retry).status_code == 404
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")
    assert client.get(retry).status_code == 404
    running.run_job(job.pk)

    assert client.get(retry).status_code == 404
    assert "Download failed rows" not in text(client, f"/users/bulk/jobs/{job.pk}/")


@pytest.mark.rule("BET-9", "REL-22")
def test_rows_left_by_a_canceled_job_stand_in_its_retry_file(client: Client, grace: User) -> None:
    job = upload(client, f"ada@partner.example,{URL},,")
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")
    client.post(f"/users/bulk/jobs/{job.pk}/cancel/")

    answer = client.get(f"/users/bulk/jobs/{job.pk}/retry/")

    assert [record[0] for record in records(answer)[2:]] == ["ada@partner.example"]


@pytest.mark.rule("BLK-15", "BLK-14")
def test_a_file_that_waits_is_listed_for_its_owner_alone(
    client: Client, grace: User, contoso: Tenant
) -> None:
    job = upload(client, f"ada@partner.example,{URL},,")

    page = read_page(text(client, "/users/bulk-operation-results/"))

    assert page.column("Status") == ["Not started"]
    assert f"/users/bulk/jobs/{job.pk}/" in page.addresses
    client.force_login(AdministratorFactory(tenant=contoso))
    assert str(job.pk) not in text(client, "/users/bulk-operation-results/")


@pytest.mark.rule("SEC-87")
@pytest.mark.parametrize("length", ["", "many"])
def test_a_length_that_is_no_number_is_no_crash(client: Client, grace: User, length: str) -> None:
    answer = client.post("/users/bulk/invite/", CONTENT_LENGTH=length)

    assert answer.status_code == 400


@pytest.mark.rule("EX-25", "BLK-1", "BLK-2")
def test_ex_25_page_says_what_is_missing(client: Client, grace: User, contoso: Tenant) -> None:
    wrong = SimpleUploadedFile("a.csv", f"{HEAD}\r\na@b.example,{URL},,\r\n".encode())

    answer = client.post(PAGE, {"file": wrong})

    html = answer.content.decode()
    assert answer.status_code == 400
    assert "version:v1.0" in html
    assert read_page(html).title.startswith("Error:")
    assert not BulkJob.objects.of(contoso).exists()


@pytest.mark.rule("BLK-1", "BLK-3")
def test_errors_are_listed_by_row(client: Client, grace: User) -> None:
    rows = [f"no address {n},{URL},," for n in range(107)]

    answer = client.post(PAGE, {"file": file(*rows)})

    html = answer.content.decode()
    assert answer.status_code == 400
    assert "The file has 107 errors" in html
    assert "7 more errors are not shown" in html
    assert '<th scope="row" class="num">3</th>' in html


def test_form_without_file_is_answered_at_the_field(client: Client, grace: User) -> None:
    answer = client.post(PAGE)

    assert answer.status_code == 400
    assert "Choose a CSV file first" in answer.content.decode()


@pytest.mark.rule("SEC-87")
def test_file_name_and_type_of_the_browser_mean_nothing(client: Client, grace: User) -> None:
    content = f"version:v1.0\n{HEAD}\nada@partner.example,{URL},,\n".encode()
    odd = SimpleUploadedFile("../..\n/<b>x</b>.exe", content, "application/x-msdownload")

    answer = client.post(PAGE, {"file": odd})

    assert answer.status_code == 302
    assert "<b>x</b>" not in text(client, answer["Location"])


@pytest.mark.rule("BLK-12", "BLK-13", "USR-12")
def test_who_may_not_invite_sees_the_command_disabled_and_is_refused(
    client: Client, contoso: Tenant
) -> None:
    CollaborationPolicy.objects.create(tenant=contoso, allow_invites_from="adminsAndGuestInviters")
    client.force_login(MemberFactory(tenant=contoso))

    assert "Needs one of these roles: Global Administrator" in text(client, "/users/")
    for path in (PAGE, f"{PAGE}template/"):
        assert "User Administrator" in text(client, path, 403)
    assert client.post(PAGE, {"file": file(f"a@b.example,{URL},,")}).status_code == 403


@pytest.mark.rule("BLK-12")
def test_guest_reaches_no_page_of_bulk_operations(client: Client, contoso: Tenant) -> None:
    client.force_login(PasscodeGuestFactory(tenant=contoso))

    for path in (PAGE, "/users/bulk-operation-results/", "/users/download/"):
        assert client.get(path).status_code == 403


@pytest.mark.rule("SEC-79", "SEC-80", "BLK-16")
@pytest.mark.parametrize("stranger", ["member of the tenant", "administrator elsewhere"])
def test_job_of_somebody_else_is_not_found(
    client: Client, grace: User, contoso: Tenant, stranger: str
) -> None:
    job = upload(client, f"ada@partner.example,{URL},,")
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")
    other = (
        MemberFactory(tenant=contoso)
        if stranger == "member of the tenant"
        else AdministratorFactory(tenant=TenantFactory())
    )
    client.force_login(other)

    own = f"/users/bulk/jobs/{job.pk}/"
    for path in (own, f"{own}progress/", f"{own}results/", f"{own}retry/"):
        assert client.get(path).status_code == 404
    for path in (f"{own}submit/", f"{own}cancel/"):
        assert client.post(path).status_code == 404
    assert str(job.pk) not in text(client, "/users/bulk-operation-results/")


@pytest.mark.rule("BLK-14", "BLK-15")
def test_results_list_names_every_column_and_links_the_numbers(
    client: Client, grace: User, contoso: Tenant
) -> None:
    upload(client, f"never@partner.example,{URL},,")
    job = upload(client, f"ada@partner.example,{URL},,", f"x@contoso.com,{URL},,")
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")
    running.run_job(job.pk)
    client.force_login(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,)))

    html = text(client, "/users/bulk-operation-results/")

    for column in [
        "Bulk activity",
        "File name",
        "Status",
        "Total requests",
        "# Success",
        "# Failure",
        "Started by",
        "Start time",
        "End time",
    ]:
        assert column in html
    assert "1 operation" in html
    assert "Completed with errors" in html
    assert "Grace Nakamura" in html
    assert f'href="/users/bulk/jobs/{job.pk}/?result=failure"' in html


@pytest.mark.rule("BLK-14")
def test_results_list_asks_a_fixed_number_of_queries(
    client: Client, grace: User, contoso: Tenant
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            text(client, "/users/bulk-operation-results/")
        return len(captured)

    for n in range(2):
        BulkJob.objects.create(
            tenant=contoso, kind="invite", file_name=f"{n}", submitted_at=timezone.now()
        )
    queries()
    few = queries()
    for n in range(20):
        BulkJob.objects.create(
            tenant=contoso, kind="invite", file_name=f"{n}", submitted_at=timezone.now()
        )

    assert queries() == few


@pytest.mark.rule("BLK-16", "BLK-19", "SEC-88")
def test_results_file_is_the_upload_with_status_reason_and_object(
    client: Client, grace: User, contoso: Tenant
) -> None:
    job = upload(client, f"ada@partner.example,{URL},,'=1+1", f"x@contoso.com,{URL},,")
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")
    running.run_job(job.pk)

    answer = client.get(f"/users/bulk/jobs/{job.pk}/results/")

    version, heading, first, second = records(answer)
    user = User.objects.of(contoso).get(invited_address="ada@partner.example")
    assert answer["Content-Disposition"] == 'attachment; filename="partners-results.csv"'
    assert version == ["version:v1.0"]
    assert heading == [*column_headings(bulk_invite.COLUMNS), "Status", "Reason", "Object ID"]
    assert first == ["ada@partner.example", URL, "", "'=1+1", "Success", "", str(user.pk)]
    assert second[4] == "Failure"
    assert "your own organization" in second[5]


@pytest.mark.rule("BLK-16")
def test_results_file_goes_after_seven_days(client: Client, grace: User) -> None:
    job = upload(client, f"ada@partner.example,{URL},,")
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")
    running.run_job(job.pk)
    results = f"/users/bulk/jobs/{job.pk}/results/"
    week = timedelta(days=7)

    BulkJob.unscoped.update(finished_at=timezone.now() - week + timedelta(minutes=1))
    assert client.get(results).status_code == 200
    BulkJob.unscoped.update(finished_at=timezone.now() - week - timedelta(seconds=1))
    assert client.get(results).status_code == 404


@pytest.mark.rule("REL-22")
def test_operation_is_cancelled_from_its_page(client: Client, grace: User) -> None:
    job = upload(client, f"ada@partner.example,{URL},,")
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")

    answer = client.post(f"/users/bulk/jobs/{job.pk}/cancel/", follow=True)

    assert "Operation canceled" in answer.content.decode()
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED
    assert client.post(f"/users/bulk/jobs/{job.pk}/cancel/").status_code == 409


@pytest.mark.rule("BLK-1", "REL-22")
def test_progress_asks_again_while_the_job_runs_and_tells_when_it_ends(
    client: Client, grace: User
) -> None:
    job = upload(client, f"ada@partner.example,{URL},,")
    path = f"/users/bulk/jobs/{job.pk}/progress/"
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")
    htmx = {"HX-Request": "true"}

    running_html = client.get(path, headers=htmx)
    running.run_job(job.pk)
    ended = client.get(path, headers=htmx)

    assert 'hx-trigger="every 2s"' in running_html.content.decode()
    assert "hx-trigger" not in ended.content.decode()
    assert ended["HX-Refresh"] == "true"
    assert "1 succeeded, 0 failed" in text(client, "/users/bulk-operation-results/")


@pytest.mark.parametrize("path", ["nonsense/", f"jobs/{uuid.UUID(int=7)}/"])
def test_unknown_operation_is_not_found(client: Client, grace: User, path: str) -> None:
    assert client.get(f"/users/bulk/{path}").status_code == 404


def test_get_starts_and_cancels_nothing(client: Client, grace: User) -> None:
    job = upload(client, f"ada@partner.example,{URL},,")

    for verb in ("submit", "cancel"):
        assert client.get(f"/users/bulk/jobs/{job.pk}/{verb}/").status_code == 405


# Download users


@pytest.mark.rule("BLK-21")
def test_download_has_the_columns_of_blk_21_in_order() -> None:
    assert ", ".join(export.COLUMNS) == (
        "userPrincipalName, displayName, surname, mail, givenName, objectId, userType, jobTitle, "
        "department, accountEnabled, usageLocation, streetAddress, state, country, "
        "physicalDeliveryOfficeName, city, postalCode, telephoneNumber, mobile, "
        "authenticationAlternativePhoneNumber, authenticationEmail, alternateEmailAddress, "
        "ageGroup, consentProvidedForMinor, legalAgeGroupClassification, identityIssuer, "
        "creationType, externalUserState, externalUserStateChangeDateTime, createdDateTime, "
        "lastSignInDateTime, sponsors"
    )


@pytest.mark.rule("BLK-20", "BLK-21", "BLK-19", "BLK-17")
def test_download_holds_the_list_as_filtered(client: Client, grace: User, contoso: Tenant) -> None:
    GuestFactory(
        tenant=contoso, address="ada@partner.example", display_name="=Ada", sponsors=[grace]
    )
    MemberFactory(tenant=contoso, display_name="Max")
    GuestFactory(tenant=TenantFactory(), address="foreign@partner.example")

    answer = client.post("/users/download/?userType=Guest", {"name": "my guests"})

    heading, row = records(answer)
    found = dict(zip(heading, row, strict=True))
    assert answer["Content-Disposition"] == 'attachment; filename="my guests.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert found["displayName"] == "'=Ada"
    assert (found["userType"], found["externalUserState"]) == ("Guest", "PendingAcceptance")
    assert found["sponsors"] == grace.user_principal_name
    activities = AuditEvent.objects.of(contoso).values_list("activity", flat=True)
    assert "Download users - finished (bulk)" in activities


@pytest.mark.rule("BLK-20")
def test_download_without_filters_holds_every_user_of_the_tenant(
    client: Client, grace: User, contoso: Tenant
) -> None:
    MemberFactory(tenant=contoso, display_name="Max")

    assert "all 2 users" in text(client, "/users/download/")
    assert len(records(client.post("/users/download/"))) == 3


@pytest.mark.rule("BLK-20")
@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("a.csv", "a.csv"),
        ("../../etc/passwd", "etcpasswd.csv"),
        ('x"\r\nSet-Cookie: a=b', "x Set-Cookie a=b.csv"),
        ("x" * 300, "x" * 100 + ".csv"),
    ],
)
def test_file_name_is_one_that_every_system_takes(
    client: Client, grace: User, typed: str, name: str
) -> None:
    answer = client.post("/users/download/", {"name": typed})

    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.rule("BLK-20")
def test_download_streams_with_a_fixed_number_of_queries_a_batch(
    client: Client, grace: User, contoso: Tenant
) -> None:
    answer = client.post("/users/download/")

    assert answer.streaming
    with CaptureQueriesContext(connection) as captured:
        records(answer)
    assert len([q for q in captured if q["sql"].startswith("SELECT")]) <= 3
