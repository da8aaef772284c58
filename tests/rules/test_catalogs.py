"""Every string of guest pages and mails is translated into every language (EML-18, OTP-15)."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils.translation import to_language

from tests.support import catalogs


@pytest.mark.parametrize("locale", catalogs.languages())
def test_every_string_of_guests_is_translated(locale: str) -> None:
    assert catalogs.problems(locale) == [], "run `make messages`, then fill the gaps"


@pytest.mark.parametrize("locale", catalogs.languages())
def test_the_compiled_catalog_is_that_of_its_source(locale: str) -> None:
    path = catalogs.source_of(locale)

    assert path.with_suffix(".mo").read_bytes() == catalogs.compiled(catalogs.read(locale))


def test_every_catalog_is_of_a_language_of_the_portal() -> None:
    known = {code for code, _name in settings.LANGUAGES}

    assert {to_language(path.name) for path in catalogs.LOCALE.iterdir()} | {"en"} == known


def test_the_collector_finds_pages_mails_and_errors() -> None:
    found = {message.id for message in catalogs.collected()}

    assert {"Enter code", "Accept invitation", "Were you expecting this invitation?"} <= found
    assert "We couldn’t find that." in found
