"""The operators' pages in a real browser: accessible, within the policy (SEC-69)."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page

from guests.models import User
from portal.tenants.models import PLATFORM_TENANT_ID, Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory
from tests.support.page import barriers, console_errors, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(transactional_db: None) -> User:
    AdministratorFactory(tenant=TenantFactory(display_name="Contoso", domain="contoso.com"))
    platform = Tenant.objects.get(pk=PLATFORM_TENANT_ID)
    return MemberFactory(tenant=platform, email="ada@platform", display_name="Ada")


@pytest.mark.rule("SEC-69")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_list_is_accessible_and_keeps_to_the_policy(
    page: Page, portal_url: str, operator: User, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    sign_in(page.context, portal_url, operator)
    errors = console_errors(page)
    found = []
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        page.goto(portal_url + reverse(name))
        assert errors == []
        found += [f"{name}: {barrier}" for barrier in barriers(page)]
        errors.clear()  # axe loads style sheets in a way the policy forbids

    assert found == []
