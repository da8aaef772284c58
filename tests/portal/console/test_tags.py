"""Template tags: people, times, names."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.template import Context, Template

from guests.models import User
from portal.console.templatetags.console import avatar, copy_button, initials, upn, when


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Grace Nakamura", "GN"),
        ("Liam O’Connor", "LO"),
        ("Ana Maria de la Cruz", "AC"),
        ("Cher", "C"),
        ("emre yılmaz", "EY"),
        ("(guest) Priya Raman", "PR"),
        ("…", "…"),
        ("", ""),
    ],
)
def test_initials_are_those_of_first_and_last_word(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_avatar_keeps_its_hue() -> None:
    person = User(id=uuid.UUID(int=10), display_name="Grace Nakamura")

    assert 'data-hue="5"' in avatar(person)


def test_name_in_an_avatar_is_escaped() -> None:
    assert "<b" not in avatar(User(id=uuid.uuid4(), display_name="<b> >"))


def test_times_are_utc_in_the_attribute_and_in_the_text() -> None:
    noon = datetime(2021, 10, 19, 12, 4, 5, tzinfo=timezone(timedelta(hours=2)))

    assert when(noon, "list") == (
        '<time datetime="2021-10-19T10:04:05Z" data-when="list">Oct 19, 2021</time>'
    )
    assert ">Oct 19, 2021, 10:04 AM UTC<" in when(noon)
    assert ">Oct 19, 2021, 10:04:05 AM UTC<" in when(noon.astimezone(UTC), "log")
    assert "–" in when(None)


def test_principal_name_may_break_before_its_mark() -> None:
    assert upn("ann_x.com#EXT#@contoso.com") == "<bdi>ann_x.com<wbr>#EXT#@contoso.com</bdi>"
    assert upn('"><b>') == "<bdi>&quot;&gt;&lt;b&gt;</bdi>"


def test_copy_button_is_hidden_until_script_shows_it() -> None:
    html = copy_button('a"b', "Copy object ID")

    assert " hidden>" in html
    assert 'data-copy="a&quot;b"' in html
    assert 'aria-label="Copy object ID"' in html


def test_notification_has_a_title_and_a_text() -> None:
    template = Template("{% load console %}{{ m|first_line }}|{{ m|other_lines }}")

    assert template.render(Context({"m": "Done\nTo <ann>"})) == "Done|To &lt;ann&gt;"
