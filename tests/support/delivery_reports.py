"""Delivery reports as the servers of others write them."""

from __future__ import annotations

import uuid

OWN_DOMAIN = "127.0.0.1"
"""The domain of our Message-IDs under test."""


def report(
    mail_id: uuid.UUID | str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <ada@partner.test> User unknown",
    recipient: str = "ada@partner.test",
    returned: str = "text/rfc822-headers",
    domain: str = OWN_DOMAIN,
) -> bytes:
    """One report about one recipient (RFC 3464)."""
    text = f"""\
From: Mail Delivery System <MAILER-DAEMON@mx.partner.test>
To: invitations@127.0.0.1
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_limit"

This is a MIME-encapsulated message.

--=_limit
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--=_limit
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.partner.test
Arrival-Date: Wed, 25 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx2.partner.test
Diagnostic-Code: {diagnostic}

--=_limit
Content-Type: {returned}

Return-Path: <invitations@127.0.0.1>
Message-ID: <{mail_id}@{domain}>
From: Example <invitations@127.0.0.1>
To: {recipient}
Subject: Ada invited you

--=_limit--
"""
    return text.replace("\n", "\r\n").encode("ascii")
