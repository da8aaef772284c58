"""The token in the link *Block future invitations*: one address, one tenant (SEC-33).

It carries the id of its mail, whose row knows tenant and recipient, and an HMAC over both: 256
bits that cannot be made without the key ring, and no address.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass, field

from portal.outbox.models import OutgoingMail
from portal.security import keys
from portal.tenants.models import Tenant
from portal.values.email_address import CanonicalAddress

_ID_BYTES, _MAC_BYTES = 16, 32
_TOKEN_BYTES = _ID_BYTES + _MAC_BYTES


@dataclass(frozen=True)
class Blockable:
    """Whose invitations of which organization the token is about, and the language of its mail."""

    tenant: Tenant
    address_key: CanonicalAddress
    language: str = field(default="", compare=False)


def make_block_token(mail: OutgoingMail, key_id: str) -> str:
    """The token for the recipient of `mail`, under the key of its invitation."""
    raw = mail.pk.bytes + _mac(mail, key_id)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_block_token(token: str) -> Blockable | None:
    """What `token` is about, or None for a text that is no token of ours."""
    raw = _decoded(token)
    if len(raw) != _TOKEN_BYTES:
        return None
    mail_id = uuid.UUID(bytes=raw[:_ID_BYTES])
    mail = OutgoingMail.unscoped.select_related("tenant").filter(pk=mail_id).first()
    if mail is None:
        return None
    proof = raw[_ID_BYTES:]
    candidates = [_mac(mail, key_id) for key_id, _key in keys.key_ring().keys]
    if not any(hmac.compare_digest(proof, candidate) for candidate in candidates):
        return None
    return Blockable(mail.tenant, mail.recipient_address.canonical, mail.language)


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(
            token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True
        )
    except (binascii.Error, ValueError):
        return b""


def _mac(mail: OutgoingMail, key_id: str) -> bytes:
    return keys.mac(
        keys.TICKET,
        key_id,
        b"block-v1",
        mail.pk.bytes,
        mail.tenant_id.bytes,
        mail.recipient_address.canonical.encode(),
    )
