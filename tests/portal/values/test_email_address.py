"""The grammar of e-mail addresses: what is taken, what is refused and in which words (SEC-84)."""

from __future__ import annotations

import pytest

from portal.values.email_address import (
    InvalidEmailAddress,
    canonical_address,
    is_mixed_script,
    mask_address,
    parse_email_address,
    to_a_labels,
    unicode_domain,
)

pytestmark = pytest.mark.rule("SEC-84")

LONG_DOMAIN = ".".join(["d" * 63] * 3 + ["d" * 53, "example"])
"""253 octets, the most that a domain has."""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Enter one e-mail address"),
        ("ada", "Enter one e-mail address"),
        ("@partner.example", "Enter one e-mail address"),
        ("ada@x@partner.example", "Enter one e-mail address"),
        ("Ada <ada>", "without a name or brackets"),
        ('"ada', "without a name or brackets"),
        ("<ada@partner.example>", "without a name or brackets"),
        ("ada@partner.example>", "without a name or brackets"),
        ('"ada"@partner.example', "without a name or brackets"),
        ("mailto:ada@partner.example", "without “mailto:”"),
        ("MAILTO:ada@partner.example", "without “mailto:”"),
        ("a\u200bda@partner.example", "hidden character"),
        ("ada@partner.example\n", "hidden character"),
        ("a da@partner.example", "letters from A to Z"),
        ("ädа@partner.example", "letters from A to Z"),
        (".ada@partner.example", "begin or end with a dot"),
        ("ada.@partner.example", "begin or end with a dot"),
        ("a..da@partner.example", "two in a row"),
        ("-ada@partner.example", "begin with a hyphen"),
        ("a=?da@partner.example", "equals sign"),
        ("a%da@partner.example", "% or !"),
        ("a!da@partner.example", "% or !"),
        ("a" * 65 + "@partner.example", "64 characters at most"),
        ("ada@partner", "Enter the whole domain"),
        ("ada@[192.0.2.1]", "not an IP address"),
        ("ada@[192.0.2.1", "not an IP address"),
        ("ada@192.0.2.1]", "not an IP address"),
        ("ada@192.0.2.1", "not an IP address"),
        ("ada@-partner.example", "Check its spelling"),
        ("ada@part_ner.example", "Check its spelling"),
        ("ada@part ner.example", "Check its spelling"),
        ("ada@" + "d" * 64 + ".example", "Check its spelling"),
        ("ada@" + LONG_DOMAIN + "d", "too long"),
        ("ada@" + LONG_DOMAIN, "254 characters at most"),
    ],
)
def test_what_is_no_address_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(InvalidEmailAddress) as refused:
        parse_email_address(text)

    assert words in str(refused.value)
    assert refused.value.reason == str(refused.value)


@pytest.mark.parametrize(
    ("text", "ascii_form", "canonical"),
    [
        ("ada@partner.example", "ada@partner.example", "ada@partner.example"),
        ("  Ada.X@Partner.Example ", "Ada.X@partner.example", "ada.x@partner.example"),
        ("ada+tag@partner.example", "ada+tag@partner.example", "ada+tag@partner.example"),
        ("a" * 64 + "@b.example", "a" * 64 + "@b.example", "a" * 64 + "@b.example"),
        ("ada@x.1.example", "ada@x.1.example", "ada@x.1.example"),
        ("ada@fa\u00df.example", "ada@xn--fa-hia.example", "ada@xn--fa-hia.example"),
        ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("x@" + LONG_DOMAIN[2:], "x@" + LONG_DOMAIN[2:], "x@" + LONG_DOMAIN[2:]),
    ],
)
def test_an_address_has_one_form_for_mail_and_one_to_compare(
    text: str, ascii_form: str, canonical: str
) -> None:
    address = parse_email_address(text)

    assert address.ascii == str(address) == ascii_form
    assert address.canonical == canonical_address(text) == canonical


@pytest.mark.parametrize("character", ["\x1f", " ", "\x7f", "\x80", "\x9f", "_", "/"])
def test_a_host_has_no_control_characters_and_no_signs(character: str) -> None:
    with pytest.raises(InvalidEmailAddress, match="Check its spelling"):
        to_a_labels(f"part{character}ner.example")


def test_the_longest_address_has_254_characters() -> None:
    domain = LONG_DOMAIN[2:]

    assert len(parse_email_address(f"ad@{domain}").ascii) == 254
    with pytest.raises(InvalidEmailAddress, match="254"):
        parse_email_address(f"ada@{domain}")


@pytest.mark.rule("SEC-86")
def test_a_domain_with_foreign_letters_is_shown_in_both_forms() -> None:
    address = parse_email_address("ada@BÜCHER.example")

    assert address.as_typed == "ada@bücher.example"
    assert address.unicode_domain == "bücher.example"
    assert address.display == "ada@bücher.example (ada@xn--bcher-kva.example)"
    assert parse_email_address("ada@partner.example").display == "ada@partner.example"
    assert parse_email_address("ada@Partner.Example").as_typed == "ada@Partner.Example"
    assert unicode_domain("xn--a.example") == "xn--a.example"


def test_one_reading_of_a_domain_serves_many_addresses() -> None:
    address = parse_email_address("ada@x", domain_of=lambda text: f"{text}.example")

    assert address.domain == "x.example"


@pytest.mark.rule("SEC-86")
@pytest.mark.parametrize(
    ("domain", "is_mixed"),
    [
        ("partner.example", False),
        ("bücher.example", False),
        ("раypal.example", True),  # Cyrillic and Latin
        ("почта.example", False),
        ("日本のブランドabc.example", False),
        ("한국中文.example", False),
        ("中文ㄅ.example", False),
        ("ελa.example", True),
    ],
)
def test_mixed_scripts_are_noticed_but_for_those_of_honest_names(
    domain: str, is_mixed: bool
) -> None:
    encoded = to_a_labels(domain)

    assert is_mixed_script(encoded) is is_mixed
    assert parse_email_address(f"ada@{encoded}").has_mixed_scripts is is_mixed


@pytest.mark.rule("RED-1", "OTP-4")
@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("jane@example.com", "j***@example.com"),
        ("j@example.com", "j***@example.com"),
        ("jane", "***"),
    ],
)
def test_an_address_that_is_not_proven_is_masked(address: str, masked: str) -> None:
    assert mask_address(address) == masked


def test_an_address_masks_itself() -> None:
    assert parse_email_address("jane@example.com").masked.written == "j***@example.com"
