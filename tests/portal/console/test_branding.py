"""The tenant's color as a style sheet."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from portal.tenants.models import PLATFORM_TENANT_ID, Tenant
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db


def css(client: Client, tenant_id: uuid.UUID) -> str:
    answer = client.get(f"/branding/{tenant_id}.css")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/css")
    return answer.content.decode()


@pytest.mark.rule("DIR-8", "SEC-69")
def test_color_of_the_tenant_tints_its_pages(client: Client) -> None:
    tenant = TenantFactory(brand_color="#0b6a6f")

    assert css(client, tenant.pk) == ".guest, .panel { --tenant: #0b6a6f; }\n"


def test_what_is_no_color_never_reaches_the_style_sheet(client: Client) -> None:
    tenant = TenantFactory()
    Tenant.objects.filter(pk=tenant.pk).update(brand_color="red}*{a")

    assert "var(--accent)" in css(client, tenant.pk)


@pytest.mark.parametrize("tenant_id", [uuid.UUID(int=7), PLATFORM_TENANT_ID])
def test_unknown_tenants_have_no_color(client: Client, tenant_id: uuid.UUID) -> None:
    assert client.get(f"/branding/{tenant_id}.css").status_code == 404
