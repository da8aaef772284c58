"""Parse XML from partners safely: responses and metadata (SEC-89).

Document types, entities and other encodings are refused before libxml2 sees a byte. The parser
has no network, no DTD, and its size limits on.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from typing import Any, TypeAlias

from django.utils.translation import gettext_lazy as _
from lxml import etree

from portal.errors import DomainError

MAX_RESPONSE_BYTES = 256 * 1024
MAX_METADATA_BYTES = 1024 * 1024
MAX_DEPTH = 50

Element: TypeAlias = Any
"""An lxml element; the library has no types."""

_DECLARATION = re.compile(r"^<\?xml\s[^?>]{0,200}\?>")
_ENCODING = re.compile(r"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_MARKUP_DECLARATION = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|(?P<declaration><!)", re.DOTALL
)
"""A declaration outside comments, character data and instructions, which may hold its letters."""
_WEB_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_INCLUSION = "http://www.w3.org/2001/XInclude"


class BadDocument(DomainError):
    """A document that is not XML as we take it; the message says what is wrong with it."""


def parse_response(data: bytes) -> Element:
    """The root of a SAML or WS-Fed answer: 256 KiB at most, no comments, no instructions.

    A comment splits the text of an element for some readers and not for others, which is how
    one address is made to look like another (SEC-47).

    Raises: BadDocument.
    """
    root = _parse(data, MAX_RESPONSE_BYTES, drops_remarks=False)
    if any(not isinstance(node.tag, str) for node in root.iter()) or _has_neighbours(root):
        raise BadDocument(_("It contains a comment or a processing instruction."))
    return root


def parse_metadata(data: bytes) -> Element:
    """The root of a metadata document, 1 MiB at most.

    Comments in it, a byte order mark and blanks before it are dropped. Raises: BadDocument.
    """
    data = data.removeprefix(codecs.BOM_UTF8).lstrip()
    if _WEB_PAGE.match(data):
        raise BadDocument(_("It is a web page, not metadata. Save the metadata document itself."))
    return _parse(data, MAX_METADATA_BYTES, drops_remarks=True)


def decode_base64(text: str, *, max_bytes: int = MAX_RESPONSE_BYTES) -> bytes:
    """The bytes behind a base64 form field; white space in it is ignored.

    Raises: BadDocument when it is none, or holds more than `max_bytes`.
    """
    if len(text) > max_bytes * 3 // 2:
        raise _too_large(max_bytes)
    packed = "".join(text.split())
    try:
        data = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadDocument(_("It is not base64.")) from error
    if len(data) > max_bytes:
        raise _too_large(max_bytes)
    return data


def _parse(data: bytes, max_bytes: int, *, drops_remarks: bool) -> Element:
    text = _text(data, max_bytes)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        collect_ids=False,
        remove_comments=drops_remarks,
        remove_pis=drops_remarks,
        encoding="utf-8",
    )
    try:
        root: Element = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise BadDocument(_("It is not well-formed XML.")) from error
    if root.getroottree().docinfo.doctype:
        raise BadDocument(_("It contains a document type or an entity declaration."))
    _check_tree(root)
    return root


def _text(data: bytes, max_bytes: int) -> str:
    """The document as text, after everything that can be refused unparsed."""
    if len(data) > max_bytes:
        raise _too_large(max_bytes)
    text = _decoded(data)
    declaration = _DECLARATION.match(text)
    encoding = _ENCODING.search(declaration[0]) if declaration else None
    if encoding and encoding[1].lower() not in {"utf-8", "us-ascii"}:
        raise _wrong_encoding(encoding[1])
    if any(found["declaration"] for found in _MARKUP_DECLARATION.finditer(text)):
        raise BadDocument(_("It contains a document type or an entity declaration."))
    return text[declaration.end() :] if declaration else text


def _decoded(data: bytes) -> str:
    """The text of a document in UTF-8. Raises: BadDocument naming another encoding."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _wrong_encoding("UTF-16")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDocument(_("It is not encoded as UTF-8.")) from error
    if "\x00" in text:
        raise BadDocument(_("It is not encoded as UTF-8."))
    return text


def _wrong_encoding(name: str) -> BadDocument:
    return BadDocument(
        _("It is not encoded as UTF-8 but as %(name)s. Save it as UTF-8.") % {"name": name}
    )


def _check_tree(root: Element) -> None:
    depth = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise BadDocument(_("Its elements are nested too deeply."))
        if event == "start" and etree.QName(node).namespace == _INCLUSION:
            raise BadDocument(_("It asks to include another document."))


def _has_neighbours(root: Element) -> bool:
    """Whether anything stands before or after the root."""
    return root.getprevious() is not None or root.getnext() is not None


def _too_large(max_bytes: int) -> BadDocument:
    return BadDocument(_("It is larger than %(size)s KiB.") % {"size": max_bytes // 1024})
