"""Contoso and its administrator, about whom most tests of this room tell."""

from __future__ import annotations

import pytest

from guests.models import User
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, TenantFactory


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(contoso: Tenant) -> User:
    return AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
