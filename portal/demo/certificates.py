"""Make a certificate authority of the demo and a certificate for this machine."""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)


def ensure_certificates(state: Path) -> tuple[Path, Path, Path]:
    """Make what is missing or about to expire; the paths of authority, certificate and key."""
    folder = state / "tls"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, certificate, key = (folder / n for n in ("ca.pem", "server.pem", "server.key"))
    if not (_is_fresh(authority) and _is_fresh(certificate) and key.exists()):
        _make(authority, certificate, key)
    return authority, certificate, key


def of_partner(name: str, life: timedelta) -> tuple[str, datetime]:
    """A certificate as a partner signs with, and its end; the key is thrown away."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _builder(_name(name), _name(name), key.public_key(), life).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode(), made.not_valid_after_utc


def _is_fresh(path: Path) -> bool:
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.not_valid_after_utc - RENEW_BEFORE > datetime.now(UTC)


def _make(authority_path: Path, certificate_path: Path, key_path: Path) -> None:
    """Make both at once; the authority's key is never written, so nothing else can be signed."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("Portal demo authority")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    addresses = [ipaddress.ip_address(text) for text in ("127.0.0.1", "::1")]
    names = [x509.DNSName("localhost"), *map(x509.IPAddress, addresses)]
    certificate = (
        _builder(_name("localhost"), authority_name, key.public_key(), LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    authority_path.write_bytes(authority.public_bytes(pem))
    certificate_path.write_bytes(certificate.public_bytes(pem))
    _write_private(
        key_path,
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + life)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _write_private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
