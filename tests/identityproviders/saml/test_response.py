"""Which SAML responses are believed: one mutation per check (SEC-46, IDP-13, IDP-14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from identityproviders.providers.verification_report import (
    AnswerRefused,
    VerificationReport,
)
from identityproviders.saml import response
from tests.support.saml_forge import (
    EMAIL,
    GOOD,
    NOW,
    A,
    encoded,
    expected,
    read,
    refusal,
    signed,
    signer,
)


@pytest.mark.rule("IDP-13", "SEC-34", "SEC-46")
@pytest.mark.parametrize("what", ["assertion", "response", "both"])
def test_a_good_response_proves_subject_and_address(what: str) -> None:
    answer = read(signed(what=what))
    assert (answer.issuer, answer.subject) == (GOOD.issuer, "s-123")
    assert answer.addresses == {"ada@partner.example"}
    assert answer.assertion_id == "_assertion"
    assert answer.used_until == (NOW + timedelta(minutes=7)).timestamp()


MUTATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "another destination": ({"destination": "https://evil.example/acs"}, "is meant for"),
    "no destination": ({"destination": ""}, "is meant for"),
    "another recipient": ({"recipient": "https://evil.example/acs"}, "for the recipient"),
    "another audience": ({"audience": "https://other.example/"}, "for the audience"),
    "audience without its slash": ({"audience": GOOD.audience[:-1]}, "for the audience"),
    "another request": ({"request_id": "_other"}, "does not answer the request"),
    "another request inside": ({"assertion_request_id": "_other"}, "assertion does not answer"),
    "unsolicited": ({"request_id": "", "assertion_request_id": ""}, "does not answer"),
    "another issuer": (
        {"issuer": "https://evil.example", "response_issuer": GOOD.issuer},
        "issuer",
    ),
    "another issuer of the response": ({"response_issuer": "https://evil.example"}, "issuer"),
    "issuer in capitals": ({"issuer": GOOD.issuer.upper()}, "issuer"),
    "not valid yet": ({"not_before": "2026-11-25T12:02:01Z"}, "not valid yet"),
    "no longer valid": ({"not_on_or_after": "2026-11-25T11:58:00Z"}, "no longer valid"),
    "confirmed too long ago": ({"confirmed_until": "2026-11-25T11:58:00Z"}, "no longer valid"),
    "a time without zone": ({"not_on_or_after": "2026-11-25T12:05:00"}, "can’t be read"),
    "no end of the confirmation": ({"confirmed_until": ""}, "how long"),
    "holder of key": ({"confirmation": "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"}, "bearer"),
    "status": ({"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"}, "did not sign"),
    "e-mail as name": (
        {"subject_format": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"},
        "must be persistent",
    ),
    "transient name": (
        {"subject_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
        "must be persistent",
    ),
    "no name": ({"subject": ""}, "NameID is missing"),
    "a name too long": ({"subject": "x" * 256}, "NameID is missing, or longer"),
    "an unknown condition": ({"extra_condition": "<saml:Condition/>"}, "not understood"),
}


@pytest.mark.rule("SEC-46")
@pytest.mark.parametrize("name", MUTATIONS)
def test_one_wrong_statement_refuses_the_response_with_its_reason(name: str) -> None:
    values, words = MUTATIONS[name]
    refused = refusal(signed(replace(GOOD, **values)))
    assert words in str(refused)
    assert refused.code == 50008


def put_last_condition_first(root: Any) -> None:
    conditions = root.find(f"{A}Assertion/{A}Conditions")
    conditions.insert(0, conditions[-1])


def audience_restriction(*audiences: str) -> str:
    values = "".join(f"<saml:Audience>{audience}</saml:Audience>" for audience in audiences)
    return f"<saml:AudienceRestriction>{values}</saml:AudienceRestriction>"


@pytest.mark.rule("SEC-46")
@pytest.mark.parametrize("audiences", [["https://other.example/"], []])
@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_every_audience_restriction_must_name_us(audiences: list[str], first: str) -> None:
    root = signed(
        replace(GOOD, extra_condition=audience_restriction(*audiences)),
        before=None if first == "ours" else put_last_condition_first,
    )
    assert "for the audience" in str(refusal(root))


@pytest.mark.rule("SEC-46")
def test_an_audience_restriction_may_name_others_beside_us() -> None:
    both = audience_restriction("https://other.example/", "https://portal.example/tenant/")
    assert read(signed(replace(GOOD, extra_condition=both))).subject == "s-123"


@pytest.mark.rule("SEC-46")
@pytest.mark.parametrize(
    ("seconds", "holds"), [(-179, True), (-181, False), (419, True), (420, False)]
)
def test_clocks_may_differ_by_two_minutes(seconds: int, holds: bool) -> None:
    wanted = expected(NOW + timedelta(seconds=seconds))
    if holds:
        assert read(signed(), wanted).subject == "s-123"
    else:
        assert "valid" in str(refusal(signed(), wanted))


@pytest.mark.rule("IDP-14")
@pytest.mark.parametrize(
    "claims",
    [
        {},
        {EMAIL: []},
        {EMAIL: ["ada@partner.example", "admin@partner.example"]},
        {EMAIL: ["ada@other.example"]},
        {EMAIL: ["ada@sub.partner.example"]},
        {EMAIL: ["ada@partner.example.evil.example"]},
        {EMAIL: ["not an address"]},
        {"email": ["ada@partner.example"]},
    ],
)
def test_a_missing_or_foreign_address_is_error_5000819(claims: dict[str, list[str]]) -> None:
    refused = refusal(signed(replace(GOOD, claims=claims)))
    assert refused.code == 5000819
    assert "e-mail claim" in str(refused)


@pytest.mark.rule("SEC-46")
def test_an_expired_certificate_is_named_as_the_reason() -> None:
    old = signer("old", days=(-400, -1))
    refused = refusal(signed(by=old), expected(certificates=old.certificate))
    assert "expired on" in str(refused)


@pytest.mark.rule("IDP-15")
def test_either_of_two_configured_certificates_will_do() -> None:
    both = signer("next").certificate + signer().certificate
    assert read(signed(by=signer()), expected(certificates=both)).subject == "s-123"
    assert read(signed(by=signer("next")), expected(certificates=both)).subject == "s-123"


@pytest.mark.rule("SEC-46")
def test_the_report_tells_every_check_and_claim() -> None:
    report = VerificationReport(50008)
    root = response.parse_saml_document(
        encoded(signed(replace(GOOD, audience="https://other.example/")))
    )
    with pytest.raises(AnswerRefused):
        response.read_saml_response(root, expected(), report)
    failed = [check.name for check in report.checks if check.problem]
    passed = [check.name for check in report.checks if not check.problem]
    assert failed == ["Audience"]
    assert {"Signature", "Issuer", "Recipient", "E-mail claim", "NameID format"} <= set(passed)
    assert (EMAIL, "Ada@partner.example") in report.claims


@pytest.mark.rule("SEC-34", "SEC-35")
def test_the_answer_names_the_provider_and_the_address_as_said() -> None:
    answer = read(signed())

    assert (answer.provider_key, answer.address) == ("provider", "Ada@partner.example")
    assert answer.addresses == {"ada@partner.example"}


@pytest.mark.parametrize(("length", "is_good"), [(1, True), (255, True), (256, False)])
def test_a_subject_has_255_characters_at_most(length: int, is_good: bool) -> None:
    response_of_partner = signed(replace(GOOD, subject="s" * length))

    if is_good:
        assert read(response_of_partner).subject == "s" * length
    else:
        assert refusal(response_of_partner).code == 50008
