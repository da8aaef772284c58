"""Delivery reports read as values (RFC 3464, INV-23)."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.outbox.bounces import delivery_reports
from tests.support.delivery_reports import OWN_DOMAIN, report

MAIL = uuid.UUID("0d4c1c2e-90aa-4a5b-8f43-3ad3a4a4c001")


@pytest.mark.rule("INV-23", "BET-3")
@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_says_whom_it_is_about_and_why(returned: str) -> None:
    [found] = delivery_reports.read_delivery_report(report(MAIL, returned=returned), OWN_DOMAIN)

    assert found.mail_id == MAIL
    assert (found.recipient, found.action, found.status) == ("ada@partner.test", "failed", "5.1.1")
    assert found.reason == "550 5.1.1 <***@partner.test> User unknown"
    assert found.is_hard


@pytest.mark.rule("INV-23")
@pytest.mark.parametrize(
    ("action", "status", "is_final", "is_hard"),
    [
        ("failed", "5.1.1", True, True),
        ("failed", "5.0.0", True, True),
        ("failed", "5.2.1", True, True),
        ("failed", "5.4.4", True, True),
        ("failed", "5.2.2", True, False),  # the mailbox is full
        ("failed", "5.3.4", True, False),  # too large for their system
        ("failed", "5.7.1", True, False),  # their policy
        ("failed", "4.4.7", True, False),  # their queue ran out of time
        ("failed", "nonsense", True, False),
        ("delayed", "4.4.1", False, False),
        ("delivered", "2.0.0", False, False),
        ("relayed", "2.0.0", False, False),
    ],
)
def test_only_a_fault_of_the_address_is_hard(
    action: str, status: str, is_final: bool, is_hard: bool
) -> None:
    message = report(MAIL, action=action, status=status, diagnostic="smtp; 550 no")
    [found] = delivery_reports.read_delivery_report(message, OWN_DOMAIN)

    assert (found.is_final, found.is_hard) == (is_final, is_hard)


@pytest.mark.rule("SEC-101")
def test_a_reason_is_short_plain_and_without_addresses_and_links() -> None:
    hostile = "smtp; 550 see https://evil.test/x?y for\tmallory@evil.test " + "x" * 900
    [found] = delivery_reports.read_delivery_report(report(MAIL, diagnostic=hostile), OWN_DOMAIN)

    assert found.reason.startswith("550 see (link) for ***@evil.test xxx")
    assert len(found.reason) == delivery_reports.MAXIMUM_REASON_CHARACTERS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"From: someone\r\nSubject: Out of office\r\n\r\nI am away.",
        report(MAIL, domain="elsewhere.example"),
        report("no-id"),
        report(MAIL).replace(b"report-type=delivery-status", b"report-type=disposition"),
        report(MAIL).replace(b"message/delivery-status", b"text/plain"),
        report(MAIL).replace(b"Action: failed", b"Action:"),
        report(MAIL) + b"x" * delivery_reports.MAXIMUM_BYTES,
        report(MAIL)[:700],
    ],
)
def test_whatever_is_no_report_about_our_mail_says_nothing(content: bytes) -> None:
    assert delivery_reports.read_delivery_report(content, OWN_DOMAIN) == []


@given(st.binary(max_size=300), st.integers(0, 1400))
def test_a_damaged_report_is_never_an_error(damage: bytes, at: int) -> None:
    content = report(MAIL)

    delivery_reports.read_delivery_report(
        content[:at] + damage + content[at + len(damage) :], OWN_DOMAIN
    )


def test_many_recipients_are_read_up_to_a_bound() -> None:
    block = b"Final-Recipient: rfc822; a@b.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n" * 500
    content = report(MAIL).replace(b"Final-Recipient", block + b"Final-Recipient", 1)

    assert (
        len(delivery_reports.read_delivery_report(content, OWN_DOMAIN))
        == delivery_reports.MAXIMUM_RECIPIENTS
    )
