"""Headers of every answer (SEC-68 to SEC-70, SEC-112)."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from portal.security.headers import HeadersMiddleware

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'; object-src 'none'"
)


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("answer")


@pytest.mark.rule("SEC-68", "SEC-70")
@pytest.mark.django_db
def test_every_answer_has_the_headers(client: Client) -> None:
    response = client.get("/no/such/page")

    assert {name: response.headers.get(name) for name in EXPECTED} == EXPECTED
    assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.rule("SEC-69")
@pytest.mark.django_db
def test_the_content_security_policy_is_exactly_this(client: Client) -> None:
    sent = client.get("/no/such/page").headers["Content-Security-Policy"]

    assert sorted(sent.split("; ")) == sorted(POLICY.split("; "))


@pytest.mark.rule("SEC-112")
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "PROPFIND", "get"])
def test_unknown_methods_reach_no_view(method: str) -> None:
    request = RequestFactory().generic(method, "/")
    request.method = method

    assert HeadersMiddleware(answer)(request).status_code == 405


@pytest.mark.rule("SEC-110")
def test_a_request_from_nowhere_gets_a_plain_refusal() -> None:
    response = HeadersMiddleware(answer)(RequestFactory().get("/", REMOTE_ADDR=""))

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_view_may_choose_its_own_caching() -> None:
    def cached(request: HttpRequest) -> HttpResponse:
        return HttpResponse("key set", headers={"Cache-Control": "max-age=300"})

    response = HeadersMiddleware(cached)(RequestFactory().get("/"))

    assert response.headers["Cache-Control"] == "max-age=300"


@pytest.mark.rule("SEC-68")
def test_a_proxy_that_is_not_trusted_gets_a_reason_and_no_redirect_for_ever(
    client: Client, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_PROXY_SSL_HEADER = True, None

    behind = client.get("/signin/", headers={"X-Forwarded-Proto": "https"})
    alone = client.get("/signin/")

    assert behind.status_code == 503
    assert b"PORTAL_TRUSTED_PROXIES" in behind.content
    assert (alone.status_code, alone["Location"][:8]) == (301, "https://")
