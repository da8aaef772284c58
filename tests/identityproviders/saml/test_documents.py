"""What the XML parser refuses before anybody reads a word of it (SEC-89, SEC-47)."""

from __future__ import annotations

import base64
import time
import zlib

import pytest

from identityproviders.saml import documents
from identityproviders.saml.documents import BadDocument

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha">%s]><lolz>&j;</lolz>""" % b"".join(
    b'<!ENTITY %c "%s">' % (97 + i, b"&%c;" % (96 + i) * 10) for i in range(1, 10)
)
XXE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
REFUSED = {
    "billion laughs": BILLION_LAUGHS,
    "external entity": XXE,
    "external document type": b'<!DOCTYPE a SYSTEM "https://evil.example/a.dtd"><a/>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % x SYSTEM "https://evil.example/x">%x;]><a/>',
    "undeclared entity": b"<a>&x;</a>",
    "inclusion": b'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>',
    "hidden as UTF-16": XXE.decode().encode("utf-16"),
    "declared as UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-',
    "another encoding": '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"),
    "too deep": b"<a>" * 51 + b"</a>" * 51,
    "far too deep": b"<a>" * 10_000 + b"</a>" * 10_000,
    "deflate bomb": zlib.compress(b"<a>" + b" " * 50_000_000 + b"</a>", 9),
    "nothing": b"",
    "two roots": b"<a/><b/>",
    "NUL": b"<a>\x00</a>",
}


@pytest.mark.rule("SEC-89")
@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("parse", [documents.parse_response, documents.parse_metadata])
def test_hostile_xml_is_refused_at_once(parse: object, name: str) -> None:
    assert callable(parse)
    began = time.monotonic()
    with pytest.raises(BadDocument) as refusal:
        parse(REFUSED[name])
    assert time.monotonic() - began < 1
    assert "passwd" not in str(refusal.value)


@pytest.mark.rule("SEC-89")
def test_documents_beyond_their_size_are_refused() -> None:
    large = b"<a>" + b"x" * 256 * 1024 + b"</a>"
    with pytest.raises(BadDocument, match="256 KiB"):
        documents.parse_response(large)
    assert documents.parse_metadata(large).tag == "a"
    with pytest.raises(BadDocument, match="1024 KiB"):
        documents.parse_metadata(b"<a>" + b"x" * 1024 * 1024 + b"</a>")


@pytest.mark.rule("SEC-47")
@pytest.mark.parametrize(
    "xml", [b"<a>x<!-- -->y</a>", b"<!-- x --><a/>", b"<a/><?x y?>", b"<a><?x y?></a>"]
)
def test_answers_with_comments_or_instructions_are_refused(xml: bytes) -> None:
    with pytest.raises(BadDocument):
        documents.parse_response(xml)


@pytest.mark.rule("IDP-10")
def test_comments_in_metadata_are_dropped_without_splitting_text() -> None:
    root = documents.parse_metadata(
        '\ufeff<?xml version="1.0" encoding="utf-8"?><!-- by hand --><a>one<!-- -->two</a>'.encode()
    )
    assert (root.text, len(root)) == ("onetwo", 0)


@pytest.mark.rule("SEC-89")
def test_base64_is_decoded_with_a_limit() -> None:
    assert documents.decode_base64("PGEv\r\n Pg==") == b"<a/>"
    for bad in ("<a/>", "PGEvPg", "PGEv$Pg=="):
        with pytest.raises(BadDocument):
            documents.decode_base64(bad)
    with pytest.raises(BadDocument, match="larger"):
        documents.decode_base64(base64.b64encode(b"x" * 300_000).decode())
    with pytest.raises(BadDocument, match="larger"):
        documents.decode_base64("A" * 10_000_000)
