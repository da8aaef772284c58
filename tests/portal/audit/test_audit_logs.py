"""Users | Audit logs: rows, filters, details, files, and who may see what."""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guests.models import User
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.audit.models import AuditEvent, Result
from portal.permissions import Role
from portal.principals import SYSTEM
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db
URL = "/users/audit-logs/"


@pytest.fixture
def updated(grace: User, daniela: User) -> AuditEvent:
    return log.record(
        log.UPDATE_USER,
        daniela.tenant,
        by=grace,
        target=Target.of_user(daniela),
        details=Details(
            changes=[Change("jobTitle", "Buyer", "Lead buyer"), Change("city", None, "Turin")],
            additional={"Ticket": "4711"},
        ),
    )


@pytest.fixture
def refused(grace: User, daniela: User) -> AuditEvent:
    return log.record(
        log.DELETE_USER,
        daniela.tenant,
        by=daniela,
        target=Target.of_user(grace),
        details=Details(reason="Beyond your role"),
        result=Result.FAILURE,
    )


@pytest.fixture
def by_system(contoso: Tenant) -> AuditEvent:
    return log.record(log.METHODS_POLICY_UPDATE, contoso, by=SYSTEM)


def shown(client: Client, query: str = "") -> list[str]:
    """The activities in the list, from the top, without how its people came into being."""
    answer = client.get(URL + query)
    assert answer.status_code == 200
    activities = read_page(answer).column("Activity")
    return [name for name in activities if name not in {"Add user", "Add member to role"}]


@pytest.mark.rule("AUD-3")
def test_the_list_has_the_columns_and_the_newest_event_on_top(
    client: Client, grace: User, updated: AuditEvent, refused: AuditEvent, by_system: AuditEvent
) -> None:
    client.force_login(grace)

    html = client.get(URL).content.decode()

    assert read_page(html).columns() == [
        "Date",
        "Service",
        "Category",
        "Activity",
        "Status",
        "Status reason",
        "Target(s)",
        "Initiated by (actor)",
    ]
    own = [log.READ_AUDIT_LOGS.name]
    assert shown(client) == [
        *own,
        "Authentication Methods Policy Update",
        "Delete user",
        "Update user",
    ]
    assert "System" in html
    assert "Beyond your role" in html
    assert not inline_code(html)


@pytest.mark.rule("AUD-3", "USR-8")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?service=Core+Directory&activity_is=not&activity=Read+audit+logs", 2),
        ("?category=ApplicationManagement", 1),
        ("?activity=Delete+user", 1),
        ("?status=failure", 1),
        ("?reason=beyond&reason_is=starts", 1),
        ("?target=grace.nakamura%40contoso.com", 1),
        ("?target=grace.nakamura&target_is=starts", 1),
        ("?initiator=daniela&initiator_is=starts", 1),
        ("?initiator=daniela", 0),
        ("?status=failure&activity=Update+user", 0),
        ("?date_to=2001-01-01", 0),
        ("?activity=Fly", 3 + 1),
    ],
)
def test_filters_narrow_the_list(
    client: Client,
    grace: User,
    updated: AuditEvent,
    refused: AuditEvent,
    by_system: AuditEvent,
    query: str,
    expected: int,
) -> None:
    client.force_login(grace)

    assert len(shown(client, query)) == expected


@pytest.mark.rule("AUD-3")
def test_a_date_range_takes_in_both_its_days(client: Client, contoso: Tenant, grace: User) -> None:
    for day in (1, 2, 3):
        AuditEvent.objects.create(
            tenant=contoso,
            activity=f"Day {day}",
            result="success",
            created_at=datetime(2026, 3, day, 23, 30, tzinfo=UTC),
        )
    client.force_login(grace)

    assert shown(client, "?date_from=2026-03-01&date_to=2026-03-02") == ["Day 2", "Day 1"]


@pytest.mark.rule("AUD-2", "AUD-3")
def test_the_pane_has_activity_targets_and_modified_properties(
    client: Client, grace: User, daniela: User, updated: AuditEvent
) -> None:
    client.force_login(grace)

    activity = client.get(f"{URL}?event={updated.pk}").content.decode()
    targets = client.get(f"{URL}?event={updated.pk}&tab=targets").content.decode()
    changes = client.get(f"{URL}?event={updated.pk}&tab=properties").content.decode()

    assert '<h2 id="pane-title" tabindex="-1">Update user</h2>' in activity
    assert "Ticket" in activity
    assert str(updated.correlation_id) in activity
    assert f'<a href="/users/{daniela.pk}/">' in targets
    assert f"<code>{daniela.pk}</code>" in targets
    assert "Buyer</bdi></td><td><bdi>Lead buyer" in changes
    assert "–</bdi></td><td><bdi>Turin" in changes
    assert "&quot;activityDisplayName&quot;: &quot;Update user&quot;" in activity
    for html in (activity, targets, changes):
        assert not inline_code(html)


def test_previous_and_next_follow_the_filtered_list(
    client: Client, contoso: Tenant, grace: User
) -> None:
    start = timezone.now() - timedelta(hours=3)
    events = [
        AuditEvent.objects.create(
            tenant=contoso,
            activity="Update user",
            result="failure" if n == 1 else "success",
            created_at=start + timedelta(minutes=n),
        )
        for n in range(3)
    ]
    client.force_login(grace)

    answer = client.get(f"{URL}?activity=Update+user&status=success&event={events[0].pk}")

    pane = read_page(answer).find("dialog")
    previous = pane.find("link", "Previous event").get("href")
    assert str(events[2].pk) in previous
    assert "status=success" in previous
    assert pane.find("button", "Next event").is_disabled


@pytest.mark.rule("SEC-80", "DIR-1")
@pytest.mark.parametrize("event", ["foreign", "unknown", "no-id"])
def test_other_events_are_not_found(client: Client, grace: User, event: str) -> None:
    fabrikam = TenantFactory(display_name="Fabrikam", domain="fabrikam.com")
    foreign = log.record(log.VERIFY_DOMAIN, fabrikam, by=AdministratorFactory(tenant=fabrikam))
    client.force_login(grace)
    ids = {"foreign": foreign.pk, "unknown": uuid.uuid4(), "no-id": "abc"}

    assert client.get(f"{URL}?event={ids[event]}").status_code == 404
    assert "Verify domain" not in shown(client)


@pytest.mark.rule("T17")
@pytest.mark.parametrize(
    ("role", "status", "sees_all"),
    [
        (Role.GLOBAL_ADMINISTRATOR, 200, True),
        (Role.GLOBAL_READER, 200, True),
        (Role.SECURITY_ADMINISTRATOR, 200, True),
        (Role.USER_ADMINISTRATOR, 200, False),
        (Role.HELPDESK_ADMINISTRATOR, 403, False),
        (Role.GUEST_INVITER, 403, False),
        (None, 403, False),
    ],
)
def test_who_sees_the_log(
    client: Client,
    contoso: Tenant,
    updated: AuditEvent,
    role: Role | None,
    status: int,
    sees_all: bool,
) -> None:
    reader = MemberFactory(tenant=contoso, roles=(role,) if role else ())
    mine = log.record(log.RESTORE_USER, contoso, by=reader)
    client.force_login(reader)

    assert client.get(URL).status_code == status
    if status == 200:
        own = {log.READ_AUDIT_LOGS.name} if sees_all else set()
        others = {"Update user"} if sees_all else set()
        assert set(shown(client)) == {"Restore user"} | own | others
        assert client.get(f"{URL}?event={mine.pk}").status_code == 200
        expected = 200 if sees_all else 404
        assert client.get(f"{URL}?event={updated.pk}").status_code == expected


@pytest.mark.rule("SEC-103")
def test_reading_the_log_is_noted_once_an_hour(client: Client, contoso: Tenant) -> None:
    reader = MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,))
    client.force_login(reader)

    for _time in range(3):
        client.get(URL)

    assert AuditEvent.objects.of(contoso).filter(activity="Read audit logs").count() == 1


@pytest.mark.rule("AUD-3", "SEC-88")
def test_csv_holds_the_filtered_list_and_no_formula(
    client: Client, grace: User, daniela: User, updated: AuditEvent, by_system: AuditEvent
) -> None:
    hostile = log.record(
        log.UPDATE_USER, grace.tenant, by=grace, target=Target("User", "1", "=HYPERLINK(1)")
    )
    client.force_login(grace)

    answer = client.post(f"{URL}?activity=Update+user", {"format": "csv"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    first, second = csv.DictReader(io.StringIO(text))
    assert first["TargetDisplayName"] == "'=HYPERLINK(1)"
    assert second["Activity"] == "Update user"
    assert second["TargetObjectId"] == str(daniela.pk)
    assert json.loads(second["ModifiedProperties"])[0]["new"] == "Lead buyer"
    assert hostile.pk


@pytest.mark.rule("AUD-2", "AUD-3")
def test_json_holds_every_field(
    client: Client, grace: User, daniela: User, updated: AuditEvent
) -> None:
    client.force_login(grace)

    answer = client.post(f"{URL}?activity=Update+user", {"format": "json"})

    (event,) = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert event["loggedByService"] == "Core Directory"
    assert event["initiatedBy"]["user"]["userPrincipalName"] == "grace.nakamura@contoso.com"
    assert event["targetResources"][0]["userPrincipalName"] == daniela.user_principal_name
    assert event["targetResources"][0]["modifiedProperties"][1] == {
        "displayName": "city",
        "oldValue": None,
        "newValue": '"Turin"',
    }
    assert event["additionalDetails"] == [{"key": "Ticket", "value": "4711"}]


def test_an_empty_json_file_is_an_empty_list(client: Client, grace: User) -> None:
    client.force_login(grace)

    answer = client.post(f"{URL}?activity=Delete+user", {"format": "json"})

    assert json.loads(b"".join(answer.streaming_content)) == []  # type: ignore[attr-defined]


@pytest.mark.rule("SEC-103", "SEC-77", "USR-12")
def test_only_some_readers_take_the_log_along_and_the_log_says_who(
    client: Client, contoso: Tenant, updated: AuditEvent
) -> None:
    auditor = MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,))
    analyst = MemberFactory(tenant=contoso, roles=(Role.SECURITY_ADMINISTRATOR,))
    client.force_login(auditor)
    taken = client.post(URL, {"format": "csv"})
    client.force_login(analyst)
    refused = client.post(URL, {"format": "csv"})

    assert (taken.status_code, refused.status_code) == (200, 403)
    assert 'aria-describedby="refused-download"' in client.get(URL).content.decode()
    noted = AuditEvent.objects.of(contoso).filter(activity="Download audit logs")
    assert set(noted.values_list("actor_id", "result")) == {
        (auditor.pk, "success"),
        (analyst.pk, "failure"),
    }
    client.force_login(auditor)
    assert client.post(URL, {"format": "exe"}).status_code == 404


def test_the_list_costs_the_same_however_long_it_is(
    client: Client, contoso: Tenant, grace: User
) -> None:
    client.force_login(grace)
    client.get(URL)

    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for _n in range(60):
        log.record(log.UPDATE_USER, contoso, by=grace)
    with CaptureQueriesContext(connection) as many:
        html = client.get(URL).content.decode()

    assert len(many) == len(few)
    following = read_page(html).find("link", "Load more")
    rest = client.get(following.get("href")).content.decode()
    assert f"51 to {AuditEvent.objects.of(contoso).count()} of" in rest


@pytest.mark.rule("USR-21")
def test_the_page_of_a_user_has_them_as_target_and_as_initiator(
    client: Client,
    grace: User,
    daniela: User,
    updated: AuditEvent,
    refused: AuditEvent,
    by_system: AuditEvent,
) -> None:
    client.force_login(grace)

    html = client.get(f"/users/{daniela.pk}/audit-logs/").content.decode()

    assert "<h1>Daniela Rossi <span>| Audit logs</span></h1>" in html
    assert "2 events" in html
    assert "Policy Update" not in read_page(html).find("table").text
    assert client.get(f"/users/{uuid.uuid4()}/audit-logs/").status_code == 404
    own = client.get(f"/users/{daniela.pk}/audit-logs/?event={by_system.pk}")
    assert own.status_code == 404
