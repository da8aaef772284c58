"""Metadata documents as partners really send them: each file of `tests/cases/metadata`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from identityproviders.models import Federation
from identityproviders.saml.documents import BadDocument, parse_response
from identityproviders.saml.metadata import PartnerMetadata, parse_partner_metadata

CASES = Path(__file__).parents[2] / "cases" / "metadata"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
ISSUER = "https://idp.partner-one.example/idp"


def read_case(name: str) -> PartnerMetadata:
    data = (CASES / name).read_bytes()
    return parse_partner_metadata(data, Federation.Protocol.SAML, NOW)


@pytest.mark.rule("IDP-10")
@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        ("01-two-signing-rollover.xml", ["CN=idp-a", "CN=idp-b"]),
        ("03-pem-armour-inside.xml", ["CN=idp-a"]),
        ("04-weak-beside-good.xml", ["CN=idp-a"]),
        ("05-expired-beside-good.xml", ["CN=idp-a"]),
        ("08-leading-newline.xml", ["CN=idp-a"]),
        ("13-comment-with-doctype-word.xml", ["CN=idp-a"]),
        ("14-chain-in-one-element.xml", ["CN=idp-a"]),
    ],
)
def test_file_is_filled_with_the_right_certificates(name: str, subjects: list[str]) -> None:
    found = read_case(name)

    assert found.issuer == ISSUER
    assert found.endpoint == "https://idp.partner-one.example/sso"
    assert [one.subject for one in found.certificates] == subjects


@pytest.mark.rule("IDP-10")
@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("04-weak-beside-good.xml", "shorter than 2,048 bits"),
        ("05-expired-beside-good.xml", "expired on January 1, 2023"),
    ],
)
def test_certificate_that_was_left_out_has_a_remark(name: str, remark: str) -> None:
    assert remark in " ".join(read_case(name).remarks)


@pytest.mark.rule("IDP-10", "SEC-89")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("06-utf16-powershell.xml", "UTF-16"),
        ("15-chain-concatenated.xml", "one after another"),
        ("17-http-endpoint.xml", "does not begin with https://"),
        ("21-only-expired.xml", "expired on January 1, 2023"),
        ("22-saved-html-page.xml", "It is a web page, not metadata."),
        ("24-two-idps.xml", "several providers"),
    ],
)
def test_file_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(BadDocument) as refusal:
        read_case(name)

    assert reason in str(refusal.value)


@pytest.mark.rule("IDP-10")
@pytest.mark.parametrize("head", [b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b" \t\n"])
def test_mark_and_blanks_before_the_declaration_are_no_fault(head: bytes) -> None:
    data = head + (CASES / "01-two-signing-rollover.xml").read_bytes()

    assert parse_partner_metadata(data, Federation.Protocol.SAML, NOW).issuer == ISSUER


@pytest.mark.rule("SEC-89")
def test_web_page_instead_of_a_response_is_not_called_metadata() -> None:
    with pytest.raises(BadDocument) as refusal:
        parse_response(b"<html><body>Sign in</body></html")

    assert "metadata" not in str(refusal.value)


@pytest.mark.rule("SEC-89")
@pytest.mark.parametrize(
    "head",
    [
        "<?tool <!-- ?><!DOCTYPE x [<!ENTITY a 'b'>]><!-- -->",
        "<!-- a --><!DOCTYPE x><!-- b -->",
        "<![CDATA[]]><!DOCTYPE x>",
    ],
)
def test_document_type_beside_a_comment_is_refused(head: str) -> None:
    data = (CASES / "01-two-signing-rollover.xml").read_bytes()
    start = data.index(b"<md:EntityDescriptor")

    with pytest.raises(BadDocument):
        parse_partner_metadata(head.encode() + data[start:], Federation.Protocol.SAML, NOW)


@pytest.mark.rule("IDP-10")
def test_validity_of_the_document_around_counts_too() -> None:
    data = (CASES / "01-two-signing-rollover.xml").read_text()
    entity = data[data.index("<md:EntityDescriptor") :]
    around = (
        '<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
        f' validUntil="2026-11-30T00:00:00Z">{entity}</md:EntitiesDescriptor>'
    )

    with pytest.raises(BadDocument, match="validUntil"):
        parse_partner_metadata(around.encode(), Federation.Protocol.SAML, NOW)
