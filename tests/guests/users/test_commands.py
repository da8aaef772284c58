"""The first administrator and operators come from commands (SEC-76)."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from guests.models import User
from tests.factories import MemberFactory, TenantFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SEC-76")]


def test_an_administrator_gets_a_password_to_be_changed() -> None:
    TenantFactory(display_name="Contoso", domain="contoso.com")
    out = StringIO()

    call_command("create_administrator", "ada@contoso.com", stdout=out)

    ada = User.unscoped.get(user_principal_name="ada@contoso.com")
    assert ada.roles == {"GlobalAdministrator"}
    assert ada.must_change_password
    assert ada.password_expires_at is not None
    left = ada.password_expires_at - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    assert ada.check_password(out.getvalue().splitlines()[1])


@pytest.mark.parametrize("name", ["ada@nowhere.example", "no address", "known@contoso.com"])
def test_what_cannot_be_made_is_told(name: str) -> None:
    contoso = TenantFactory(display_name="Contoso", domain="contoso.com")
    MemberFactory(tenant=contoso, email="known@contoso.com")

    with pytest.raises(CommandError):
        call_command("create_administrator", name)

    assert User.unscoped.count() == 1


def test_an_operator_belongs_to_no_organization() -> None:
    out = StringIO()

    call_command("create_operator", "ada", stdout=out)

    ada = User.unscoped.get(user_principal_name="ada@platform")
    assert ada.is_operator
    assert ada.is_staff
    assert ada.check_password(out.getvalue().splitlines()[1])
