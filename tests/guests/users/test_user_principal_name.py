"""User principal names of guests (DIR-13, DIR-15)."""

from __future__ import annotations

import pytest

from guests.users.user_principal_name import guest_user_principal_name
from portal.values.email_address import parse_email_address


def nothing_taken(name: str) -> bool:
    return False


@pytest.mark.rule("DIR-13")
def test_the_address_with_the_mark_and_the_initial_domain() -> None:
    name = guest_user_principal_name(
        parse_email_address("john@contoso.com"), "fabrikam.onmicrosoft.com", nothing_taken
    )

    assert name == "john_contoso.com#EXT#@fabrikam.onmicrosoft.com"


@pytest.mark.rule("DIR-15", "INV-14", "BET-14")
def test_characters_a_principal_name_cannot_have_become_underscores() -> None:
    name = guest_user_principal_name(
        parse_email_address("ada+work@contoso.com"), "f.example", nothing_taken
    )

    assert name == "ada_work_contoso.com#EXT#@f.example"


@pytest.mark.rule("DIR-15")
def test_a_taken_name_gets_a_short_random_suffix() -> None:
    taken = {"a_b_c.com#EXT#@f.example"}

    other = guest_user_principal_name(
        parse_email_address("a_b@c.com"), "f.example", taken.__contains__
    )

    assert other != "a_b_c.com#EXT#@f.example"
    assert other.startswith("a_b_c.com_")
    assert other.endswith("#EXT#@f.example")


@pytest.mark.rule("DIR-15")
def test_a_long_address_is_cut_and_told_apart_by_a_hash() -> None:
    one = guest_user_principal_name(
        parse_email_address(f"{'x' * 60}@one.example"), "f.example", nothing_taken
    )
    two = guest_user_principal_name(
        parse_email_address(f"{'x' * 60}@two.example"), "f.example", nothing_taken
    )

    assert len(one.partition("#EXT#")[0]) == 64
    assert one != two
