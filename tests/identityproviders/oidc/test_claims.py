"""Whose word about an address counts: the truth table of SEC-35."""

from __future__ import annotations

from typing import Any

import pytest

from identityproviders.oidc.claims import CONSUMERS, Trust, verified_addresses

DOMAINS = frozenset({"partner.example", "hotmail.com"})
C, G, M = Trust.CUSTOM, Trust.GOOGLE, Trust.MICROSOFT
OURS, OTHER, GMAIL = "ada@partner.example", "ada@other.example", "teri@gmail.com"

TRUTH: list[tuple[Trust, dict[str, Any], bool]] = [
    (C, {"email": OURS, "email_verified": True}, True),
    (C, {"email": "Ada@PARTNER.example", "email_verified": True}, True),
    (C, {"email": OURS, "email_verified": "true"}, False),
    (C, {"email": OURS, "email_verified": "True"}, False),
    (C, {"email": OURS, "email_verified": 1}, False),
    (C, {"email": OURS, "email_verified": False}, False),
    (C, {"email": OURS, "email_verified": None}, False),
    (C, {"email": OURS, "email_verified": [True]}, False),
    (C, {"email": OURS}, False),
    (C, {"email_verified": True}, False),
    (C, {"email": "", "email_verified": True}, False),
    (C, {"email": [OURS], "email_verified": True}, False),
    (C, {"email": OTHER, "email_verified": True}, False),
    (C, {"email": "ada@sub.partner.example", "email_verified": True}, False),
    (C, {"email": "ada@partner.example.evil.example", "email_verified": True}, False),
    (C, {"email": "ada@evil.example@partner.example", "email_verified": True}, False),
    (C, {"email": f"Ada <{OURS}>", "email_verified": True}, False),
    (C, {"email": GMAIL, "email_verified": True}, False),
    (C, {"email": OTHER, "email_verified": True, "hd": "other.example"}, False),
    (C, {"email": OURS, "xms_edov": True}, False),
    (C, {"email": OURS, "tid": CONSUMERS}, False),
    (C, {"preferred_username": OURS, "email_verified": True}, False),
    (C, {"upn": OURS, "email_verified": True}, False),
    (G, {"email": GMAIL, "email_verified": True}, True),
    (G, {"email": "teri@googlemail.com", "email_verified": True}, True),
    (G, {"email": GMAIL, "email_verified": "true"}, False),
    (G, {"email": GMAIL, "email_verified": False}, False),
    (G, {"email": GMAIL}, False),
    (G, {"email": OURS, "email_verified": True}, False),
    (G, {"email": OURS, "email_verified": True, "hd": "partner.example"}, True),
    (G, {"email": OURS, "email_verified": True, "hd": "other.example"}, False),
    (G, {"email": OURS, "email_verified": False, "hd": "partner.example"}, False),
    (
        G,
        {"email": "ada@sub.partner.example", "email_verified": True, "hd": "partner.example"},
        False,
    ),
    (M, {"email": OURS, "xms_edov": True}, True),
    (M, {"email": OURS, "xms_edov": "true"}, False),
    (M, {"email": OURS, "xms_edov": 1}, False),
    (M, {"email": OURS, "email_verified": True}, False),
    (M, {"email": OURS}, False),
    (M, {"email": "ada@hotmail.com", "tid": CONSUMERS}, True),
    (M, {"email": "ada@hotmail.com", "tid": CONSUMERS.upper()}, False),
    (M, {"email": OTHER, "xms_edov": True}, False),
    (M, {"email": OTHER, "tid": CONSUMERS}, False),
]


@pytest.mark.rule("SEC-35", "IDP-20")
@pytest.mark.parametrize(("trust", "claims", "is_verified"), TRUTH)
def test_an_address_counts_as_verified(
    trust: Trust, claims: dict[str, Any], is_verified: bool
) -> None:
    found = verified_addresses(claims, {}, trust, DOMAINS)
    assert bool(found) is is_verified
    assert found <= {OURS, GMAIL, "teri@googlemail.com", "ada@hotmail.com"}


@pytest.mark.rule("IDP-18")
def test_mapped_claims_take_the_place_of_the_usual_ones() -> None:
    mapping = {"email": "mail", "email_verified": "mail_ok"}
    claims = {"mail": OURS, "mail_ok": True, "email": "x@partner.example", "email_verified": False}
    assert verified_addresses(claims, mapping, C, DOMAINS) == {OURS}
    assert not verified_addresses({"email": OURS, "email_verified": True}, mapping, C, DOMAINS)
