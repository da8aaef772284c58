"""Django admin: operators only, secrets never shown, every change audited (SEC-82, AUD-1)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guests.models import User
from identityproviders.models import PasscodePolicy, SocialProvider
from invitations.inviting import tickets
from invitations.models import Invitation
from portal.audit.models import AuditEvent
from portal.outbox.models import MailState, OutgoingMail, Queue, SuppressedAddress, WorkerHeartbeat
from portal.tenants.models import PLATFORM_TENANT_ID, Domain, Tenant
from tests.factories import (
    PASSWORD,
    AdministratorFactory,
    GuestFactory,
    MemberFactory,
    TenantFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SEC-82")]


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def operator() -> User:
    platform = Tenant.objects.get(pk=PLATFORM_TENANT_ID)
    return MemberFactory(tenant=platform, email="ada@platform", display_name="Ada")


@pytest.fixture
def operations(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def queued_mail(tenant: Tenant) -> OutgoingMail:
    mail: OutgoingMail = OutgoingMail.objects.create(
        tenant=tenant,
        kind="invitation",
        subject_id=uuid.uuid4(),
        recipient="ada@partner.example",
        queue=Queue.MAIL,
        give_up_at="2030-01-01T00:00:00Z",
    )
    return mail


def test_it_has_a_path_of_its_own_and_operators_sign_in_there(
    client: Client, operator: User
) -> None:
    assert reverse("admin:index") == f"/{settings.PORTAL_OPERATOR_PATH}/"

    answer = client.post(
        reverse("admin:login"), {"username": operator.user_principal_name, "password": PASSWORD}
    )

    assert answer.status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_global_administrator_is_no_operator(client: Client, tenant: Tenant) -> None:
    client.force_login(AdministratorFactory(tenant=tenant))

    assert client.get(reverse("admin:index")).status_code == 302


def test_every_list_and_every_row_opens(operations: Client, tenant: Tenant) -> None:
    GuestFactory(tenant=tenant, accepted_with="mail")
    PasscodePolicy.objects.create(tenant=tenant)
    queued_mail(tenant)

    assert len(admin.site._registry) >= 8
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert operations.get(reverse(f"{name}_changelist")).status_code == 200, name
        manager = getattr(model, "unscoped", model._default_manager)
        row = model_admin.get_queryset(None).first() if manager.exists() else None  # type: ignore[arg-type]
        if row is not None:
            assert operations.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, name


def test_no_page_shows_a_secret(operations: Client, tenant: Tenant) -> None:
    member = MemberFactory(tenant=tenant)
    guest = GuestFactory(tenant=tenant)
    SocialProvider.objects.create(
        tenant=tenant, kind="google.com", client_id="client", client_secret="planted-secret"
    )
    invitation_id = uuid.uuid4()
    ticket = tickets.new_ticket(tenant.pk, invitation_id, 1)
    invitation = Invitation.objects.create(
        id=invitation_id, tenant=tenant, user=guest, address="a@b.example", **ticket.columns()
    )
    planted = [
        str(member.password),
        "planted-secret",
        ticket.ticket_hash,
        tickets.ticket_of(invitation),
    ]

    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages = [operations.get(reverse(f"{name}_changelist"))]
        pages += [
            operations.get(reverse(f"{name}_change", args=[row.pk]))
            for row in model_admin.get_queryset(None)[:5]  # type: ignore[arg-type]
        ]
        for page in pages:
            assert not [secret for secret in planted if secret in page.content.decode()]


@pytest.mark.rule("DIR-4", "T23")
def test_marking_a_domain_verified_is_audited_like_a_verification(
    operations: Client, tenant: Tenant, operator: User
) -> None:
    domain = Domain.objects.create(tenant=tenant, name="contoso.org")

    operations.post(
        reverse("admin:tenants_domain_change", args=[domain.pk]),
        {"tenant": str(tenant.pk), "name": "contoso.org", "is_verified": "on"},
    )

    domain.refresh_from_db()
    assert domain.is_verified
    assert domain.verified_at is not None
    event = AuditEvent.objects.of(tenant).get(activity="Verify domain")
    assert (event.actor_id, event.actor_kind) == (operator.pk, "operator")


@pytest.mark.rule("OTC-7", "AUD-1")
def test_the_automatic_date_of_a_tenant_is_the_operators(
    operations: Client, tenant: Tenant
) -> None:
    policy = PasscodePolicy.objects.create(tenant=tenant)

    operations.post(
        reverse("admin:identityproviders_passcodepolicy_change", args=[policy.pk]),
        {"automatic_on": "2030-01-01", "lifetime_minutes": "30"},
    )

    policy.refresh_from_db()
    assert str(policy.automatic_on) == "2030-01-01"
    assert policy.version == 1  # a pane opened before notices
    event = AuditEvent.objects.of(tenant).get(activity="Authentication Methods Policy Update")
    assert event.modified_properties == [{"name": "automatic_on", "old": None, "new": "2030-01-01"}]


@pytest.mark.rule("SEC-104", "AUD-1")
def test_log_rows_cannot_be_changed_or_deleted(operations: Client, tenant: Tenant) -> None:
    AdministratorFactory(tenant=tenant)
    event = AuditEvent.objects.of(tenant).first()
    change = reverse("admin:audit_auditevent_change", args=[event.pk])

    assert operations.post(change, {"activity": "nothing"}).status_code == 403
    delete = reverse("admin:audit_auditevent_delete", args=[event.pk])
    assert operations.post(delete, {"post": "yes"}).status_code == 403
    assert AuditEvent.objects.of(tenant).filter(pk=event.pk, activity=event.activity).exists()


@pytest.mark.rule("AUD-1")
@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("hold", MailState.PENDING, MailState.HELD),
        ("release", MailState.HELD, MailState.PENDING),
        ("retry", MailState.FAILED, MailState.PENDING),
    ],
)
def test_a_mail_is_held_released_and_sent_again(
    operations: Client, tenant: Tenant, action: str, before: str, after: str
) -> None:
    mail = queued_mail(tenant)
    OutgoingMail.unscoped.filter(pk=mail.pk).update(state=before)

    operations.post(
        reverse("admin:outbox_outgoingmail_changelist"),
        {"action": action, "_selected_action": [str(mail.pk)]},
    )

    mail.refresh_from_db()
    assert mail.state == after
    assert AuditEvent.objects.of(tenant).filter(activity="Operator mail action").count() == 1


@pytest.mark.rule("AUD-1")
def test_an_operator_changes_the_own_password_with_an_audit_row(
    operations: Client, operator: User
) -> None:
    new = "another long and unusual sentence"

    answer = operations.post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    assert answer.status_code == 302
    operator.refresh_from_db()
    assert operator.check_password(new)
    events = AuditEvent.objects.of(operator.tenant).filter(activity="Change user password")
    assert [event.actor_id for event in events] == [operator.pk]


def test_the_site_carries_the_name_of_the_product(operations: Client) -> None:
    assert "Foyer operations" in operations.get(reverse("admin:index")).content.decode()


@pytest.mark.rule("SES-6", "T23")
def test_disabling_an_account_ends_its_sessions_for_good(
    operations: Client, tenant: Tenant
) -> None:
    guest = GuestFactory(tenant=tenant, accepted_with="mail")
    before = guest.sign_in_sessions_valid_from

    operations.post(reverse("admin:guests_user_change", args=[guest.pk]), _no_inlines())

    guest.refresh_from_db()
    assert not guest.account_enabled
    assert guest.sign_in_sessions_valid_from > before
    assert AuditEvent.objects.of(tenant).filter(activity="Disable account").count() == 1


def _no_inlines() -> dict[str, str]:
    """What the form sends for the tables beside it, which change nothing."""
    forms = ("role_assignments", "identities")
    return {f"{name}-{part}_FORMS": "0" for name in forms for part in ("TOTAL", "INITIAL")}


@pytest.mark.rule("DIR-3")
@pytest.mark.parametrize(
    ("name", "is_initial", "stored"),
    [
        ("Fabrikam.OnMicrosoft.com", True, "fabrikam.onmicrosoft.com"),
        ("fabrikam.com", True, ""),
        ("a.b.onmicrosoft.com", True, ""),
        ("Fabrikam.com", False, "fabrikam.com"),
        ("no domain", False, ""),
    ],
)
def test_an_initial_domain_is_a_label_under_the_suffix(
    operations: Client, name: str, is_initial: bool, stored: str
) -> None:
    fabrikam = Tenant.objects.create(display_name="Fabrikam")
    form = {"tenant": str(fabrikam.pk), "name": name, "is_verified": "on"}

    operations.post(
        reverse("admin:tenants_domain_add"), form | ({"is_initial": "on"} if is_initial else {})
    )

    assert [d.name for d in fabrikam.domains.all()] == ([stored] if stored else [])


@pytest.mark.rule("AUD-1", "INV-23")
def test_a_suppressed_address_is_cleared(operations: Client, tenant: Tenant) -> None:
    row = SuppressedAddress.objects.create(tenant=tenant, address="ada@partner.example")

    operations.post(
        reverse("admin:outbox_suppressedaddress_changelist"),
        {"action": "clear", "_selected_action": [str(row.pk)]},
    )

    assert not SuppressedAddress.objects.of(tenant).exists()
    event = AuditEvent.objects.of(tenant).get(activity="Clear suppressed email address")
    assert (event.actor_kind, event.target_name) == ("operator", "ada@partner.example")


@pytest.mark.rule("SEC-101")
def test_both_mails_are_previewed_with_sample_data(operations: Client, tenant: Tenant) -> None:
    page = operations.get(reverse("admin:outbox_outgoingmail_changelist")).content.decode()
    assert reverse("admin:outbox_mail_previews") in page

    shown = operations.get(reverse("admin:outbox_mail_previews")).content.decode()
    assert "Ada Lovelace invited you to access applications within their organization." in shown
    assert "Your Contoso account verification code" in shown
    for kind in ("invitation", "passcode"):
        url = reverse("admin:outbox_mail_preview", args=[kind, "en"])
        answer = operations.get(url)
        assert url in shown
        assert "Contoso" in answer.content.decode()
        assert "script-src" not in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert not OutgoingMail.objects.of(tenant).exists()


@pytest.mark.parametrize("tail", ["nothing/en/", "invitation/xx/", "?language=xx"])
def test_a_preview_of_nothing_is_not_found(operations: Client, tail: str) -> None:
    assert operations.get(reverse("admin:outbox_mail_previews") + tail).status_code == 404


def test_previews_are_for_operators(client: Client, tenant: Tenant) -> None:
    client.force_login(AdministratorFactory(tenant=tenant))

    assert client.get(reverse("admin:outbox_mail_previews")).status_code == 302


@pytest.mark.rule("REL-25")
@pytest.mark.parametrize(("seconds", "word"), [(5, "True"), (45, "False")])
def test_operators_see_which_worker_is_stale(operations: Client, seconds: int, word: str) -> None:
    seen_at = timezone.now() - timedelta(seconds=seconds)
    WorkerHeartbeat.objects.create(worker="w@host", queue=Queue.MAIL, seen_at=seen_at)

    page = operations.get(reverse("admin:outbox_workerheartbeat_changelist")).content.decode()

    assert f'alt="{word}"' in page
