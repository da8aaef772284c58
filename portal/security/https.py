"""Answer a proxy that ends TLS and is not trusted, instead of redirecting for ever (SEC-68)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PROBLEM = (
    "This site is behind a proxy that ends TLS, and its settings trust no proxy.\n"
    "Set PORTAL_TRUSTED_PROXIES to the number of proxies, 1 for one, and start it again.\n"
)


class UntrustedProxyMiddleware:
    """Stands before Django's redirect to https.

    The proxy would pass the redirected request on without TLS again, and the browser would give up
    after twenty of them. The header decides nothing else: who sends it gets this answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Take the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Say what is wrong with the settings, or pass the request on."""
        is_said_to_be_https = request.headers.get("X-Forwarded-Proto", "").strip() == "https"
        is_redirected = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if is_said_to_be_https and is_redirected and not settings.SECURE_PROXY_SSL_HEADER:
            return HttpResponse(PROBLEM, status=503, content_type="text/plain; charset=utf-8")
        return self.get_response(request)
