"""A tenant whose logs have something in them."""

from __future__ import annotations

import pytest

from guests.models import User
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, PasscodeGuestFactory, TenantFactory


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(contoso: Tenant) -> User:
    return AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")


@pytest.fixture
def daniela(contoso: Tenant) -> User:
    return PasscodeGuestFactory(
        tenant=contoso, address="daniela.rossi@wingtiptoys.com", display_name="Daniela Rossi"
    )
