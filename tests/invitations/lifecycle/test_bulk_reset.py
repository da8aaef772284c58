"""Reset the redemption of many guests as one bulk operation (INV-17, BET-2)."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from guests.bulk import running
from guests.bulk.file_reading import column_headings
from guests.models import BulkJob, ExternalUserState, User
from identityproviders.passcodes.policy.models import PasscodePolicy
from invitations.lifecycle import bulk_reset
from portal.outbox.models import OutgoingMail
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import (
    AdministratorFactory,
    GuestFactory,
    MemberFactory,
    PasscodeGuestFactory,
    TenantFactory,
)
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

PANE = "identityproviders:passcode_pane"


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def guests(contoso: Tenant) -> list[User]:
    addresses = ("farah@wingtiptoys.com", "priya@wingtiptoys.com")
    return [PasscodeGuestFactory(tenant=contoso, address=address) for address in addresses]


def run_only_job(tenant: Tenant) -> BulkJob:
    job: BulkJob = BulkJob.objects.of(tenant).get()
    running.run_job(job.pk)
    job.refresh_from_db()
    return job


def turn_off(client: Client, tenant: Tenant, **more: str) -> None:
    policy = PasscodePolicy.objects.filter(tenant=tenant).first()
    client.post(
        reverse(PANE),
        {
            "choice": "disable",
            "version": str(policy.version if policy else 0),
            "seen": "1",
            "acknowledged": "2",
            **more,
        },
    )


@pytest.mark.rule("INV-17", "USR-11")
def test_selected_guests_are_named_before_anything_is_done(
    client: Client, contoso: Tenant, guests: list[User]
) -> None:
    client.force_login(AdministratorFactory(tenant=contoso))

    answer = client.post(
        reverse("invitations:reset_selected"), {"user": [str(guest.pk) for guest in guests]}
    )

    assert "Reset the redemption of 2 guests?" in answer.content.decode()
    assert not BulkJob.objects.of(contoso).exists()


@pytest.mark.rule("INV-17", "BET-2")
def test_confirmed_selection_is_reset_and_invited_as_one_operation(
    client: Client, contoso: Tenant, guests: list[User]
) -> None:
    client.force_login(AdministratorFactory(tenant=contoso))

    client.post(
        reverse("invitations:reset_selected"),
        {"user": [str(guest.pk) for guest in guests], "confirmed": "yes"},
    )
    job = run_only_job(contoso)

    assert (job.total, job.succeeded) == (2, 2)
    states = User.objects.of(contoso).external().values_list("external_user_state", flat=True)
    assert set(states) == {ExternalUserState.PENDING}
    assert OutgoingMail.objects.of(contoso).count() == 2


@pytest.mark.rule("BET-2")
def test_codes_switched_off_with_the_tick_reset_those_who_lose_their_sign_in(
    client: Client, contoso: Tenant, guests: list[User]
) -> None:
    GuestFactory(tenant=contoso, address="keeps.theirs@partner.example")
    client.force_login(AdministratorFactory(tenant=contoso))

    turn_off(client, contoso, reset="1")
    job = run_only_job(contoso)

    assert {row.object_id for row in job.rows.all()} == {guest.pk for guest in guests}
    assert OutgoingMail.objects.of(contoso).count() == 2


@pytest.mark.rule("BET-2")
def test_codes_switched_off_without_the_tick_reset_no_one(
    client: Client, contoso: Tenant, guests: list[User]
) -> None:
    client.force_login(AdministratorFactory(tenant=contoso))

    turn_off(client, contoso)

    assert not BulkJob.objects.of(contoso).exists()


@pytest.mark.rule("BET-2")
def test_choice_that_is_not_saved_starts_no_reset(
    client: Client, contoso: Tenant, guests: list[User]
) -> None:
    client.force_login(AdministratorFactory(tenant=contoso))

    turn_off(client, contoso, reset="1", acknowledged="1")

    assert not BulkJob.objects.of(contoso).exists()


@pytest.mark.rule("T17")
def test_tick_of_somebody_who_may_not_reset_does_nothing(
    client: Client, contoso: Tenant, guests: list[User]
) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=[Role.SECURITY_ADMINISTRATOR]))

    turn_off(client, contoso, reset="1")

    assert not BulkJob.objects.of(contoso).exists()


@pytest.mark.rule("BET-1", "INV-17")
def test_a_file_of_resets_says_how_each_guest_will_sign_in_afterwards(
    client: Client, contoso: Tenant, guests: list[User]
) -> None:
    moved = TenantFactory(domain="wingtiptoys.com")
    MemberFactory(tenant=moved, email="farah@wingtiptoys.com")
    client.force_login(AdministratorFactory(tenant=contoso))
    heading = ",".join(column_headings(bulk_reset.RESET_REDEMPTION.columns))
    rows = [f"{guest.pk},{guest.display_name}" for guest in guests]
    content = "\r\n".join(["version:v1.0", heading, *rows]).encode()

    answer = client.post(
        reverse("guests:bulk", args=["reset"]), {"file": SimpleUploadedFile("r.csv", content)}
    )

    page = read_page(client.get(answer["Location"]))
    assert page.column("Predicted sign-in method") == [
        "Organization account",
        "Email one-time passcode",
    ]
