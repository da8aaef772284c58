"""Contoso and its administrator, a member and a guest, about whom most tests of this room tell."""

from __future__ import annotations

import pytest

from guests.models import User
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory, TenantFactory


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(contoso: Tenant) -> User:
    return AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")


@pytest.fixture
def mel(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, display_name="Mel Weber", job_title="Buyer")


@pytest.fixture
def daniela(contoso: Tenant, grace: User) -> User:
    return PasscodeGuestFactory(
        tenant=contoso,
        address="daniela@wingtiptoys.com",
        display_name="Daniela Rossi",
        sponsors=[grace],
    )
