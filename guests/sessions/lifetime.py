"""How long a session lives, checked by a middleware at every request (SEC-40, SEC-63 ff., T22).

The limits go by server time and are computed at each request, so that a role given in the middle
of a session shortens it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import SESSION_KEY, login, logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from guests.models import Issuer, User
from portal import languages, permissions

BACKEND = "guests.passwords.backend.MemberBackend"
SIGNED_IN_AT, LAST_SEEN_AT, METHOD = "signed_in_at", "last_seen_at", "method"
NOTE_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Limits:
    """How long a session lives after sign-in, and without a request; None means no idle limit."""

    absolute: timedelta
    idle: timedelta | None


PASSCODE_GUEST = Limits(timedelta(hours=24), None)
EVERYBODY_ELSE = Limits(timedelta(hours=24), timedelta(hours=8))
ADMINISTRATOR = Limits(timedelta(hours=12), timedelta(minutes=60))
OPERATOR = Limits(timedelta(hours=8), timedelta(minutes=15))


def limits_for(user: User, method: str) -> Limits:
    """The row of SEC-63 for `user`, signed in with the issuer `method` (T5)."""
    if user.is_operator:
        return OPERATOR
    if permissions.is_admin(user):
        return ADMINISTRATOR
    return PASSCODE_GUEST if method == Issuer.PASSCODE else EVERYBODY_ELSE


def open_session(request: HttpRequest, user: User, *, method: str) -> None:
    """Sign `user` in under a new session key (SEC-65).

    Nothing of an older session survives but the language of the mail that led here. Takes the
    issuer of T5 they proved themselves with. The cookie of a guest lives as long as the session;
    that of a member ends with the browser (T22).
    """
    with languages.keep_language_of_mail(request):
        request.session.flush()
        login(request, user, backend=BACKEND)
    now = timezone.now()
    request.session[SIGNED_IN_AT] = request.session[LAST_SEEN_AT] = now.isoformat()
    request.session[METHOD] = method
    if user.is_external:
        request.session.set_expiry(now + limits_for(user, method).absolute)
    else:
        request.session.set_expiry(0)


def is_over(request: HttpRequest, user: User) -> bool:
    """Whether the session of `user` has ended by time or by revocation (SEC-63, SEC-66, SES-5).

    A session without a sign-in time, as Django admin opens it, is given one.
    """
    now = timezone.now()
    signed_in_at = _time(request, SIGNED_IN_AT)
    if signed_in_at is None:
        request.session[SIGNED_IN_AT] = now.isoformat()
        signed_in_at = now
    last_seen_at = _time(request, LAST_SEEN_AT) or signed_in_at
    limits = limits_for(user, str(request.session.get(METHOD, "")))
    if now - signed_in_at >= limits.absolute or signed_in_at < user.sign_in_sessions_valid_from:
        return True
    return limits.idle is not None and now - last_seen_at >= limits.idle


def ends_at(request: HttpRequest, user: User) -> datetime | None:
    """When the session of `user` ends at the latest, whatever they do (OTP-17)."""
    signed_in_at = _time(request, SIGNED_IN_AT)
    if signed_in_at is None:
        return None
    return signed_in_at + limits_for(user, str(request.session.get(METHOD, ""))).absolute


def note_seen(request: HttpRequest) -> None:
    """Remember that the session is in use, once a minute; no limit but the idle one moves."""
    now = timezone.now()
    last_seen_at = _time(request, LAST_SEEN_AT)
    if last_seen_at is None or now - last_seen_at >= NOTE_SEEN_EVERY:
        request.session[LAST_SEEN_AT] = now.isoformat()


def _time(request: HttpRequest, key: str) -> datetime | None:
    text = request.session.get(key)
    return parse_datetime(text) if isinstance(text, str) else None


class SessionPolicyMiddleware:
    """Ends sessions that are over, revoked or idle too long, and those of dead accounts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            user = request.user
            if not user.is_authenticated or is_over(request, user):
                logout(request)
            else:
                note_seen(request)
        return self.get_response(request)
