"""Verify XML signatures: which element a configured certificate signed (SEC-47).

The structure is checked before any cryptography, because every wrapping attack is a question of
structure; then signxml verifies; then only the element that signxml returns is read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from identityproviders.saml import documents, names
from identityproviders.saml.documents import Element
from portal.errors import DomainError

DIGESTS = {
    DigestAlgorithm.SHA256,
    DigestAlgorithm.SHA384,
    DigestAlgorithm.SHA512,
}
METHODS = {
    SignatureMethod.RSA_SHA256,
    SignatureMethod.RSA_SHA384,
    SignatureMethod.RSA_SHA512,
    SignatureMethod.SHA256_RSA_MGF1,
    SignatureMethod.SHA384_RSA_MGF1,
    SignatureMethod.SHA512_RSA_MGF1,
    SignatureMethod.ECDSA_SHA256,
    SignatureMethod.ECDSA_SHA384,
    SignatureMethod.ECDSA_SHA512,
}
_DIGEST_NAMES = {digest.value for digest in DIGESTS}
_METHOD_NAMES = {method.value for method in METHODS}
_ID_NAMES = {"id", "assertionid", "responseid"}


class Unverified(DomainError):
    """No configured certificate vouches for this document; the message says why."""


@dataclass(frozen=True)
class Layout:
    """Where the assertion stands in an answer of one protocol.

    `path` leads from the root to the assertion; its last tag is the assertion's. The root may be
    signed itself where `root_id` names its id attribute.
    """

    root: str
    path: tuple[str, ...]
    assertion_id: str
    root_id: str = ""


@dataclass(frozen=True)
class Verified:
    """The assertion as it was signed, and by what."""

    assertion: Element
    method: str
    certificate_expires_at: datetime


def verify_signature(root: Element, layout: Layout, certificates: str, now: datetime) -> Verified:
    """The signed assertion in the document at `root`.

    Takes the configured certificates as PEM, one after another; those in the document are
    ignored. Raises: Unverified.
    """
    assertion = _only_assertion(root, layout)
    _check_ids(root)
    signatures = _signatures(root, assertion, layout)
    if root in signatures:
        signed, id_attribute = root, layout.root_id
    else:
        signed, id_attribute = assertion, layout.assertion_id
    signature = signatures[signed]
    returned, certificate = _verify(signed, id_attribute, _certificates(certificates))
    _check_dates(certificate, now)
    return Verified(
        _assertion_in(returned, signed, id_attribute, layout),
        _method_of(signature),
        certificate.not_valid_after_utc,
    )


def _only_assertion(root: Element, layout: Layout) -> Element:
    """The one assertion of the document, where it belongs."""
    if root.tag != layout.root:
        raise Unverified(_("The document is not an answer of this protocol."))
    found = [node for node in root.iter() if _local(node) in {"Assertion", "EncryptedAssertion"}]
    if any(_local(node) == "EncryptedAssertion" for node in found):
        raise Unverified(
            _("The assertion is encrypted, which is not supported. Turn its encryption off.")
        )
    if len(found) != 1:
        raise Unverified(
            _("The document holds %(count)s assertions instead of one.") % {"count": len(found)}
        )
    here = root
    for tag in layout.path:
        children = [node for node in here if node.tag == tag]
        if len(children) != 1:
            raise Unverified(_("The assertion does not stand where it belongs."))
        here = children[0]
    return here


def _check_ids(root: Element) -> None:
    ids = Counter(
        value
        for node in root.iter()
        for name, value in node.attrib.items()
        if etree.QName(name).localname.lower() in _ID_NAMES
    )
    if any(count > 1 for count in ids.values()):
        raise Unverified(_("An ID stands twice in the document."))


def _signatures(root: Element, assertion: Element, layout: Layout) -> dict[Element, Element]:
    """The signature of each signed element; all of them, each in its place and shape."""
    id_names = {assertion: layout.assertion_id}
    if layout.root_id:
        id_names[root] = layout.root_id
    found: dict[Element, Element] = {}
    for signature in root.iter(_ds("Signature")):
        parent = signature.getparent()
        if parent not in id_names or parent in found:
            raise Unverified(_("A signature stands where none belongs."))
        _check_shape(signature, parent.get(id_names[parent], ""))
        found[parent] = signature
    if not found:
        raise Unverified(_("Neither the answer nor its assertion is signed."))
    return found


def _check_shape(signature: Element, signed_id: str) -> None:
    """One reference, to the parent, with the two transforms; SHA-256 or better; no HMAC."""
    signed_info = _child(signature, "SignedInfo")
    _child(signature, "SignatureValue")
    if {node.tag for node in signature} - {_ds(n) for n in _PARTS}:
        raise Unverified(_("The signature holds more than a signature."))
    reference = _child(signed_info, "Reference")
    if not signed_id or reference.get("URI") != f"#{signed_id}":
        raise Unverified(_("The signature is about another element than the one it stands in."))
    transforms = [node.get("Algorithm") for node in _child(reference, "Transforms")]
    if transforms != [names.ENVELOPED, names.EXCLUSIVE_C14N]:
        raise Unverified(_("The signature transforms the document in a way that is not allowed."))
    if _child(signed_info, "CanonicalizationMethod").get("Algorithm") != names.EXCLUSIVE_C14N:
        raise Unverified(_("The signature uses a canonicalization that is not allowed."))
    if (
        _child(signed_info, "SignatureMethod").get("Algorithm") not in _METHOD_NAMES
        or _child(reference, "DigestMethod").get("Algorithm") not in _DIGEST_NAMES
    ):
        raise Unverified(
            _("The signature’s algorithm is not allowed. Use RSA or ECDSA with SHA-256 or better.")
        )


_PARTS = ("SignedInfo", "SignatureValue", "KeyInfo")


def _verify(
    signed: Element, id_attribute: str, certificates: list[x509.Certificate]
) -> tuple[Element, x509.Certificate]:
    """What signxml returns for `signed`, and the certificate that vouches for it."""
    data = etree.tostring(signed, encoding="utf-8", with_tail=False)
    for certificate in certificates:
        copy = documents.parse_response(data)
        _drop_key_info(copy)
        config = SignatureConfiguration(
            location="./",
            signature_methods=frozenset(METHODS),
            digest_algorithms=frozenset(DIGESTS),
            # Whether it is still valid is a question of its own, with a better answer.
            verification_time=certificate.not_valid_before_utc,
        )
        try:
            result = XMLVerifier().verify(
                copy, x509_cert=certificate, id_attribute=id_attribute, expect_config=config
            )
        except _NOT_VERIFIED:
            continue
        if not isinstance(result, list) and result.signed_xml is not None:
            return result.signed_xml, certificate
    raise Unverified(
        _("The signature does not match the configured certificate, or the document was changed.")
    )


# signxml raises its own errors, and what its parts raise where a document is malformed.
_NOT_VERIFIED = (
    SignXMLException,
    etree.LxmlError,
    UnsupportedAlgorithm,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def _drop_key_info(signed: Element) -> None:
    """Take the sender's own key out of the signature: only the configured one counts."""
    for signature in signed.findall(_ds("Signature")):
        for key_info in signature.findall(_ds("KeyInfo")):
            signature.remove(key_info)


def _assertion_in(returned: Element, signed: Element, id_attribute: str, layout: Layout) -> Element:
    """The assertion within what the verifier returned."""
    if returned.tag != signed.tag or returned.get(id_attribute) != signed.get(id_attribute):
        raise Unverified(_("The signature is about another element than the one it stands in."))
    if returned.tag == layout.path[-1]:
        return returned
    found = returned.findall(layout.path[-1])
    if len(found) != 1:
        raise Unverified(_("The assertion does not stand where it belongs."))
    return found[0]


def _certificates(text: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise Unverified(_("No certificate is configured for this provider.")) from error


def _check_dates(certificate: x509.Certificate, now: datetime) -> None:
    end = certificate.not_valid_after_utc
    if now > end:
        raise Unverified(
            _("The provider’s certificate expired on %(date)s. Enter its new one.")
            % {"date": date_format(end, "DATE_FORMAT")}
        )
    if now < certificate.not_valid_before_utc:
        raise Unverified(_("The provider’s certificate is not valid yet."))


def _method_of(signature: Element) -> str:
    uri = str(_child(_child(signature, "SignedInfo"), "SignatureMethod").get("Algorithm"))
    return SignatureMethod(uri).name.replace("_", " ")


def _child(parent: Element, name: str) -> Element:
    """The only child of that name.

    Raises: Unverified.
    """
    found = parent.findall(_ds(name))
    if len(found) != 1:
        raise Unverified(_("The signature is malformed."))
    return found[0]


def _local(node: Element) -> str:
    return str(etree.QName(node).localname)


def _ds(name: str) -> str:
    return f"{{{names.SIGNATURE}}}{name}"
