"""Certificates that administrators paste (IDP-9)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from identityproviders.providers.federations import certificates
from identityproviders.providers.federations.certificates import BadCertificate
from tests.support.partner import bare, certificate

pytestmark = pytest.mark.rule("IDP-9")

PEM = certificate()


def problem(text: str) -> str:
    with pytest.raises(BadCertificate) as caught:
        certificates.read_certificates(text, timezone.now())
    return str(caught.value)


@pytest.mark.parametrize("text", [PEM, bare(PEM), f"  {PEM}\n", f"text around\n{PEM}"])
def test_pem_and_bare_base64_are_read_and_stored_as_pem(text: str) -> None:
    found = certificates.read_certificates(text, timezone.now())

    assert certificates.stored_certificates(found) == PEM
    assert found[0].subject == "CN=Fabrikam signing"


def test_several_certificates_are_kept_and_the_last_to_expire_counts() -> None:
    later = certificate(days=700)
    found = certificates.read_certificates(PEM + later + PEM, timezone.now())

    assert certificates.stored_certificates(found) == PEM + later
    assert certificates.last_certificate_expiry(found) == found[1].expires_at


def test_an_expired_certificate_is_refused_with_its_date() -> None:
    message = problem(certificate(days=-3))

    assert "expired on" in message
    assert "Ask the partner" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Paste the certificate"),
        ("not a certificate", "no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "no certificate"),
        ("-----BEGIN PUBLIC " + "KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no certificate"),
        (certificate(kind="short"), "shorter than 2,048"),
        (certificate(kind="ed25519"), "RSA or an EC"),
        (PEM * 200, "too long"),
    ],
)
def test_what_vouches_for_nobody_is_refused(text: str, words: str) -> None:
    assert words in problem(text)
