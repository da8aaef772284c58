"""How long sessions live and what ends them (SEC-63 to SEC-66, T22)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from guests.models import User
from guests.roles.actions import insert_role
from guests.sessions.actions import revoke_sessions
from identityproviders.passcodes import one_time_codes
from portal.permissions import Role
from portal.principals import SYSTEM
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, GuestFactory, MemberFactory
from tests.support.visitor import PRIYA, Visitor

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def after(passed: timedelta) -> time_machine.travel:
    """The clock of the web process, moved."""
    return time_machine.travel(datetime.now(UTC) + passed, tick=False)


def is_signed_in(visitor: Visitor) -> bool:
    """Ask for a page, then look whether the session still has a user."""
    visitor.get("/contoso.com/signin/")
    return visitor.is_signed_in


def by_code(visitor: Visitor) -> Visitor:
    visitor.enter(one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA)))
    assert visitor.is_signed_in
    return visitor


def by_password(visitor: Visitor, address: str) -> Visitor:
    visitor.type_address(address)
    visitor.enter_password(PASSWORD)
    assert visitor.is_signed_in
    return visitor


@pytest.mark.rule("EX-20", "OTP-17", "SEC-63")
def test_a_passcode_session_ends_after_24_hours_whatever_one_does_ex_20(
    visitor: Visitor, priya: User
) -> None:
    by_code(visitor)
    for hours in range(1, 24):
        with after(hours * HOUR):
            assert is_signed_in(visitor)
    with after(24 * HOUR - MINUTE):
        assert is_signed_in(visitor)
    with after(24 * HOUR + MINUTE):
        assert not is_signed_in(visitor)


@pytest.mark.rule("SEC-63", "OTP-17")
def test_a_passcode_session_has_no_idle_limit(visitor: Visitor, priya: User) -> None:
    by_code(visitor)
    with after(23 * HOUR):
        assert is_signed_in(visitor)


@pytest.mark.rule("SEC-63")
def test_a_member_may_idle_eight_hours(visitor: Visitor, contoso: Tenant) -> None:
    MemberFactory(tenant=contoso, email="ada@contoso.com")
    by_password(visitor, "ada@contoso.com")
    for hours in (7, 14, 21):
        with after(hours * HOUR):
            assert is_signed_in(visitor)
    with after(24 * HOUR + MINUTE):
        assert not is_signed_in(visitor)
    by_password(visitor, "ada@contoso.com")
    with after(8 * HOUR + MINUTE):
        assert not is_signed_in(visitor)


@pytest.mark.rule("SEC-63")
def test_a_guest_of_another_tenant_may_idle_eight_hours(
    visitor: Visitor, contoso: Tenant, fabrikam: Tenant
) -> None:
    home = MemberFactory(tenant=fabrikam, email="eve@fabrikam.com")
    GuestFactory(
        tenant=contoso,
        address="eve@fabrikam.com",
        accepted_with="ExternalAzureAD",
        provider_key=str(fabrikam.pk),
        subject=str(home.pk),
    )
    by_password(visitor, "eve@fabrikam.com")
    with after(8 * HOUR + MINUTE):
        assert not is_signed_in(visitor)


@pytest.mark.rule("SEC-63")
def test_an_administrator_may_idle_an_hour_and_stay_twelve(visitor: Visitor, grace: User) -> None:
    by_password(visitor, grace.user_principal_name)
    for minutes in range(50, 12 * 60, 50):
        with after(minutes * MINUTE):
            assert is_signed_in(visitor)
    with after(12 * HOUR + MINUTE):
        assert not is_signed_in(visitor)
    by_password(visitor, grace.user_principal_name)
    with after(62 * MINUTE):
        assert not is_signed_in(visitor)


@pytest.mark.rule("SEC-63", "SEC-66")
def test_a_role_given_during_a_session_shortens_it(visitor: Visitor, contoso: Tenant) -> None:
    ada = MemberFactory(tenant=contoso, email="ada@contoso.com")
    by_password(visitor, "ada@contoso.com")
    insert_role(ada, Role.GLOBAL_READER, by=SYSTEM)
    with after(62 * MINUTE):
        assert not is_signed_in(visitor)


@pytest.mark.rule("SEC-66", "SES-5", "SES-6", "SEC-40", "SIN-3")
@pytest.mark.parametrize("end", ["revoke", "disable", "delete", "suspend"])
def test_revocation_and_dead_accounts_end_sessions_at_the_next_request(
    visitor: Visitor, priya: User, grace: User, contoso: Tenant, end: str
) -> None:
    by_code(visitor)
    assert is_signed_in(visitor)
    if end == "revoke":
        revoke_sessions(priya, by=grace)
    elif end == "disable":
        User.unscoped.filter(pk=priya.pk).update(account_enabled=False)
    elif end == "delete":
        User.unscoped.filter(pk=priya.pk).update(deleted_at=timezone.now())
    else:
        Tenant.objects.filter(pk=contoso.pk).update(is_suspended=True)
    visitor.get("/signin/")
    assert not visitor.is_signed_in


@pytest.mark.rule("SES-5")
def test_a_session_opened_after_the_revocation_lives(
    visitor: Visitor, priya: User, grace: User
) -> None:
    revoke_sessions(priya, by=grace)
    by_code(visitor)
    assert is_signed_in(visitor)


@pytest.mark.rule("SEC-65", "SEC-64")
def test_signing_in_as_another_user_leaves_nothing_of_the_first(
    visitor: Visitor, priya: User, grace: User
) -> None:
    by_password(visitor, grace.user_principal_name)
    session = visitor.client.session
    session["left_over"] = "secret"
    session.save()
    old = visitor.client.cookies["portal-session"].value
    by_code(visitor)
    assert "left_over" not in visitor.client.session
    assert visitor.client.session["_auth_user_id"] == str(priya.pk)
    visitor.client.cookies["portal-session"] = old
    assert not is_signed_in(visitor)


@pytest.mark.rule("SEC-65")
def test_a_planted_session_key_is_not_kept(visitor: Visitor, priya: User) -> None:
    visitor.type_address(PRIYA)
    planted = visitor.client.cookies["portal-session"].value
    visitor.send_code()
    request = visitor.request
    one_time_codes.hand_over_passcode(request)
    visitor.enter(one_time_codes.derive_passcode(request))
    assert visitor.client.cookies["portal-session"].value != planted
    visitor.client.cookies["portal-session"] = planted
    assert not is_signed_in(visitor)


@pytest.mark.rule("SEC-64", "SES-4", "OTP-17")
def test_guests_keep_their_cookie_24_hours_and_members_until_the_browser_closes(
    visitor: Visitor, priya: User, grace: User, contoso: Tenant
) -> None:
    cookie = by_code(visitor).client.cookies["portal-session"]
    assert 24 * 3600 - 5 <= cookie["max-age"] <= 24 * 3600
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    cookie = by_password(Visitor(contoso), grace.user_principal_name).client.cookies[
        "portal-session"
    ]
    assert cookie["max-age"] == ""


@pytest.mark.rule("SEC-63", "SEC-41")
def test_a_sign_in_under_way_ends_after_an_hour(visitor: Visitor, priya: User) -> None:
    visitor.type_address(PRIYA)
    with after(61 * MINUTE):
        assert visitor.send_code().status_code == 410
