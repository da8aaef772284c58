"""The redirect policy: a corpus of URLs that must not get through (SEC-60, SEC-61)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.values.redirect_url import (
    BadRedirect,
    is_listed,
    origin_of,
    parse_redirect_url,
    same_origin_path,
)
from tests.support.hostile_redirects import ELSEWHERE, HOSTILE

OWN = "https://portal.example"
ALLOWED = (OWN, "contoso.com", "https://app.contoso.com:8443")


@pytest.mark.rule("SEC-60", "T9")
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_no_redirect_urls(text: str) -> None:
    with pytest.raises(BadRedirect) as refused:
        parse_redirect_url(text, own_origin=OWN)
    assert str(refused.value)


@pytest.mark.rule("SEC-60")
@pytest.mark.parametrize("text", ELSEWHERE)
def test_other_hosts_are_taken_but_never_followed_by_themselves(text: str) -> None:
    assert not is_listed(parse_redirect_url(text, own_origin=OWN), ALLOWED)


@pytest.mark.rule("SEC-60")
@pytest.mark.parametrize(
    "text",
    [
        "https://portal.example/myapps/contoso.com/",
        "https://PORTAL.example:443/",
        "https://contoso.com",
        "https://Contoso.COM/a?b=c&d=%20e",
        "https://app.contoso.com:8443/x",
    ],
)
def test_listed_targets_are_followed(text: str) -> None:
    assert is_listed(parse_redirect_url(text, own_origin=OWN), ALLOWED)


@pytest.mark.rule("T9", "SEC-60")
def test_http_is_for_loopback_and_for_the_portal_itself() -> None:
    assert str(parse_redirect_url("http://localhost:8000/x")) == "http://localhost:8000/x"
    assert str(parse_redirect_url("http://127.0.0.1:8000/x")) == "http://127.0.0.1:8000/x"
    assert str(parse_redirect_url("http://[::1]:8000/")) == "http://[::1]:8000/"
    own = "http://portal.internal:8000"
    assert str(parse_redirect_url(f"{own}/x", own_origin=own)) == f"{own}/x"


@pytest.mark.rule("SEC-86", "SEC-60")
def test_a_host_with_foreign_letters_is_shown_in_both_forms() -> None:
    assert parse_redirect_url("https://xn--bcher-kva.example/").shown_host == (
        "bücher.example (xn--bcher-kva.example)"
    )


@pytest.mark.rule("SEC-61")
@pytest.mark.parametrize("text", [*HOSTILE, *ELSEWHERE])
def test_next_takes_nothing_but_own_paths(text: str) -> None:
    assert same_origin_path(text) == ""


@pytest.mark.rule("SEC-61")
@pytest.mark.parametrize(
    "text",
    ["/", "/users/", "/users/?search=a%20b", "/leaving/?invitation=1", "/a/../b", "/a?b=//c"],
)
def test_next_takes_own_paths(text: str) -> None:
    assert same_origin_path(text) == text


@pytest.mark.rule("SEC-61")
@given(st.text(alphabet="/\\ht.ps:@#?%0aAdD\t\r\n evil", max_size=24))
def test_what_next_takes_has_one_slash_and_no_second_meaning(text: str) -> None:
    taken = same_origin_path(text)
    assert taken in {"", text}
    if taken:
        assert taken[0] == "/"
        assert taken[1:2] not in {"/", "\\"}
        assert not set(taken) & set("\\\t\r\n #")


@pytest.mark.rule("SEC-60")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://x.example/" + "a" * 2031, "2,048 characters"),
        ("x.example", "begins with https://"),
        ("ftp://x.example/", "begins with https://"),
        ("wss://x.example/", "begins with https://"),
        ("https://", "begins with https://"),
        ("http://x.example/", "begins with https://"),
        ("https://ada@x.example/", "name before the host"),
        ("https://x.example/?to=ada@x.example#top", "Leave out the #"),
        ("https://x.example/a b", "but no spaces"),
        ("https://x.example/?a=ada@x b", "but no spaces"),
        ("https://x.example/?to=ftp://y z", "but no spaces"),
        ("https://x.example/\u200b", "hidden character"),
        ("https://x.example:0/", "from 1 to 65535"),
        ("https://x.example:65536/", "from 1 to 65535"),
        ("https://-x.example/", "Check its spelling"),
        ("https://[::g]/", "but no spaces"),
        ("https://[1:2]/", "Check its spelling"),
        ("https://192.0.2.1/", "not an IP address"),
        ("https://192.0.2/", "not an IP address"),
        ("https://[2001:db8::1]/", "not an IP address"),
    ],
)
def test_a_refused_url_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(BadRedirect) as refused:
        parse_redirect_url(text)

    assert words in str(refused.value)


@pytest.mark.rule("SEC-60")
@pytest.mark.parametrize(
    "text",
    [
        "https://x.example/" + "a" * 2030,
        "https://x.example:1/",
        "https://x.example:65535/",
        "http://[::1]/",
    ],
)
def test_the_limits_of_a_url_are_taken(text: str) -> None:
    assert str(parse_redirect_url(text)) == text


@pytest.mark.rule("SEC-60")
@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://Portal.Example/", "https://portal.example"),
        ("HTTPS://portal.example:443", "https://portal.example"),
        ("http://portal.example:80/x", "http://portal.example"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_the_origin_of_a_base_url(base_url: str, origin: str) -> None:
    assert origin_of(base_url) == origin


@pytest.mark.rule("SEC-60")
@pytest.mark.parametrize(
    "base_url", ["portal.example", "ftp://portal.example", "wss://portal.example"]
)
def test_a_base_url_must_be_http(base_url: str) -> None:
    with pytest.raises(BadRedirect, match="begins with https://"):
        origin_of(base_url)


@pytest.mark.rule("SEC-61")
@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("/a%2Fb", True),
        ("/a%2f%2fb", False),
        ("/a%2F%2Fb", False),
        ("/a%2F%2fb", False),
        ("/a?to=//b", True),
        ("/" + "a" * 2047, True),
        ("/" + "a" * 2048, False),
    ],
)
def test_next_takes_no_doubled_slash_however_written(text: str, is_taken: bool) -> None:
    assert same_origin_path(text) == (text if is_taken else "")
