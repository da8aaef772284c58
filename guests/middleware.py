"""How long a session lives, checked at every request (SEC-40, SEC-63, SEC-66, T22)."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

from guests import sessions


class SessionPolicyMiddleware:
    """Ends sessions that are over, revoked or idle too long, and those of dead accounts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            user = request.user
            if not user.is_authenticated or sessions.is_over(request, user):
                logout(request)
            else:
                sessions.note_seen(request)
        return self.get_response(request)
