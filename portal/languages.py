"""Choose the language of a page or a mail (EML-18, OTP-15).

Pages for guests, the two mails and the plain error pages speak every language of LANGUAGES. The
console speaks English, so that no page of it is half translated: a page that is not marked as a
page for guests is answered in LANGUAGE_CODE.

A guest page takes the first of: the choice of its reader, the first language of the browser, the
language of the mail that led here, a further language of the browser, English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import formats, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_supported_language_variant, ngettext
from django.utils.translation.trans_real import parse_accept_lang_header

_ENGLISH_DAY, _ENGLISH_TIME = "F j, Y", "g:i A"
_SESSION_KEY = "language_of_mail"
_QUERY = "lang"
"""The menu of an error page chooses by this parameter: it needs no form, token or database."""
_asked: ContextVar[str] = ContextVar("asked_language", default="")


def first_supported(tags: Iterable[str]) -> str:
    """The first of `tags` the product speaks, as a code of LANGUAGES; unknown ones fall through."""
    return _supported(tags) or settings.LANGUAGE_CODE


def of_visitor() -> str:
    """The language whose page this request asks for by cookie or browser; empty for none of ours.

    Empty also outside of requests.
    """
    return _asked.get()


def speak_as_mail(request: HttpRequest, language: str) -> None:
    """Let the guest pages of this browser speak as the mail did whose link it opened.

    The reader knows that language at least as well as one that we guess; a choice of theirs, or
    a browser whose first language is one of ours, goes before it.
    """
    request.session[_SESSION_KEY] = language


@contextmanager
def keep_language_of_mail(request: HttpRequest) -> Iterator[None]:
    """Let the choice of `speak_as_mail` outlive a change of the session, as a sign-in makes one."""
    language = request.session.get(_SESSION_KEY, "")
    yield
    if language:
        speak_as_mail(request, language)


def written_day(moment: datetime | None) -> str:
    """The day of `moment` in UTC, as the active language writes it in full."""
    return _written(moment, _ENGLISH_DAY, "DATE_FORMAT")


def written_time(moment: datetime | None) -> str:
    """The time of `moment` in UTC to the minute, as the active language writes it."""
    return _written(moment, _ENGLISH_TIME, "TIME_FORMAT")


def written_wait(seconds: int) -> str:
    """Write how long to wait, for a sentence like "in 13 minutes"; rounded up, so never too short.

    Languages with cases take the one that follows their word for *in*.
    """
    if seconds <= 90:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = -(-seconds // 60)
    if minutes <= 90:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = -(-minutes // 60)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def _written(moment: datetime | None, english: str, local: str) -> str:
    if moment is None:
        return ""
    is_english = (translation.get_language() or "en").startswith("en")
    return formats.date_format(moment.astimezone(UTC), english if is_english else local)


def speaks_languages(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view as a page for guests, in the language of the visitor."""
    view.speaks_languages = True  # type: ignore[attr-defined]
    return view


class LanguageMiddleware:
    """Activates the language of the page; that of the visitor for guests, else English.

    Addresses that lead nowhere are answered in the language of the visitor, too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = _supported([request.GET.get(_QUERY, "")])
        wanted, request.is_language_certain = _wanted_of(request, chosen)  # type: ignore[attr-defined]
        token = _asked.set(wanted)
        try:
            with translation.override(wanted or settings.LANGUAGE_CODE):
                response = self.get_response(request)
                response.headers.setdefault("Content-Language", translation.get_language() or "en")
        finally:
            _asked.reset(token)
        patch_vary_headers(response, ("Accept-Language",))
        if chosen:
            _keep(response, chosen)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Back to English for a page that is not for guests; else perhaps as the mail spoke."""
        if not getattr(view, "speaks_languages", False):
            translation.activate(settings.LANGUAGE_CODE)
        elif not request.is_language_certain:  # type: ignore[attr-defined]
            language = request.session.get(_SESSION_KEY, "")
            if language:
                _asked.set(language)
                translation.activate(language)


def _wanted_of(request: HttpRequest, chosen: str) -> tuple[str, bool]:
    """The language for `request`, and whether its reader chose it or prefers it to all others."""
    chosen = chosen or _supported([request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")])
    if chosen:
        return chosen, True
    header = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    tags = [tag for tag, _quality in header if tag != "*"]
    first = _supported(tags[:1])
    return first or _supported(tags), bool(first)


def _keep(response: HttpResponse, language: str) -> None:
    """Remember the choice as Django's view of the language menu does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def _supported(tags: Iterable[str]) -> str:
    for tag in filter(None, tags):
        try:
            return get_supported_language_variant(tag.lower())
        except LookupError:
            continue
    return ""
