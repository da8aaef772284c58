"""Countries of ISO 3166-1 and languages (T1, T2)."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from portal.values import regions


@pytest.mark.rule("T2")
def test_every_country_of_iso_3166_can_be_chosen_once() -> None:
    names = [name for name, _label in regions.list_countries()]
    codes = [code for code, _label in regions.list_country_codes()]

    assert len(set(names)) == len(names) == len(set(codes)) == 249
    assert ("DE", "Germany (DE)") in regions.list_country_codes()


@pytest.mark.rule("T2")
def test_countries_are_shown_in_the_language_of_the_page_and_stored_in_english() -> None:
    with translation.override("de"):
        assert ("Germany", "Deutschland") in regions.list_countries()


@pytest.mark.rule("T2")
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Germany", "Germany"),
        (" germany ", "Germany"),
        ("de", "Germany"),
        ("DE", "Germany"),
        ("Deutschland", ""),
        ("ZZ", ""),
        ("", ""),
    ],
)
def test_a_country_is_understood_by_name_and_code(text: str, name: str) -> None:
    assert regions.find_country(text) == name


@pytest.mark.rule("T2")
def test_a_country_is_understood_in_the_language_of_the_page() -> None:
    with translation.override("de"):
        assert regions.find_country("deutschland") == "Germany"


@pytest.mark.rule("T2")
@pytest.mark.parametrize("code", ["ZZ", "XX", "de", "DEU", "", "EU"])
def test_a_code_that_iso_3166_lacks_is_refused(code: str) -> None:
    assert not regions.is_country_code(code)
    with pytest.raises(ValidationError, match=f"“{code}” is no country"):
        regions.validate_country_code(code)


@pytest.mark.rule("T2")
@pytest.mark.parametrize("tag", ["de", "en-US", "pt-BR", "zh-Hans", "zh-Hans-CN", "es-419"])
def test_a_tag_of_a_known_language_and_region_is_one(tag: str) -> None:
    assert regions.is_language_tag(tag)


@pytest.mark.rule("T2")
@pytest.mark.parametrize("tag", ["", "!", "en-ZZ", "zz", "en_US", "en-us", "de-DE-x-a", "german"])
def test_a_tag_of_an_unknown_language_or_region_is_none(tag: str) -> None:
    assert not regions.is_language_tag(tag)


@pytest.mark.rule("T2", "EML-18")
def test_languages_to_choose_include_those_of_the_mails() -> None:
    tags = {tag for tag, _label in regions.list_languages()}

    assert {"en-US", "de", "fi", "pt-BR", "zh-Hans", "ar"} <= tags
    assert all(map(regions.is_language_tag, tags))
