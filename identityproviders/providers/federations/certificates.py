"""Read signing certificates of partners, pasted or from metadata (IDP-9, IDP-10).

Pure, apart from the clock that callers pass.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
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
    if len(text) > MAXIMUM_CHARACTERS:
        raise BadCertificate(_("This is too long to be a certificate."))
    found = _unique(map(_checked, _loaded(text)))
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


def as_pem(packed: str) -> str:
    """The base64 text of a certificate between the lines that PEM has around it."""
    lines = [packed[start : start + 64] for start in range(0, len(packed), 64)]
    return "\n".join([f"{_BEGIN} CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


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
    return [_checked(one) for one in _loaded(text)] if text else []


def _loaded(text: str) -> list[x509.Certificate]:
    try:
        if _BEGIN in text:
            loaded = x509.load_pem_x509_certificates(text.encode())
        else:
            packed = "".join(text.split())
            if not packed:
                return []
            loaded = [x509.load_der_x509_certificate(base64.b64decode(packed, validate=True))]
    except (ValueError, binascii.Error, x509.InvalidVersion) as error:
        raise BadCertificate(
            _("This is no certificate. Paste it in PEM form, or its base64 text alone.")
        ) from error
    if len(loaded) > MAXIMUM_CERTIFICATES:
        raise BadCertificate(_("These are more certificates than a provider has."))
    return loaded


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
