"""The lock of somebody who typed too many wrong codes: who sees it, who clears it (BET-5)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from guests.models import RoleAssignment, User
from identityproviders.models import PasscodeLock, WrongPasscode
from identityproviders.passcodes import locks, one_time_codes
from identityproviders.passcodes.one_time_codes import consume_passcode
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import (
    AdministratorFactory,
    MemberFactory,
    PasscodeGuestFactory,
    TenantFactory,
)
from tests.support.page import inline_code
from tests.support.visitor import PRIYA, Visitor, age, wrong


@pytest.fixture
def locked(visitor: Visitor, priya: User) -> User:
    """Priya, after ten wrong codes."""
    for _ in range(2):
        request = visitor.ask_for_code(PRIYA)
        for _try in range(5):
            assert not consume_passcode(request.pk, wrong(one_time_codes.derive_passcode(request)))
        age(timedelta(minutes=2))
    return priya


def methods_page(client: Client, user: User) -> str:
    answer = client.get(f"/users/{user.pk}/authentication-methods/")
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.rule("BET-5", "OTP-9")
def test_administrators_see_the_lock_and_clear_it(
    client: Client, grace: User, locked: User, visitor: Visitor
) -> None:
    client.force_login(grace)
    html = methods_page(client, locked)
    assert "Locked" in html
    assert "Clear lock" in html
    assert not inline_code(html)

    answer = client.post(
        f"/users/{locked.pk}/authentication-methods/clear-lock/", follow=True
    ).content.decode()

    assert "Lock cleared" in answer
    assert "Not locked" in answer
    assert one_time_codes.seconds_locked(locked.tenant, PRIYA) == 0
    request = visitor.ask_for_code(PRIYA)
    assert consume_passcode(request.pk, one_time_codes.derive_passcode(request))
    event = AuditEvent.objects.of(locked.tenant).get(activity="Clear passcode lock")
    assert (event.actor_id, event.target_id) == (grace.pk, str(locked.pk))
    # Ten wrong codes and the lock itself.
    assert event.additional_details == {"wrongCodesForgotten": 11}


@pytest.mark.rule("OTP-9", "SEC-10")
def test_ten_wrong_codes_lock_one_address_and_count_for_one_guest(
    contoso: Tenant, visitor: Visitor, locked: User
) -> None:
    other = PasscodeGuestFactory(tenant=contoso, address="olga@wingtiptoys.com")
    PasscodeLock.objects.create(tenant=contoso, address_key="olga@wingtiptoys.com")
    WrongPasscode.objects.of(contoso).filter(address_key=PRIYA).first().delete()
    PasscodeLock.objects.of(contoso).update(locked_until=None)
    request = visitor.ask_for_code(PRIYA)
    consume_passcode(request.pk, wrong(one_time_codes.derive_passcode(request)))

    assert locks.lock_state(other) == locks.LockState(0, 0)
    assert locks.lock_state(locked).wrong_in_an_hour >= 10
    assert locks.lock_state(locked).is_locked
    assert one_time_codes.seconds_locked(contoso, "olga@wingtiptoys.com") == 0


@pytest.mark.rule("OTP-9")
def test_wrong_codes_of_another_tenant_do_not_count(locked: User) -> None:
    fabrikam = TenantFactory(display_name="Fabrikam", domain="fabrikam.com")
    abroad = PasscodeGuestFactory(tenant=fabrikam, address=PRIYA)

    assert locks.lock_state(abroad) == locks.LockState(0, 0)


@pytest.mark.rule("SEC-19", "SEC-6")
def test_switching_off_ends_open_codes_and_leaves_the_used_ones(
    contoso: Tenant, visitor: Visitor, priya: User
) -> None:
    used = visitor.ask_for_code(PRIYA)
    assert consume_passcode(used.pk, one_time_codes.derive_passcode(used))
    age(timedelta(minutes=2))
    still_open = Visitor(contoso).ask_for_code(PRIYA)

    one_time_codes.supersede_all(contoso)

    used.refresh_from_db()
    still_open.refresh_from_db()
    first = still_open.superseded_at
    assert (used.superseded_at, first is None) == (None, False)
    one_time_codes.supersede_all(contoso)
    still_open.refresh_from_db()
    assert still_open.superseded_at == first


@pytest.mark.rule("SEC-18")
def test_clearing_keeps_what_counts_against_the_client(grace: User, locked: User) -> None:
    before = WrongPasscode.unscoped.count()

    locks.clear_lock(locked, by=grace)

    assert WrongPasscode.unscoped.count() == before
    assert locks.lock_state(locked) == locks.LockState(0, 0)


def test_clearing_twice_says_so(client: Client, grace: User, locked: User) -> None:
    locks.clear_lock(locked, by=grace)
    client.force_login(grace)

    html = client.post(
        f"/users/{locked.pk}/authentication-methods/clear-lock/", follow=True
    ).content.decode()

    assert "isn’t locked any more" in html
    assert AuditEvent.objects.of(grace.tenant).filter(activity="Clear passcode lock").count() == 1


@pytest.mark.rule("T17", "AUD-1", "SEC-77")
@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.GLOBAL_ADMINISTRATOR, True),
        (Role.USER_ADMINISTRATOR, True),
        (Role.SECURITY_ADMINISTRATOR, True),
        (Role.HELPDESK_ADMINISTRATOR, True),
        (Role.GLOBAL_READER, False),
        (None, False),
    ],
)
def test_who_clears(
    client: Client, contoso: Tenant, locked: User, role: Role | None, may: bool
) -> None:
    by = MemberFactory(tenant=contoso, roles=(role,) if role else ())
    client.force_login(by)

    answer = client.post(f"/users/{locked.pk}/authentication-methods/clear-lock/")

    assert answer.status_code == (302 if may else 403)
    assert (one_time_codes.seconds_locked(contoso, PRIYA) == 0) is may
    event = AuditEvent.objects.of(contoso).get(activity="Clear passcode lock")
    assert event.result == ("success" if may else "failure")


@pytest.mark.rule("ROL-5")
def test_the_lock_of_an_administrator_is_for_higher_roles(
    contoso: Tenant, grace: User, locked: User
) -> None:
    RoleAssignment.objects.create(
        tenant=contoso, user=locked, role=Role.SECURITY_ADMINISTRATOR.value
    )
    locked = User.unscoped.get(pk=locked.pk)
    helpdesk = MemberFactory(tenant=contoso, roles=(Role.HELPDESK_ADMINISTRATOR,))

    with pytest.raises(NotAllowed):
        locks.clear_lock(locked, by=helpdesk)
    locks.clear_lock(locked, by=grace)


@pytest.mark.rule("SEC-80")
def test_other_tenants_clear_nothing(client: Client, locked: User) -> None:
    fabrikam = TenantFactory(display_name="Fabrikam", domain="fabrikam.com")
    client.force_login(AdministratorFactory(tenant=fabrikam))

    for user_id in (locked.pk, uuid.uuid4()):
        answer = client.post(f"/users/{user_id}/authentication-methods/clear-lock/")
        assert answer.status_code == 404
    assert one_time_codes.seconds_locked(locked.tenant, PRIYA) > 0


@pytest.mark.rule("USR-14", "BET-1")
def test_guests_show_their_method_and_readers_no_lock(
    client: Client, contoso: Tenant, locked: User
) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,)))

    html = methods_page(client, locked)

    assert "<dt>Sign-in method</dt>" in html
    assert "Email one-time passcode" in html
    assert "Passcode lock" not in html
    assert "no password in your organization" in html
