"""Notifications: kept for each person, counted at the bell, cleared by them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guests.models import User
from portal.console import notifications
from portal.console.models import Notification
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory

pytestmark = pytest.mark.django_db

URL, BELL = "/notifications/", "/notifications/bell/"


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    client.force_login(grace)
    return grace


def test_what_a_page_said_is_kept(client: Client, contoso: Tenant, grace: User) -> None:
    mel = MemberFactory(tenant=contoso, display_name="Mel")

    client.post(f"/users/{mel.pk}/revoke-sessions/")

    assert "Mel has to sign in again everywhere." in client.get(URL).content.decode()


def test_the_bell_counts_unread_ones_until_they_are_opened(client: Client, grace: User) -> None:
    notifications.notify(grace, "Bulk invite: Completed")
    assert "Notifications, 1 unread" in client.get(BELL).content.decode()

    client.get(URL)

    assert "unread" not in client.get(BELL).content.decode()


def test_notifications_of_another_person_are_not_shown(
    client: Client, contoso: Tenant, grace: User
) -> None:
    notifications.notify(MemberFactory(tenant=contoso), "Not for Grace")

    assert "Not for Grace" not in client.get(URL).content.decode()


def test_one_is_cleared_and_the_others_stay(client: Client, contoso: Tenant, grace: User) -> None:
    for title in ("First", "Second"):
        notifications.notify(grace, title)
    first = Notification.objects.of(contoso).get(title="First")

    client.post(URL, {"clear": str(first.pk)})

    assert [row.title for row in notifications.latest_notifications(grace)] == ["Second"]


def test_what_belongs_to_another_person_is_never_cleared(
    client: Client, contoso: Tenant, grace: User
) -> None:
    mel = MemberFactory(tenant=contoso)
    notifications.notify(mel, "For Mel")
    row = Notification.objects.of(contoso).get()

    client.post(URL, {"clear": str(row.pk)})
    client.post(URL, {"clear": "all"})

    assert notifications.latest_notifications(mel).count() == 1


def test_older_than_30_days_is_forgotten(contoso: Tenant, grace: User) -> None:
    notifications.notify(grace, "Old")
    Notification.objects.of(contoso).update(created_at=timezone.now() - timedelta(days=31))

    notifications.notify(grace, "New")

    assert [row.title for row in Notification.objects.of(contoso)] == ["New"]


def test_a_number_that_is_none_clears_nothing(client: Client, grace: User) -> None:
    notifications.notify(grace, "Stays")

    client.post(URL, {"clear": "٣"})

    assert notifications.latest_notifications(grace).count() == 1
