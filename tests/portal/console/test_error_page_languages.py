"""Error pages keep the language menu, whatever failed, and offer the next step (EML-18, SIN-6)."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.support.page import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.console.urls")]

COOKIE = settings.LANGUAGE_COOKIE_NAME
FAILING = {
    "/no/such/page/at/all": 404,
    "/redeem/x/": 404,
    "/redeem/": 404,
    "/signin/code/": 410,
    "/refuse-guest/forbidden/": 403,
    "/refuse-guest/down/": 503,
    "/refuse-guest/gone/": 404,
    "/refuse-guest/fault/": 500,
    "/refuse-guest/suspicious/": 400,
}


def in_german(client: Client, answer: Any, path: str) -> Any:
    """The page that the menu of the error page leads to."""
    link = read_page(answer).find("link", "Deutsch").get("href")
    return client.get(path + link if link.startswith("?") else link)


@pytest.mark.rule("EML-18")
@pytest.mark.parametrize("path", FAILING)
def test_error_page_has_the_language_menu_and_obeys_it(path: str) -> None:
    client = Client(raise_request_exception=False)

    answer = client.get(path)

    assert answer.status_code == FAILING[path]
    german = in_german(client, answer, path)
    assert german.status_code == FAILING[path]
    assert read_page(german).get("lang") == "de"


@pytest.mark.rule("EML-18")
def test_choice_on_an_error_page_is_kept() -> None:
    client = Client()
    german = in_german(client, client.get("/redeem/x/"), "/redeem/x/")

    assert german.cookies[COOKIE].value == "de"
    assert german.cookies[COOKIE]["httponly"]
    assert read_page(client.get(reverse("identityproviders:signin"))).get("lang") == "de"


@pytest.mark.rule("EML-18")
def test_unknown_language_in_an_address_is_not_kept() -> None:
    assert COOKIE not in Client().get("/redeem/x/?lang=tlh").cookies


@pytest.mark.rule("EML-18", "SEC-67")
def test_refused_form_has_the_language_menu() -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post(reverse("identityproviders:sign_out"))

    assert answer.status_code == 403
    assert in_german(client, answer, "/sign-out/").status_code == 302


@pytest.mark.rule("EML-18")
def test_page_with_an_error_at_a_field_has_the_language_menu() -> None:
    url = reverse("identityproviders:signin")

    answer = Client().post(url, {"address": "nobody"})

    assert answer.status_code == 400
    menu = next(form for form in read_page(answer).forms if "/language/" in form.get("action"))
    assert menu.values("next") == [url]


@pytest.mark.rule("EML-18", "SES-3")
@pytest.mark.parametrize("name", ["forget_password", "find_organizations"])
def test_address_of_a_button_leads_on_when_it_is_opened(name: str) -> None:
    assert Client().get(reverse(f"identityproviders:{name}")).status_code in {303, 410}


@pytest.mark.rule("REL-16", "SEC-109")
@pytest.mark.parametrize("kind", ["down", "too-soon"])
def test_page_of_a_wait_offers_to_try_again(kind: str) -> None:
    path = f"/refuse-guest/{kind}/"

    assert read_page(Client().post(path)).find("link", "Try again").get("href") == path


@pytest.mark.rule("SIN-6")
def test_page_of_a_refusal_for_good_does_not() -> None:
    page = read_page(Client().get("/refuse-guest/forbidden/"))

    assert "Try again" not in page.names("link")
