"""Countries of ISO 3166-1 and languages: what can be chosen, and what is refused (T1, T2).

A country or region is stored by its English name, as the API gives it; a usage location and the
country of a tenant by their code of two letters; a language by its tag.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django_countries import countries

Choices = list[tuple[str, str]]


def list_countries() -> Choices:
    """The English name of every country with its name in the language of the page, by the latter.

    Source: ISO 3166-1, as `django-countries` keeps it.
    """
    english = _english_names()
    return [(english[country.code], str(country.name)) for country in countries]


def list_country_codes() -> Choices:
    """The code of every country with its name in the language of the page and the code."""
    return [(country.code, f"{country.name} ({country.code})") for country in countries]


def list_languages() -> Choices:
    """The tag of every language that can be chosen, with its own name, by the tag."""
    names = {_tag(code): info["name_local"] for code, info in LANG_INFO.items() if "name" in info}
    names |= {_tag(code): str(name) for code, name in settings.LANGUAGES if _tag(code) not in names}
    names["en-US"] = "English (United States)"
    return sorted((tag, f"{name} ({tag})") for tag, name in names.items())


def find_country(text: str) -> str:
    """The English name of the country that `text` means: its name or code; empty if none is.

    The name may be English or of the language of the page, in any case.
    """
    wanted = text.strip().casefold()
    english = _english_names()
    if text.strip().upper() in english:
        return english[text.strip().upper()]
    for country in countries:
        if wanted in (english[country.code].casefold(), str(country.name).casefold()):
            return english[country.code]
    return ""


def is_country_code(text: str) -> bool:
    """Whether ISO 3166-1 has this code of two letters; `ZZ` and small letters are none."""
    return text in _english_names()


def is_language_tag(text: str) -> bool:
    """Whether `text` is a tag such as `de`, `pt-BR` or `zh-Hans` of a known language and region.

    Source: RFC 5646, without extensions and private use.
    """
    language, *more = text.split("-")
    script = more.pop(0) if more and len(more[0]) == 4 and more[0].isalpha() else ""
    region = more.pop(0) if more and _is_region(more[0]) else ""
    is_known = language.lower() in {code.split("-")[0] for code in LANG_INFO}
    return is_known and not more and script == script.title() and region == region.upper()


def validate_country_code(text: str) -> None:
    """Pass for a code of ISO 3166-1. Raises: ValidationError that names the text."""
    if not is_country_code(text):
        raise ValidationError(country_code_refusal(text))


def country_code_refusal(text: str) -> str:
    """What is said where a country code is none."""
    return _("“%(text)s” is no country. Enter a country code of two letters, such as DE.") % {
        "text": text[:100]
    }


def country_refusal(text: str) -> str:
    """What is said where a country or region is none."""
    return _("“%(text)s” is no country or region. Enter its English name or its code.") % {
        "text": text[:100]
    }


def language_refusal(text: str) -> str:
    """What is said where a language tag is none."""
    return _("“%(text)s” is no language. Enter a language such as en-US.") % {"text": text[:100]}


def _is_region(text: str) -> bool:
    return text.upper() in _english_names() or (len(text) == 3 and text.isdecimal())


def _tag(code: str) -> str:
    """The tag of a language code of Django: `pt-br` is `pt-BR`, `zh-hans` is `zh-Hans`."""
    language, _dash, rest = code.partition("-")
    return f"{language}-{rest.title() if len(rest) == 4 else rest.upper()}" if rest else language


@cache
def _english_names() -> dict[str, str]:
    with translation.override("en"):
        return {country.code: str(country.name) for country in countries}
