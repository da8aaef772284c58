"""Resend selected invitations as one bulk operation (INV-15)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guests.bulk import running
from guests.models import BulkJob, User
from invitations.lifecycle.actions import revoke_invitation
from invitations.models import Invitation
from portal.audit.models import AuditEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory
from tests.support.invitations import NICOLE, Invite, SetPolicy, mails_of, signed_in
from tests.support.page import read_page, words

pytestmark = pytest.mark.django_db

PAGE = reverse("invitations:resend_selected")
OMAR = "omar@adatum.com"


@pytest.fixture
def invitations(invite: Invite) -> list[Invitation]:
    made = [invite(address).invitation for address in (NICOLE, OMAR)]
    Invitation.unscoped.update(resent_at=timezone.now() - timedelta(minutes=6))
    return made


def post(client: Client, chosen: list[Invitation], **more: str) -> str:
    values = {"invitation": [str(one.pk) for one in chosen], **more}
    return words(client.post(PAGE, values, follow=True))


def run_only_job(tenant: Tenant) -> BulkJob:
    job: BulkJob = BulkJob.objects.of(tenant).get()
    running.run_job(job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.rule("INV-15", "USR-11")
def test_the_list_offers_a_box_for_each_invitation_and_the_command(
    invitations: list[Invitation], ada: User
) -> None:
    page = read_page(signed_in(ada).get(reverse("invitations:invitations")))

    assert page.find("button", "Resend").get("formaction") == PAGE
    boxes = {box.value for box in page.fields("invitation")}
    assert boxes == {str(one.pk) for one in invitations}


@pytest.mark.rule("INV-15", "USR-11")
def test_selected_invitations_are_named_before_anything_is_sent(
    invitations: list[Invitation], ada: User
) -> None:
    page = post(signed_in(ada), invitations)

    assert "Resend 2 invitations?" in page
    assert not BulkJob.objects.of(ada.tenant).exists()


@pytest.mark.rule("INV-15")
def test_confirmed_invitations_are_sent_again_with_the_same_link(
    invitations: list[Invitation], ada: User
) -> None:
    before = [one.generation for one in invitations]

    post(signed_in(ada), invitations, confirmed="yes")
    job = run_only_job(ada.tenant)

    assert (job.total, job.succeeded) == (2, 2)
    assert [len(mails_of(one)) for one in invitations] == [2, 2]
    assert [Invitation.unscoped.get(pk=one.pk).generation for one in invitations] == before
    assert AuditEvent.objects.of(ada.tenant).filter(activity="Resend invitation").count() == 2


@pytest.mark.rule("INV-15", "SEC-22")
def test_what_no_longer_waits_is_left_out_and_said(
    invitations: list[Invitation], ada: User
) -> None:
    revoke_invitation(invitations[0], by=ada)

    page = post(signed_in(ada), invitations)

    assert "Resend 1 invitation?" in page
    assert "1 selected invitation was accepted or revoked and stays as it is." in page


@pytest.mark.rule("INV-15", "SEC-22")
def test_nothing_is_started_when_none_waits(invitations: list[Invitation], ada: User) -> None:
    revoke_invitation(invitations[0], by=ada)

    page = post(signed_in(ada), invitations[:1], confirmed="yes")

    assert "Nothing to resend" in page
    assert not BulkJob.objects.of(ada.tenant).exists()


@pytest.mark.rule("T21", "BLK-10")
def test_one_sent_a_minute_ago_fails_alone_with_its_reason(
    invitations: list[Invitation], ada: User
) -> None:
    recent = Invitation.unscoped.filter(pk=invitations[0].pk)
    recent.update(resent_at=timezone.now() - timedelta(minutes=1))

    post(signed_in(ada), invitations, confirmed="yes")
    job = run_only_job(ada.tenant)

    assert (job.succeeded, job.failed) == (1, 1)
    assert "less than 5 minutes ago" in job.rows.get(outcome="failure").reason


@pytest.mark.rule("SEC-79", "SEC-80")
def test_an_invitation_of_another_tenant_is_not_found(
    invitations: list[Invitation], ada: User
) -> None:
    elsewhere = signed_in(AdministratorFactory())

    assert elsewhere.post(PAGE, {"invitation": str(invitations[0].pk)}).status_code == 404


@pytest.mark.rule("INV-15")
def test_who_may_not_invite_starts_nothing(
    invitations: list[Invitation], ada: User, set_policy: SetPolicy
) -> None:
    set_policy(allow_invites_from="adminsAndGuestInviters")
    reader = MemberFactory(tenant=ada.tenant, roles=[Role.GLOBAL_READER])

    answer = signed_in(reader).post(PAGE, {"invitation": str(invitations[0].pk), "confirmed": "1"})

    assert answer.status_code == 403
    assert not BulkJob.objects.of(ada.tenant).exists()


@pytest.mark.rule("SEC-80")
@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ([], "Select at least one invitation in the list first."),
        (["x"] * 501, "Select 500 invitations at most at a time."),
    ],
    ids=["none", "too many"],
)
def test_a_wrong_number_of_boxes_is_said(ada: User, sent: list[str], sentence: str) -> None:
    answer = signed_in(ada).post(PAGE, {"invitation": sent})

    assert answer.status_code == 400
    assert sentence in words(answer)
