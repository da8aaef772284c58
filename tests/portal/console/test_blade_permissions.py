"""How many permissions a request asks for: menus are built only where a template draws them."""

from __future__ import annotations

import pytest
from django.test import Client

from portal import permissions
from portal.permissions import Capability
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.console.urls")]


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The capabilities that were asked for, in order."""
    asked: list[str] = []
    may = permissions.may

    def count(actor: permissions.Actor, capability: Capability) -> bool:
        asked.append(capability)
        return may(actor, capability)

    monkeypatch.setattr(permissions, "may", count)
    return asked


@pytest.mark.rule("SEC-77")
def test_rights_are_checked_before_anything_else_is_asked(
    client: Client, tenant: Tenant, questions: list[str]
) -> None:
    client.force_login(AdministratorFactory(tenant=tenant))

    assert client.get("/secrets/").content == b"secret"

    assert questions == [Capability.CONSOLE_OPEN, Capability.PASSCODE_POLICY_EDIT]


def test_a_fragment_builds_no_menu(client: Client, tenant: Tenant, questions: list[str]) -> None:
    client.force_login(AdministratorFactory(tenant=tenant))
    headers = {"HX-Request": "true", "HX-Target": "rows"}

    assert client.get("/mail-delivery/suppressed/", headers=headers).status_code == 200

    assert questions == [Capability.CONSOLE_OPEN, Capability.MAIL_READ, Capability.MAIL_EDIT]


def test_a_page_builds_each_menu_once(client: Client, tenant: Tenant, questions: list[str]) -> None:
    client.force_login(AdministratorFactory(tenant=tenant))

    assert client.get("/mail-delivery/suppressed/").status_code == 200

    assert len(questions) == 28


@pytest.mark.rule("SEC-77", "USR-12")
def test_a_refused_fragment_builds_no_menu(
    client: Client, tenant: Tenant, questions: list[str]
) -> None:
    client.force_login(MemberFactory(tenant=tenant))

    answer = client.get("/secrets/", headers={"HX-Request": "true"})

    assert answer.status_code == 403
    assert questions == [Capability.CONSOLE_OPEN, Capability.PASSCODE_POLICY_EDIT]


@pytest.mark.rule("SEC-77", "USR-12")
def test_a_refused_page_builds_the_menus_it_draws_once(
    client: Client, tenant: Tenant, questions: list[str]
) -> None:
    client.force_login(MemberFactory(tenant=tenant))

    assert client.get("/secrets/").status_code == 403

    assert len(questions) == 32
