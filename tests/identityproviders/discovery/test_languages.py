"""Guest pages and mails in the language of their reader (EML-18, OTP-15)."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from guests.models import User
from portal.outbox.models import OutgoingMail
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory
from tests.support.page import read_page
from tests.support.visitor import PRIYA, Visitor

COOKIE = django_settings.LANGUAGE_COOKIE_NAME


def language_of(client: Client, url: str, accept: str = "") -> str:
    """The language that the page at `url` says it is in."""
    answer = client.get(url, headers={"Accept-Language": accept})
    language = read_page(answer).get("lang")
    assert answer.headers["Content-Language"] == language
    return language


@pytest.fixture
def page_url(contoso: Tenant) -> str:
    """A page for guests."""
    return reverse("identityproviders:tenant_signin", args=[contoso.primary_domain])


def test_a_guest_page_speaks_the_language_of_the_browser(client: Client, page_url: str) -> None:
    assert language_of(client, page_url, "de-AT,de;q=0.9,en;q=0.5") == "de"
    assert language_of(client, page_url, "tlh, de;q=0.2") == "de"
    assert language_of(client, page_url, "tlh") == "en"
    assert language_of(client, page_url) == "en"


def test_a_page_in_arabic_runs_from_right_to_left(client: Client, page_url: str) -> None:
    page = read_page(client.get(page_url, headers={"Accept-Language": "ar"}))

    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert not read_page(client.get(page_url)).has("dir")


def test_the_choice_of_the_menu_goes_before_the_browser(client: Client, page_url: str) -> None:
    answer = client.post(reverse("console:choose_language"), {"language": "de", "next": page_url})

    assert (answer.status_code, answer.headers["Location"]) == (302, page_url)
    assert answer.cookies[COOKIE].value == "de"
    assert language_of(client, page_url, "en") == "de"


def test_the_menu_leads_to_no_other_site(client: Client, page_url: str) -> None:
    answer = client.post(
        reverse("console:choose_language"),
        {"language": "de", "next": "https://evil.example/"},
    )

    assert answer.headers["Location"] == "/"


def test_an_unknown_language_is_not_kept(client: Client, page_url: str) -> None:
    answer = client.post(reverse("console:choose_language"), {"language": "tlh", "next": page_url})

    assert COOKIE not in answer.cookies
    client.cookies[COOKIE] = "../../etc"
    assert language_of(client, page_url, "de") == "de"


def test_a_page_names_the_header_it_depends_on(client: Client, page_url: str) -> None:
    assert "Accept-Language" in client.get(page_url).headers["Vary"]


def test_the_console_stays_english(client: Client, contoso: Tenant) -> None:
    client.force_login(AdministratorFactory(tenant=contoso))
    client.cookies[COOKIE] = "de"

    assert language_of(client, reverse("guests:users"), "de") == "en"


def test_an_address_that_leads_nowhere_is_answered_in_the_language_of_the_visitor(
    client: Client, page_url: str
) -> None:
    answer = client.get("/no/such/page/at/all", headers={"Accept-Language": "de"})

    assert answer.status_code == 404
    assert '<html lang="de"' in answer.content.decode()


@pytest.mark.rule("OTP-15")
@pytest.mark.parametrize(
    ("accept", "own", "tenants", "expected"),
    [
        ("de", "en-US", "en", "de"),
        ("tlh", "de-CH", "en", "de"),
        ("", "", "de", "de"),
        ("tlh", "tlh", "", "en"),
    ],
)
def test_a_code_speaks_that_of_the_browser_then_of_the_person_then_of_the_organization(
    visitor: Visitor,
    priya: User,
    accept: str,
    own: str,
    tenants: str,
    expected: str,
) -> None:
    User.unscoped.filter(pk=priya.pk).update(preferred_language=own)
    Tenant.objects.filter(pk=priya.tenant_id).update(notification_language=tenants)
    visitor.client.defaults["HTTP_ACCEPT_LANGUAGE"] = accept

    visitor.ask_for_code(PRIYA)

    assert OutgoingMail.unscoped.get().language == expected
