"""Refusals on blades and guest pages, as people and htmx see them."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import User
from portal.audit.models import AuditEvent
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, GuestFactory, MemberFactory, TenantFactory
from tests.support.page import inline_code

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.console.urls")]


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def grace(tenant: Tenant) -> User:
    return AdministratorFactory(tenant=tenant, display_name="Grace Nakamura")


@pytest.mark.rule("SES-3")
def test_anonymous_visitor_goes_to_the_sign_in_page_and_comes_back(client: Client) -> None:
    answer = client.get("/secrets/?tab=1")

    assert answer.status_code == 302
    assert answer["Location"] == "/signin/?next=%2Fsecrets%2F%3Ftab%3D1"


def test_fragment_for_an_anonymous_visitor_makes_the_page_go_to_sign_in(client: Client) -> None:
    answer = client.get("/secrets/", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/signin/"


@pytest.mark.rule("USR-12", "SEC-77")
def test_lacking_capability_is_a_403_that_names_the_roles(client: Client, tenant: Tenant) -> None:
    client.force_login(MemberFactory(tenant=tenant))

    answer = client.get("/secrets/")

    assert answer.status_code == 403
    assert "Global Administrator" in answer.content.decode()
    assert "secret</" not in answer.content.decode()


@pytest.mark.rule("SEC-77")
def test_guest_without_a_role_does_not_enter_the_console(client: Client, tenant: Tenant) -> None:
    client.force_login(GuestFactory(tenant=tenant, accepted_with="mail"))

    answer = client.get("/secrets/")

    assert answer.status_code == 403
    assert '/users/"' not in answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("plain", 400),
        ("forbidden", 403),
        ("conflict", 409),
        ("too-soon", 429),
        ("down", 503),
        ("gone", 404),
    ],
)
def test_domain_errors_keep_their_status_on_a_blade(
    client: Client, grace: User, kind: str, status: int
) -> None:
    client.force_login(grace)

    answer = client.get(f"/refuse/{kind}/")

    assert answer.status_code == status
    assert "<title>Error:" in answer.content.decode()
    assert 'class="nav"' in answer.content.decode()


@pytest.mark.rule("SEC-109")
@pytest.mark.parametrize(("kind", "seconds"), [("too-soon", "42"), ("down", "7")])
def test_limits_and_outages_say_when_to_come_back(
    client: Client, grace: User, kind: str, seconds: str
) -> None:
    client.force_login(grace)

    assert client.get(f"/refuse/{kind}/")["Retry-After"] == seconds


@pytest.mark.rule("SIN-6")
@pytest.mark.parametrize("path", ["/refuse/plain/", "/refuse-guest/plain/"])
def test_error_shows_sentence_code_correlation_id_time_and_a_copy_button(
    client: Client, grace: User, path: str
) -> None:
    client.force_login(grace)

    html = client.get(path).content.decode()

    assert "No such luck." in html
    assert "50014" in html
    assert "Correlation ID <code>" in html
    assert "<time datetime=" in html
    assert "data-copy=" in html
    assert not inline_code(html)


def test_refused_fragment_is_a_message_bar_in_its_own_place(client: Client, grace: User) -> None:
    client.force_login(grace)

    answer = client.get("/refuse/conflict/", headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert answer["HX-Retarget"] == "#notices"
    assert "Somebody was faster." in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_unknown_address_has_a_page_in_plain_words(client: Client) -> None:
    answer = client.get("/no/such/page/at/all/")

    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()
    assert not inline_code(answer.content.decode())


@pytest.mark.rule("SIN-6")
@pytest.mark.parametrize(("kind", "status"), [("fault", 500), ("suspicious", 400)])
def test_faults_of_ours_show_no_internals(
    client: Client, grace: User, kind: str, status: int
) -> None:
    client.force_login(grace)
    client.raise_request_exception = False

    answer = client.get(f"/refuse/{kind}/")

    html = answer.content.decode()
    assert answer.status_code == status
    assert "<h1>" in html
    assert "internals" not in html
    assert not inline_code(html)


def test_stale_form_says_that_nothing_changed(grace: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(grace)

    answer = client.post(f"/users/{grace.pk}/revoke-sessions/")

    assert answer.status_code == 403
    assert "Nothing was changed." in answer.content.decode()


@pytest.mark.rule("AUD-1")
def test_a_change_that_the_page_refuses_is_logged(client: Client, tenant: Tenant) -> None:
    member = MemberFactory(tenant=tenant)
    client.force_login(member)

    client.get("/secrets/")
    assert not AuditEvent.objects.of(tenant).filter(result="failure").exists()
    answer = client.post("/secrets/")

    assert answer.status_code == 403
    event = AuditEvent.objects.of(tenant).get(result="failure")
    assert event.actor_id == member.pk
    assert event.target_name
    assert "permission" in event.result_reason
