"""The list of domains as an administrator types it (COL-10 to COL-12)."""

from __future__ import annotations

import pytest

from invitations.collaboration.domain_list import (
    domain_list_text,
    parse_domain_list,
    readable_domain,
)
from portal.errors import InvalidInput

pytestmark = pytest.mark.rule("COL-12")


def test_lines_become_names_each_once() -> None:
    text = "Partner.example\n\n  @partner.example \npartner.example.\n*.Bücher.example\n"

    assert parse_domain_list(text) == {"partner.example", "*.xn--bcher-kva.example"}


def test_wrong_lines_are_named_by_number_and_the_rest_is_counted() -> None:
    text = "partner.example\nlocalhost\n\na b.example\n" + "x" * 70 + "\n-y.example\n[z]\n"

    with pytest.raises(InvalidInput) as refused:
        parse_domain_list(text, field="deny_domains")

    assert refused.value.field == "deny_domains"
    assert str(refused.value) == (
        "These are no domains: line 2: localhost; line 4: a b.example; "
        f"line 5: {'x' * 60}; and 2 more. Enter one domain a line, such as example.com."
    )


def test_three_wrong_lines_are_all_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_domain_list("a\nb\nc")

    assert (refused.value.field, "more" in str(refused.value)) == ("domains", False)
    with pytest.raises(InvalidInput, match="and 1 more"):
        parse_domain_list("a\nb\nc\nd")


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_domain_list(" \n\n")

    assert (refused.value.field, str(refused.value)) == (
        "domains",
        "Enter at least one domain, such as example.com.",
    )


@pytest.mark.rule("T21", "BET-21")
def test_ten_thousand_domains_are_taken_and_one_more_is_not() -> None:
    names = [f"d{number}.example" for number in range(10_001)]

    assert len(parse_domain_list("\n".join(names[:-1]))) == 10_000
    with pytest.raises(InvalidInput, match="10,000 domains at most") as refused:
        parse_domain_list("\n".join(names))
    assert refused.value.field == "domains"


@pytest.mark.rule("T21", "BET-21")
def test_a_text_longer_than_the_longest_list_is_not_read() -> None:
    with pytest.raises(InvalidInput, match="10,000 domains at most") as refused:
        parse_domain_list("partner.example" + "\n" * 2_560_000, "deny_domains")
    assert refused.value.field == "deny_domains"
    at_most = "partner.example" + "\n" * (2_560_000 - len("partner.example"))
    assert parse_domain_list(at_most) == {"partner.example"}


def test_the_list_is_shown_sorted_with_foreign_letters() -> None:
    names = ["*.xn--bcher-kva.example", "partner.example", "xn--bcher-kva.example"]

    assert domain_list_text(reversed(names)) == "*.bücher.example\npartner.example\nbücher.example"
    assert readable_domain("*.partner.example") == "*.partner.example"
