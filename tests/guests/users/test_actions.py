"""Guests, members, identities and passwords as actions."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from guests.identities.actions import IdentityTaken, accept_identity, bind_identity
from guests.models import ExternalUserState, SearchTerm, UserType
from guests.passwords.actions import change_password
from guests.sessions.actions import revoke_sessions
from guests.users.creation.actions import create_guest
from portal.audit import log
from portal.audit.models import AuditEvent, SignInEvent
from portal.errors import InvalidInput, NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.tenants.scoping import UnboundTenantQueryError
from portal.values import email_address
from tests.factories import AdministratorFactory, GuestFactory, MemberFactory, TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.mark.rule("DIR-20", "DIR-22", "INV-3", "T9")
def test_a_guest_is_pending_without_credential_and_named_by_the_initial_domain(
    tenant: Tenant,
) -> None:
    guest = create_guest(tenant, email_address.parse_email_address("Nicole@Partner.example"))

    assert guest.external_user_state == ExternalUserState.PENDING
    assert guest.external_user_state_changed_at is not None
    assert guest.identity_issuer == "contoso.onmicrosoft.com"
    assert guest.display_name == "Nicole"
    assert guest.user_type == UserType.GUEST
    assert not guest.has_usable_password()
    assert guest.invited_address_key == "nicole@partner.example"


@pytest.mark.rule("SEC-85")
def test_an_address_has_one_present_guest_in_a_tenant(tenant: Tenant) -> None:
    GuestFactory(tenant=tenant, address="Ada@Partner.example")

    with pytest.raises(IntegrityError), transaction.atomic():
        GuestFactory(tenant=tenant, address="ada@partner.EXAMPLE")


@pytest.mark.rule("DIR-25")
def test_a_guest_has_five_sponsors_of_the_own_tenant_at_most(tenant: Tenant) -> None:
    six = [MemberFactory(tenant=tenant) for _ in range(6)]
    stranger = MemberFactory()

    with pytest.raises(InvalidInput):
        GuestFactory(tenant=tenant, sponsors=six)
    with pytest.raises(InvalidInput):
        GuestFactory(tenant=tenant, sponsors=[stranger])


@pytest.mark.rule("RED-9", "SEC-34")
def test_an_identity_belongs_to_one_guest_of_a_tenant(tenant: Tenant) -> None:
    first = GuestFactory(tenant=tenant, accepted_with="mail", subject="ada@partner.example")
    second = GuestFactory(tenant=tenant)

    with pytest.raises(IdentityTaken):
        bind_identity(second, issuer="mail", provider_key="", subject="ada@partner.example")

    second.refresh_from_db()
    assert second.identity_issuer == "contoso.onmicrosoft.com"
    assert first.identities.count() == 1


@pytest.mark.rule("SEC-22")
def test_a_guest_accepts_once(tenant: Tenant) -> None:
    guest = GuestFactory(tenant=tenant)

    assert accept_identity(guest) is True
    assert accept_identity(guest) is False


@pytest.mark.rule("SIN-3")
def test_a_disabled_guest_cannot_accept(tenant: Tenant) -> None:
    guest = GuestFactory(tenant=tenant, account_enabled=False)

    assert accept_identity(guest) is False


@pytest.mark.rule("USR-7")
def test_search_terms_follow_name_and_addresses(tenant: Tenant) -> None:
    guest = GuestFactory(tenant=tenant, address="pr@partner.example", display_name="Priya Raman")

    terms = set(SearchTerm.objects.of(tenant).filter(user=guest).values_list("term", flat=True))

    assert {"priya", "raman", "priya raman", "pr@partner.example"} <= terms


@pytest.mark.rule("SEC-80")
def test_a_query_without_a_tenant_is_refused() -> None:
    with pytest.raises(UnboundTenantQueryError):
        SearchTerm.objects.all()


@pytest.mark.rule("SEC-75")
@pytest.mark.parametrize("bad", ["short", "x" * 129, "grace.hopper@contoso.com"])
def test_a_password_follows_the_policy(tenant: Tenant, bad: str) -> None:
    member = MemberFactory(
        tenant=tenant, email="grace.hopper@contoso.com", must_change_password=True
    )

    with pytest.raises(InvalidInput) as refused:
        change_password(member, new_password=bad)

    assert refused.value.field == "new_password"
    member.refresh_from_db()
    assert member.must_change_password


@pytest.mark.rule("SES-6", "CRE-3")
def test_a_changed_password_ends_older_sessions_and_is_audited(tenant: Tenant) -> None:
    member = MemberFactory(tenant=tenant, must_change_password=True)
    before = member.sign_in_sessions_valid_from

    change_password(member, new_password="a long and unusual sentence")

    member.refresh_from_db()
    assert member.check_password("a long and unusual sentence")
    assert not member.must_change_password
    assert member.sign_in_sessions_valid_from > before
    assert AuditEvent.objects.of(tenant).filter(activity="Change user password").count() == 1


@pytest.mark.rule("SES-5", "T17", "T23")
def test_revoking_sessions_needs_a_role_and_leaves_its_row(tenant: Tenant) -> None:
    guest = GuestFactory(tenant=tenant)
    inviter = MemberFactory(tenant=tenant, roles=[Role.GUEST_INVITER])
    admin = AdministratorFactory(tenant=tenant)

    with pytest.raises(NotAllowed):
        revoke_sessions(guest, by=inviter)
    revoke_sessions(guest, by=admin)

    rows = AuditEvent.objects.of(tenant).filter(
        activity="Update StsRefreshTokenValidFrom Timestamp", target_id=str(guest.pk)
    )
    assert [row.result for row in rows.order_by("created_at")] == ["failure", "success"]


@pytest.mark.rule("DIR-29")
def test_a_purged_user_leaves_the_log_rows_with_the_object_id(tenant: Tenant) -> None:
    guest = GuestFactory(tenant=tenant)
    guest_id = guest.pk
    log.record_sign_in(tenant, user=guest, identifier="a@b.example", status="success")

    guest.delete()

    [event] = SignInEvent.objects.of(tenant).all()
    assert event.user_id == guest_id
