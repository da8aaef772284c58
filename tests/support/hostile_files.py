"""Files that somebody might send instead of the template, each with its verdict (AB-7, SEC-87)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from guests.bulk.file_reading import column_headings
from invitations.inviting import bulk_invite

HEAD = ",".join(column_headings(bulk_invite.COLUMNS))
ROW = "ada@partner.example,https://contoso.com/,,"
START = f"version:v1.0\r\n{HEAD}\r\n"
_CODES = (*range(1, 9), 11, 12, *range(14, 32), *range(0x7F, 0x90), 0x202E, 0x2066)
CONTROLS = [chr(code) for code in _CODES]
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp437", "mac-roman")
VERSIONS = ("", "version:", "version:v1.1", "version:v2.0", "version:1.0", "v1.0", "x")
TARGETS = ("javascript:x", "data:,x", "file:///x", "ftp://x.example/", "//", "x y", "http")
ADDRESSES = ("", "x", "@", "x@", "@x.example", "a b@x.example", "a@b@c.example", "x" * 400)
Case = tuple[str, bytes, int]
"""Name, content and the status that it must get."""


def _with_cell(column: int, text: str) -> bytes:
    cells = ROW.split(",")
    cells[column] = text
    return f"{START}{','.join(cells)}\r\n".encode()


def _cells() -> Iterator[Case]:
    for column, cell in enumerate(ROW.split(",")):
        for control in CONTROLS:
            name = f"U+{ord(control):04X} in column {column}"
            yield name, _with_cell(column, f'"{cell}x{control}x"'), 400
        yield f"long cell in column {column}", _with_cell(column, "x" * 8_193), 400
        yield f"open quote in column {column}", _with_cell(column, f'"{cell}'), 400
    for target in TARGETS:
        yield f"target {target!r}", _with_cell(1, target), 400
    for number, address in enumerate(ADDRESSES):
        yield f"address {number}", _with_cell(0, address), 400


def _formulas() -> Iterator[Case]:
    for sign in "=+-@＝＋－＠":
        for text in (f"{sign}1+1", f"{sign}cmd|' /C calc'!A0", sign, f"'{sign}1"):
            yield f"message {text!r}", _with_cell(3, f'"{text}"'), 302


def _headings() -> Iterator[Case]:
    heads = HEAD.split(",")
    for column, head in enumerate(heads):
        for wrong in ([], [""], ["x"], [heads[column - 1]], [head.upper()], [f"{head}x"]):
            line = ",".join([*heads[:column], *wrong, *heads[column + 1 :]])
            name = f"heading {column} is {wrong}"
            yield name, f"version:v1.0\r\n{line}\r\n{ROW}\r\n".encode(), 400


def _texts() -> Iterator[Case]:
    for encoding in ENCODINGS:
        yield encoding, f"{START}zoë{ROW}\r\n".encode(encoding), 400
    for version in VERSIONS:
        yield f"version {version!r}", f"{version}\r\n{HEAD}\r\n{ROW}\r\n".encode(), 400


def _whole_files() -> Iterator[Case]:
    start = START.encode()
    row = ROW.encode() + b"\r\n"
    right: dict[str, bytes] = {
        "plain": start + row,
        "mark": b"\xef\xbb\xbf" + start + row,
        "quotes": start + b'"ada@partner.example","https://contoso.com/","true","a ""b"" c"\r\n',
        "lines": start + row.rstrip() + b'"one\r\ntwo"\r\n',
        "formula": start + row.rstrip() + b"'=1+1\r\n",
        "active formula": start + row.rstrip() + b"=1+1\r\n",
        "thousand": start
        + b"".join(
            f"guest{n}@partner.example,https://contoso.com/,,\r\n".encode() for n in range(1_000)
        ),
        "semicolons": (start + row).replace(b",", b";").replace(b"v1.0", b"v1.0;;;"),
    }
    workbook = io.BytesIO()
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    wrong: dict[str, bytes] = {
        "empty": b"",
        "zip": workbook.getvalue(),
        "NUL": start + b"ada\0@partner.example,https://contoso.com/,,\r\n",
        "only NUL": b"\0" * 100_000,
        "UTF-16": (start + row).decode().encode("utf-16"),
        "Latin-1": start + "zoë@partner.example,https://contoso.com/,,\r\n".encode("latin-1"),
        "no version": start.split(b"\r\n", 1)[1] + row,
        "version only": b"version:v1.0\r\n",
        "heading changed": start.replace(b"Email", b"Mail") + row,
        "open quote": start + b'"ada@partner.example,https://contoso.com/,,\r\n' * 1_000,
        "a million columns": start + row.rstrip() + b"," * 1_000_000 + b"x\r\n",
        "a million headings": b"version:v1.0\r\n" + HEAD.encode() + b",x" * 1_000_000 + b"\r\n",
        "a million quotes": start + b'"' * 1_000_001 + b"\r\n",
        "one long line": b"x" * 5_000_000,
        "long cell": start + row.rstrip() + b"x" * 8_193 + b"\r\n",
        "too many rows": start + row * 50_001,
        "all rows wrong": start + b"x,y,z,\r\n" * 20_000,
        "control characters": start + row.rstrip() + b"\x07\r\n",
        "lone surrogate": start + b"\xed\xa0\x80" + row,
        "HTML": b"<html><script>alert(1)</script></html>",
        "target without a scheme": start + b"ada@partner.example,javascript:alert(1),,\r\n",
    }
    yield from ((name, content, 302) for name, content in right.items())
    yield from ((name, content, 400) for name, content in wrong.items())


CORPUS = [*_whole_files(), *_cells(), *_formulas(), *_headings(), *_texts()]
