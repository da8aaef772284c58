"""Signature wrapping and its relatives: nothing unsigned is ever read (SEC-47)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod

from identityproviders.providers.verification_report import AnswerRefused, VerificationReport
from identityproviders.saml import response
from identityproviders.saml.documents import BadDocument, parse_response
from tests.support.saml_forge import DS, A, P, encoded, evil, expected, refusal, signed, signer


def assertion_of(root: Any) -> Any:
    return root.find(f"{A}Assertion")


def signature_of(node: Any) -> Any:
    return node.find(f"{DS}Signature")


def _wrapped_response(place: Callable[[Any, Any, Any], None]) -> Any:
    """A forged response around a signed one, its signature moved as `place` does."""
    original = signed(what="response")
    forged = copy.deepcopy(original)
    signature = signature_of(forged)
    forged.remove(signature)
    forged.set("ID", "_evil_response")
    forged.replace(assertion_of(forged), evil(assertion_of(forged)))
    place(forged, original, signature)
    return forged


def xsw1(forged: Any, original: Any, signature: Any) -> None:
    signature.append(original)
    forged.append(signature)


def xsw2(forged: Any, original: Any, signature: Any) -> None:
    forged.insert(0, original)
    forged.insert(1, signature)


def _wrapped_assertion(place: Callable[[Any, Any, Any], None]) -> Any:
    """A response with a signed assertion, to which `place` adds a forged one."""
    root = signed(what="assertion")
    original = assertion_of(root)
    place(root, original, evil(original))
    return root


def xsw3(root: Any, original: Any, forged: Any) -> None:
    root.insert(list(root).index(original), forged)


def xsw4(root: Any, original: Any, forged: Any) -> None:
    root.replace(original, forged)
    forged.append(original)


def xsw5(root: Any, original: Any, forged: Any) -> None:
    signature = signature_of(original)
    original.remove(signature)
    forged.append(signature)
    root.insert(list(root).index(original), forged)


def xsw6(root: Any, original: Any, forged: Any) -> None:
    signature = signature_of(original)
    original.remove(signature)
    signature.append(original)
    forged.append(signature)
    root.append(forged)


def xsw7(root: Any, original: Any, forged: Any) -> None:
    extensions = etree.SubElement(root, f"{P}Extensions")
    root.replace(original, forged)
    extensions.append(original)


def xsw8(root: Any, original: Any, forged: Any) -> None:
    signature = signature_of(original)
    root.replace(original, forged)
    original.remove(signature)
    holder = etree.SubElement(signature, f"{DS}Object")
    holder.append(original)
    forged.append(signature)


VARIANTS = {
    "XSW1": lambda: _wrapped_response(xsw1),
    "XSW2": lambda: _wrapped_response(xsw2),
    "XSW3": lambda: _wrapped_assertion(xsw3),
    "XSW4": lambda: _wrapped_assertion(xsw4),
    "XSW5": lambda: _wrapped_assertion(xsw5),
    "XSW6": lambda: _wrapped_assertion(xsw6),
    "XSW7": lambda: _wrapped_assertion(xsw7),
    "XSW8": lambda: _wrapped_assertion(xsw8),
}


@pytest.mark.rule("SEC-47")
@pytest.mark.parametrize("name", VARIANTS)
def test_wrapped_signatures_are_refused(name: str) -> None:
    refused = refusal(VARIANTS[name]())
    assert refused.code == 50008


@pytest.mark.rule("SEC-47")
@pytest.mark.parametrize("name", VARIANTS)
def test_wrapped_signatures_are_refused_with_the_forged_assertion_renamed(name: str) -> None:
    root = VARIANTS[name]()
    for node in root.iter(f"{A}Assertion"):
        if node.get("ID") == "_evil":
            node.set("ID", "_assertion")
    assert refusal(root).code == 50008


def _change_name(root: Any) -> None:
    root.find(f".//{A}NameID").text = "admin"


def _second_reference(root: Any) -> None:
    info = root.find(f".//{DS}SignedInfo")
    info.append(copy.deepcopy(info.find(f"{DS}Reference")))


def _empty_reference(root: Any) -> None:
    root.find(f".//{DS}Reference").set("URI", "")


def _foreign_reference(root: Any) -> None:
    root.find(f".//{DS}Reference").set("URI", "#_response")


def _xslt(root: Any) -> None:
    node = etree.SubElement(root.find(f".//{DS}Transforms"), f"{DS}Transform")
    node.set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")


def _one_transform(root: Any) -> None:
    transforms = root.find(f".//{DS}Transforms")
    transforms.remove(transforms[1])


def _inclusive(root: Any) -> None:
    root.find(f".//{DS}CanonicalizationMethod").set(
        "Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    )


def _hmac(root: Any) -> None:
    root.find(f".//{DS}SignatureMethod").set(
        "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
    )


def _no_signature(root: Any) -> None:
    node = assertion_of(root)
    node.remove(signature_of(node))


def _signature_elsewhere(root: Any) -> None:
    node = assertion_of(root)
    root.find(f".//{A}AttributeStatement").append(signature_of(node))


def _no_value(root: Any) -> None:
    root.find(f".//{DS}SignatureValue").text = None


def _bad_digest(root: Any) -> None:
    root.find(f".//{DS}DigestValue").text = "%%%"


def _same_id_twice(root: Any) -> None:
    root.set("ID", "_assertion")


def _encrypted(root: Any) -> None:
    node = assertion_of(root)
    root.replace(node, etree.Element(f"{A}EncryptedAssertion"))


TAMPERING = [
    _change_name,
    _second_reference,
    _empty_reference,
    _foreign_reference,
    _xslt,
    _one_transform,
    _inclusive,
    _hmac,
    _no_signature,
    _signature_elsewhere,
    _no_value,
    _bad_digest,
    _same_id_twice,
    _encrypted,
]


@pytest.mark.rule("SEC-47")
@pytest.mark.parametrize("change", TAMPERING, ids=lambda change: change.__name__.strip("_"))
def test_tampered_signatures_are_refused(change: Callable[[Any], None]) -> None:
    root = signed()
    change(root)
    assert refusal(root).code == 50008


@pytest.mark.rule("SEC-47")
def test_a_key_that_the_document_brings_along_counts_for_nothing() -> None:
    assert "does not match the configured certificate" in str(
        refusal(signed(by=signer("stranger")))
    )


@pytest.mark.rule("SEC-47")
@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (SignatureMethod.RSA_SHA1, DigestAlgorithm.SHA256),
        (SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA1),
        (SignatureMethod.RSA_SHA224, DigestAlgorithm.SHA224),
    ],
)
def test_weak_algorithms_are_refused(method: SignatureMethod, digest: DigestAlgorithm) -> None:
    assert "SHA-256 or better" in str(refusal(signed(method=method, digest=digest)))


@pytest.mark.rule("SEC-47")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Ada@partner.example", b"Ada@partner.example<!-- -->.evil.example"),
        (b"s-123", b"admin<!-- -->s-123"),
        (b"<samlp:Status>", b"<?x y?><samlp:Status>"),
    ],
)
def test_comments_and_instructions_are_refused(old: bytes, new: bytes) -> None:
    data = etree.tostring(signed()).replace(old, new)
    with pytest.raises(BadDocument):
        parse_response(data)


@pytest.mark.rule("SEC-47")
def test_a_document_type_is_refused() -> None:
    data = b'<!DOCTYPE x [<!ATTLIST a ID ID "x">]>' + etree.tostring(signed())
    with pytest.raises(BadDocument):
        parse_response(data)


@pytest.mark.rule("SEC-47")
@pytest.mark.parametrize("step", range(0, 3000, 37))
def test_no_single_changed_byte_is_accepted_or_breaks_the_reader(step: int) -> None:
    """A walk over the document with one byte changed at a time (AB-10 at reduced size)."""
    data = bytearray(etree.tostring(assertion_of(signed())))
    envelope = etree.tostring(signed())
    at = envelope.index(b"<saml:Assertion") + step % len(data)
    changed = bytearray(envelope)
    changed[at] = changed[at] ^ 1
    try:
        root = parse_response(bytes(changed))
        answer = response.read_saml_response(root, expected(), VerificationReport(50008))
    except (BadDocument, AnswerRefused):
        return
    # Only what signs nothing may differ: white space in tags, the sender's own certificate.
    assert answer.subject == "s-123"
    assert answer.addresses == {"ada@partner.example"}


def test_good_documents_of_this_file_are_good() -> None:
    root = response.parse_saml_document(encoded(signed()))
    assert (
        response.read_saml_response(root, expected(), VerificationReport(50008)).subject == "s-123"
    )
