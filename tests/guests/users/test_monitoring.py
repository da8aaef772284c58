"""Monitoring: the chart of the sign-ins of 30 days, and its numbers (USR-17)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from guests.models import User
from guests.users.page.sign_in_chart import chart_of
from guests.users.queries import SignInDay, SignIns, sign_ins_of_month
from portal.audit.models import SignInEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import inline_code, read_page


@pytest.fixture
def daniela(contoso: Tenant) -> User:
    return PasscodeGuestFactory(tenant=contoso, display_name="Daniela Rossi")


def signed_in(user: User, at: datetime, status: str = "success") -> None:
    SignInEvent.objects.create(tenant=user.tenant, user=user, created_at=at, status=status)


@pytest.mark.rule("USR-17")
@pytest.mark.django_db
def test_days_begin_at_midnight_in_utc_and_go_back_thirty(daniela: User) -> None:
    now = datetime(2026, 3, 30, 12, tzinfo=UTC)
    signed_in(daniela, datetime(2026, 3, 1, 0, 0, tzinfo=UTC))
    signed_in(daniela, datetime(2026, 2, 28, 23, 59, tzinfo=UTC))
    signed_in(daniela, now, "failure")

    found = sign_ins_of_month(daniela, now=now)

    assert len(found.days) == 30
    assert (found.days[0].day.isoformat(), found.days[0].succeeded) == ("2026-03-01", 1)
    assert (found.days[-1].failed, found.succeeded, found.failed) == (1, 1, 1)


def test_columns_stand_on_the_ground_and_end_at_the_scale() -> None:
    days = [SignInDay(datetime(2026, 3, n + 1, tzinfo=UTC).date(), n, 3 - n) for n in range(4)]

    chart = chart_of(SignIns(days, None))

    assert (chart.top, chart.half, chart.width) == (4, 2, 40)
    for column in chart.columns:
        assert column.succeeded_y + column.succeeded_height == pytest.approx(100)
        assert column.failed_y == pytest.approx(25)


@pytest.mark.django_db
@pytest.mark.rule("USR-17", "USR-14", "SEC-69")
def test_the_tab_draws_succeeded_and_failed_and_lists_them(
    client: Client, contoso: Tenant, daniela: User
) -> None:
    now = datetime.now(UTC)
    signed_in(daniela, now - timedelta(days=2))
    signed_in(daniela, now - timedelta(days=2), "failure")
    client.force_login(AdministratorFactory(tenant=contoso))

    html = client.get(f"/users/{daniela.pk}/monitoring/").content.decode()

    tabs = read_page(html).find("navigation", "Sections")
    assert tabs.names("link") == ["Overview", "Monitoring", "Properties"]
    assert 'aria-label="Sign-ins of 30 days by day: 1 succeeded, 1 failed.' in html
    assert 'class="failed" x="' in html
    assert '<td class="num">1</td><td class="num">1</td>' in html
    assert not inline_code(html)


@pytest.mark.django_db
@pytest.mark.rule("T17")
def test_the_chart_is_for_readers_of_the_log_and_the_person(
    client: Client, contoso: Tenant, daniela: User
) -> None:
    colleague = MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,))
    client.force_login(colleague)

    other = client.get(f"/users/{daniela.pk}/monitoring/").content.decode()
    own = client.get(f"/users/{colleague.pk}/monitoring/").content.decode()

    assert "You can’t see this user’s sign-ins" in other
    assert "Security Administrator" in other
    assert 'role="img"' in own
    assert client.get(f"/users/{uuid.uuid4()}/monitoring/").status_code == 404
