"""Read signing certificates of partners, pasted or from metadata (IDP-9, IDP-10).

Pure, apart from the clock that callers pass.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError

MAXIMUM_CERTIFICATES = 10
MAXIMUM_CHARACTERS = 64 * 1024
SMALLEST_RSA_BITS = 2048

_BEGIN = "-----BEGIN"


class BadCertificate(DomainError):
    """The text holds no certificate that can vouch for anybody; the message says why."""


@dataclass(frozen=True)
class Certificate:
    """One certificate, in the form that is stored."""

    pem: str
    expires_at: datetime
    subject: str
    fingerprint: str


def read_certificates(text: str, now: datetime) -> tuple[Certificate, ...]:
    """The usable certificates in `text`: PEM, one after another, or one in bare base64 (IDP-9).

    Those that are over are left out. Raises: BadCertificate when none is left, naming why.
    """
    found = _unique(map(_checked, load_certificates(text)))
    if not found:
        raise BadCertificate(_("Paste the certificate of the partner’s signing key."))
    usable = tuple(one for one in found if one.expires_at > now)
    if not usable:
        last = max(one.expires_at for one in found)
        raise BadCertificate(
            _("This certificate expired on %(date)s. Ask the partner for the current one.")
            % {"date": date_format(last, "F j, Y")}
        )
    return usable


def stored_certificates(found: Iterable[Certificate]) -> str:
    """Certificates as the provider’s row keeps them: PEM, one after another."""
    return "".join(one.pem for one in found)


def last_certificate_expiry(found: Iterable[Certificate]) -> datetime:
    """When the last of them is over, and with it every sign-in."""
    return max(one.expires_at for one in found)


def certificate_fingerprints(text: str) -> list[str]:
    """The SHA-256 fingerprints of stored certificates."""
    return [_fingerprint(one) for one in x509.load_pem_x509_certificates(text.encode())]


def describe_certificates(text: str) -> list[Certificate]:
    """Stored certificates for a page, also those that are over by now."""
    return [_checked(one) for one in load_certificates(text)] if text else []


def leaf_certificate(chain: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate of the key itself among those that stand with it; never one of its issuers.

    Where none issued another, the first one counts, which is where chains begin.
    """
    issuers = {one.issuer for one in chain if one.issuer != one.subject}
    return next((one for one in chain if one.subject not in issuers), chain[0])


def load_certificates(text: str) -> list[x509.Certificate]:
    """The certificates in `text`: PEM, one after another, or one in bare base64.

    Raises: BadCertificate for what is none.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise BadCertificate(_("This is too long to be a certificate."))
    try:
        if _BEGIN in text:
            loaded = x509.load_pem_x509_certificates(text.encode())
        else:
            packed = "".join(text.split())
            if not packed:
                return []
            _check_single(packed)
            data = base64.b64decode(packed, validate=True)
            loaded = [x509.load_der_x509_certificate(data)]
    except (ValueError, binascii.Error, x509.InvalidVersion) as error:
        raise BadCertificate(
            _("This is no certificate. Paste it in PEM form, or its base64 text alone.")
        ) from error
    if len(loaded) > MAXIMUM_CERTIFICATES:
        raise BadCertificate(_("These are more certificates than a provider has."))
    return loaded


def _check_single(packed: str) -> None:
    """Pass where `packed` is not several certificates in base64 one after another.

    Padding in the middle tells, or more bytes than the length at the start says.

    Raises: BadCertificate; binascii.Error where it is no base64.
    """
    begins_anew = "=" in packed.rstrip("=")
    head = base64.b64decode(packed[:8], validate=True)
    length = 4 + int.from_bytes(head[2:4]) if head[:2] == b"\x30\x82" else 0
    if begins_anew or (length and len(packed) * 3 // 4 > length + 2):
        raise BadCertificate(
            _(
                "Several certificates stand one after another without their lines. Use each one "
                "by itself, in PEM form."
            )
        )


def _checked(certificate: x509.Certificate) -> Certificate:
    try:
        key = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadCertificate(_("The key in this certificate can’t be used.")) from error
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < SMALLEST_RSA_BITS:
            raise BadCertificate(_("The key in this certificate is shorter than 2,048 bits."))
    elif not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadCertificate(_("The key in this certificate must be an RSA or an EC key."))
    return Certificate(
        pem=certificate.public_bytes(Encoding.PEM).decode(),
        expires_at=certificate.not_valid_after_utc,
        subject=certificate.subject.rfc4514_string(),
        fingerprint=_fingerprint(certificate),
    )


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _unique(found: Iterable[Certificate]) -> list[Certificate]:
    return list({one.fingerprint: one for one in found}.values())
