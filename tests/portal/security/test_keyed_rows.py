"""A key ring without a key that stored rows need is refused (FI-12, SEC-98)."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client, override_settings
from django.utils import timezone

from guests.models import BulkJob, BulkRow
from identityproviders.models import PasscodeRequest, SignInTransaction, SocialProvider
from invitations.models import Invitation, InvitationStatus
from portal import checks, health
from portal.security import keys
from portal.security.keyed_rows import list_missing_key_ids
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, TenantFactory
from tests.support.inviting import invite_guest

pytestmark = pytest.mark.django_db

OTHER = f"other:{base64.b64encode(bytes(range(32))).decode()}"


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory(domain="contoso.com")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process found before does not count."""
    monkeypatch.setattr(health, "_LOOKED_FOR_KEYS", {})


def an_invitation(tenant: Tenant) -> None:
    ada = AdministratorFactory(tenant=tenant)
    invite_guest(tenant, by=ada, address="a@partner.example", redirect_url="https://contoso.com/")


def a_secret(tenant: Tenant) -> None:
    SocialProvider.objects.create(
        tenant=tenant, kind="google.com", client_id="foyer", client_secret="secret"
    )


def a_password(tenant: Tenant) -> None:
    job = BulkJob.objects.create(tenant=tenant, kind="create", file_name="a.csv")
    BulkRow.objects.create(tenant=tenant, job=job, number=3, sealed=keys.encrypt("x", "y"))


def a_code(tenant: Tenant) -> None:
    sign_in = SignInTransaction.objects.create(
        tenant=tenant, expires_at=timezone.now() + timedelta(hours=1)
    )
    PasscodeRequest.objects.create(
        tenant=tenant,
        sign_in=sign_in,
        address_key="a@partner.example",
        nonce=b"n",
        key_id=keys.key_ring().active_id,
        expires_at=timezone.now() + timedelta(minutes=5),
    )


ROWS = [an_invitation, a_secret, a_password, a_code]


@pytest.mark.rule("FI-12", "SEC-98")
@pytest.mark.parametrize("make", ROWS, ids=[make.__name__ for make in ROWS])
def test_a_key_that_rows_need_is_named_when_it_left_the_ring(
    tenant: Tenant, make: Callable[[Tenant], None]
) -> None:
    make(tenant)
    used = keys.key_ring().active_id
    assert list_missing_key_ids() == []

    with override_settings(PORTAL_KEYS=OTHER):
        assert list_missing_key_ids() == [used]
        with pytest.raises(ImproperlyConfigured, match=f"need the key “{used}”"):
            checks.refuse_missing_keys()
    with override_settings(PORTAL_KEYS=f"{OTHER},{settings.PORTAL_KEYS}"):
        assert list_missing_key_ids() == []


@pytest.mark.rule("SEC-98")
def test_a_key_may_leave_once_nothing_open_was_made_with_it(tenant: Tenant) -> None:
    an_invitation(tenant)
    a_code(tenant)
    Invitation.unscoped.update(status=InvitationStatus.COMPLETED)
    PasscodeRequest.unscoped.update(expires_at=timezone.now() - timedelta(seconds=1))

    with override_settings(PORTAL_KEYS=OTHER):
        assert list_missing_key_ids() == []


@pytest.mark.rule("FI-12", "REL-25")
def test_a_process_with_such_a_ring_is_not_ready_and_says_why(
    client: Client, tenant: Tenant
) -> None:
    a_secret(tenant)
    used = keys.key_ring().active_id

    with override_settings(PORTAL_KEYS=OTHER):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.content.decode() == f"not ready: no key {used} in the ring\n"


@pytest.mark.rule("FI-12")
def test_the_sender_of_mails_does_not_start_either(tenant: Tenant) -> None:
    an_invitation(tenant)

    with (
        override_settings(PORTAL_KEYS=OTHER),
        pytest.raises(SystemCheckError, match="need the key"),
    ):
        call_command("run_outbox", once=True, skip_checks=False, stdout=io.StringIO())
