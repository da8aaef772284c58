"""Users | Sign-in logs: one row an attempt, filters, details, files, and who may see what."""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guests.models import User
from portal.audit import error_codes, log, origin
from portal.audit.actions import forget_expired_sign_ins
from portal.audit.models import AppendOnlyError, AuditEvent, SignInEvent, SignInStatus
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import MemberFactory, TenantFactory
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db
URL = "/users/sign-in-logs/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:93.0) Gecko/20100101 Firefox/93.0"


def step(user: User, minutes: float, status: SignInStatus, **fields: Any) -> SignInEvent:
    """A step of `user`, so many minutes ago."""
    values = {
        "application": "My Apps",
        "client_address": "203.0.113.58",
        "user_agent": FIREFOX,
        "is_final": status == SignInStatus.SUCCESS,
        "created_at": timezone.now() - timedelta(minutes=minutes),
        **fields,
    }
    return log.record_sign_in(user.tenant, user=user, identifier=user.mail, status=status, **values)


@pytest.fixture
def attempt(daniela: User) -> list[SignInEvent]:
    """Asked for a code, typed a wrong one, then the right one."""
    shared = {
        "correlation_id": str(uuid.uuid4()),
        "method": "Email OTP",
        "method_detail": "d***@wingtiptoys.com",
    }
    return [
        step(daniela, 3, SignInStatus.INTERRUPTED, additional_details="Asked", **shared),
        step(
            daniela,
            2,
            SignInStatus.FAILURE,
            error_code=70018,
            failure_reason="Wrong passcode",
            **shared,
        ),
        step(daniela, 1, SignInStatus.SUCCESS, **shared),
    ]


@pytest.fixture
def gave_up(daniela: User) -> SignInEvent:
    """A wrong code, and nothing after it."""
    correlation = str(uuid.uuid4())
    step(daniela, 61, SignInStatus.INTERRUPTED, correlation_id=correlation)
    return step(daniela, 60, SignInStatus.FAILURE, error_code=70018, correlation_id=correlation)


def rows(client: Client, query: str = "") -> list[str]:
    """The status of each row, from the top."""
    answer = client.get(URL + query)
    assert answer.status_code == 200
    return read_page(answer).column("Status")


@pytest.mark.rule("LOG-1", "LOG-2")
def test_an_attempt_is_one_row_whatever_its_steps(
    client: Client, grace: User, attempt: list[SignInEvent], gave_up: SignInEvent
) -> None:
    client.force_login(grace)

    html = client.get(URL).content.decode()

    assert rows(client) == ["Success", "Failure"]
    assert read_page(html).columns() == [
        "Date",
        "Request ID",
        "User",
        "Application",
        "Status",
        "IP address",
        "Authentication requirement",
        "Cross tenant access type",
    ]
    assert not inline_code(html)


@pytest.mark.rule("LOG-2", "USR-8")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?status=failure", ["Failure"]),
        ("?status=failure&status_is=not", ["Success"]),
        ("?user=daniela+rossi", ["Success", "Failure"]),
        ("?user=daniela.rossi_&user_is=starts", ["Success", "Failure"]),
        ("?user=grace", []),
        ("?application=my+apps", ["Success", "Failure"]),
        ("?address=203.0.113&address_is=starts", ["Success", "Failure"]),
        ("?address=203.0.113", []),
        ("?requirement=multiFactorAuthentication", []),
        ("?access=b2bCollaboration", ["Success", "Failure"]),
        ("?access=none", []),
        ("?date_from=2001-01-01&date_to=2001-01-02", []),
        ("?request=zzz", []),
    ],
)
def test_filters_narrow_the_list(
    client: Client,
    grace: User,
    attempt: list[SignInEvent],
    gave_up: SignInEvent,
    query: str,
    expected: list[str],
) -> None:
    client.force_login(grace)

    assert rows(client, query) == expected


@pytest.mark.rule("LOG-2")
def test_a_request_is_found_by_its_id_and_by_how_it_begins(
    client: Client, grace: User, attempt: list[SignInEvent], gave_up: SignInEvent
) -> None:
    client.force_login(grace)

    assert rows(client, f"?request={gave_up.pk}") == ["Failure"]
    assert rows(client, f"?request={str(gave_up.pk)[:11]}&request_is=starts") == ["Failure"]
    assert rows(client, f"?request={str(gave_up.pk)[:11]}") == []


@pytest.mark.rule("LOG-1", "LOG-3", "T24")
def test_details_show_the_steps_of_the_attempt_with_the_masked_address(
    client: Client, grace: User, attempt: list[SignInEvent], gave_up: SignInEvent
) -> None:
    client.force_login(grace)

    html = client.get(f"{URL}?event={attempt[-1].pk}&tab=authentication").content.decode()
    pane = html.partition("<dialog")[2]

    assert pane.count("<h3>Step") == 3
    assert pane.count("<dd>Email OTP<") == 3
    assert pane.count("d***@wingtiptoys.com") >= 3
    assert pane.index("Asked") < pane.index("Wrong passcode")


@pytest.mark.rule("T24", "BET-24", "T25")
def test_details_say_what_is_known_and_what_to_do(
    client: Client, grace: User, daniela: User, gave_up: SignInEvent
) -> None:
    client.force_login(grace)

    basic = client.get(f"{URL}?event={gave_up.pk}").content.decode()
    place = client.get(f"{URL}?event={gave_up.pk}&tab=location").content.decode()
    device = client.get(f"{URL}?event={gave_up.pk}&tab=device").content.decode()

    assert str(gave_up.pk) in basic
    assert "70018 BadVerificationCode" in basic
    assert "The person can try again or ask for a new code." in basic
    assert f'<a href="/users/{daniela.pk}/">Daniela Rossi</a>' in basic
    assert "<dt>Client app</dt><dd>Browser</dd>" in basic
    assert "<dt>Application ID</dt><dd>–</dd>" in basic
    assert "<dt>City</dt><dd>–</dd>" in place
    assert "<dt>Browser</dt><dd>Firefox 93</dd>" in device
    assert "<dt>Operating system</dt><dd>Windows 10</dd>" in device
    for html in (basic, place, device):
        assert not inline_code(html)


@pytest.mark.parametrize("text", ["", "curl/8.5", "(" * 400, "Mozilla/5.0 ;;;"])
def test_any_user_agent_can_be_read(text: str) -> None:
    assert origin.parse_user_agent(text).device == ""


@pytest.mark.rule("BET-24", "T25")
def test_every_code_has_a_name_a_reason_and_a_next_step() -> None:
    codes = error_codes.ERROR_CODES.values()

    assert len(codes) == 37
    assert all(row.name and row.reason and str(row.next_step).endswith(".") for row in codes)
    assert error_codes.error_reason(0) == ""


@pytest.mark.rule("LOG-4", "LOG-5")
def test_the_access_type_follows_the_kind_of_user(grace: User, daniela: User) -> None:
    inside = step(grace, 1, SignInStatus.SUCCESS)
    outside = step(daniela, 1, SignInStatus.SUCCESS)

    assert inside.cross_tenant_access_type == "none"
    assert inside.home_tenant_id == grace.tenant_id
    assert outside.cross_tenant_access_type == "b2bCollaboration"
    assert outside.home_tenant_id is None
    assert outside.resource_tenant_id == daniela.tenant_id


@pytest.mark.rule("T17", "SEC-80")
@pytest.mark.parametrize(
    ("role", "sees_all"),
    [
        (Role.GLOBAL_ADMINISTRATOR, True),
        (Role.GLOBAL_READER, True),
        (Role.SECURITY_ADMINISTRATOR, True),
        (Role.USER_ADMINISTRATOR, False),
        (Role.HELPDESK_ADMINISTRATOR, False),
        (None, False),
    ],
)
def test_readers_see_all_and_others_their_own(
    client: Client,
    contoso: Tenant,
    attempt: list[SignInEvent],
    role: Role | None,
    sees_all: bool,
) -> None:
    reader = MemberFactory(tenant=contoso, roles=(role,) if role else ())
    mine = step(reader, 0, SignInStatus.SUCCESS, correlation_id=str(uuid.uuid4()))
    client.force_login(reader)

    assert len(rows(client)) == (2 if sees_all else 1)
    assert client.get(f"{URL}?event={mine.pk}").status_code == 200
    other = client.get(f"{URL}?event={attempt[-1].pk}")
    assert other.status_code == (200 if sees_all else 404)


@pytest.mark.rule("SEC-80", "DIR-1")
def test_nothing_of_another_tenant_is_shown(
    client: Client, grace: User, attempt: list[SignInEvent]
) -> None:
    fabrikam = TenantFactory(display_name="Fabrikam", domain="fabrikam.com")
    adele = MemberFactory(tenant=fabrikam, display_name="Adele Vance")
    foreign = step(adele, 0, SignInStatus.FAILURE, correlation_id=attempt[0].correlation_id)
    client.force_login(grace)

    assert rows(client) == ["Success"]
    assert client.get(f"{URL}?event={foreign.pk}").status_code == 404
    pane = client.get(f"{URL}?event={attempt[-1].pk}&tab=authentication").content.decode()
    assert pane.count("<h3>Step") == 3


@pytest.mark.rule("LOG-2", "SEC-88", "SEC-103")
def test_files_hold_one_entry_an_attempt(
    client: Client, grace: User, daniela: User, attempt: list[SignInEvent], gave_up: SignInEvent
) -> None:
    client.force_login(grace)

    sheet = client.post(URL, {"format": "csv"})
    text = b"".join(sheet.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    newest, oldest = csv.DictReader(io.StringIO(text))
    answer = client.post(f"{URL}?status=failure", {"format": "json"})
    (failure,) = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]

    assert newest["Request ID"] == str(attempt[-1].pk)
    assert newest["Browser"] == "Firefox 93"
    assert oldest["Sign-in error code"] == "70018"
    assert failure["id"] == str(gave_up.pk)
    assert failure["status"]["errorCode"] == 70018
    assert failure["userId"] == str(daniela.pk)
    assert AuditEvent.objects.of(grace.tenant).filter(activity="Download sign-in logs").count() == 2


@pytest.mark.rule("USR-21")
def test_the_page_of_a_user_has_their_sign_ins_only(
    client: Client, grace: User, daniela: User, attempt: list[SignInEvent]
) -> None:
    step(grace, 1, SignInStatus.FAILURE, correlation_id=str(uuid.uuid4()))
    client.force_login(grace)

    html = client.get(f"/users/{daniela.pk}/sign-in-logs/").content.decode()

    assert "<h1>Daniela Rossi <span>| Sign-in logs</span></h1>" in html
    assert "1 sign-in<" in html
    assert 'aria-current="page"' in html
    assert client.get(f"/users/{uuid.uuid4()}/sign-in-logs/").status_code == 404


def test_the_list_costs_the_same_however_long_it_is(
    client: Client, grace: User, daniela: User
) -> None:
    client.force_login(grace)
    client.get(URL)
    step(daniela, 1, SignInStatus.SUCCESS, correlation_id=str(uuid.uuid4()))

    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for minute in range(60):
        step(daniela, minute, SignInStatus.SUCCESS, correlation_id=str(uuid.uuid4()))
    with CaptureQueriesContext(connection) as many:
        html = client.get(URL).content.decode()

    assert len(many) == len(few)
    following = read_page(html).find("link", "Load more")
    rest = client.get(following.get("href")).content.decode()
    assert "51 to 61 of 61 shown" in rest


@pytest.mark.rule("LOG-6", "AUD-1")
def test_sign_ins_beyond_the_retention_are_forgotten_and_nothing_else(
    daniela: User, settings: Any
) -> None:
    settings.PORTAL_SIGN_IN_LOG_DAYS = 30
    day = 24 * 60
    old = [step(daniela, 30 * day + n, SignInStatus.SUCCESS) for n in (1, 2)]
    kept = step(daniela, 30 * day - 1, SignInStatus.SUCCESS)
    audited = AuditEvent.objects.of(daniela.tenant)
    before = audited.count()

    assert forget_expired_sign_ins() == len(old)

    assert list(SignInEvent.objects.of(daniela.tenant)) == [kept]
    assert audited.count() == before
    with pytest.raises(AppendOnlyError):
        SignInEvent.objects.of(daniela.tenant).delete()


@pytest.mark.rule("LOG-6")
def test_the_log_keeps_a_day_whatever_the_setting_says(daniela: User, settings: Any) -> None:
    settings.PORTAL_SIGN_IN_LOG_DAYS = -5
    step(daniela, 60, SignInStatus.SUCCESS)

    assert forget_expired_sign_ins() == 0
