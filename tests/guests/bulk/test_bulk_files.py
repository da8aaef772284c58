"""Bulk files: what is read, what is refused and why, what is written (BLK-2 to BLK-6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guests.bulk import file_reading, files
from guests.bulk.file_reading import FileColumn, FileRefused, Row, column_headings, open_sheet
from invitations.inviting.bulk_invite import COLUMNS as INVITE
from portal.values import csv_file
from portal.values.csv_file import protect_cell, unprotect_cell

HEAD = ",".join(column_headings(INVITE))
OK = "ada@partner.example,https://contoso.com/,,"
DELETE = (FileColumn("User name", "userPrincipalName", is_required=True),)

EXAMPLE = ("guest@example.com", "https://myapps.example.com/", "true", "Welcome")


def rows_of(
    content: str | bytes, columns: Sequence[FileColumn] = INVITE, example: Sequence[str] = EXAMPLE
) -> list[Row]:
    source = content if isinstance(content, bytes) else content.encode()
    return list(open_sheet(io.BytesIO(source), len(source), columns, example).rows())


def file(*rows: str, version: str = "version:v1.0", head: str = HEAD, end: str = "\r\n") -> str:
    return end.join([version, head, *rows]) + end


@pytest.mark.rule("T10", "BLK-2")
def test_headings_of_bulk_invite_are_those_of_t10() -> None:
    assert column_headings(INVITE) == [
        "Email address to invite [inviteeEmail] Required",
        "Redirection url [inviteRedirectURL] Required",
        "Send invitation message (true or false) [sendEmail]",
        "Customized invitation message [customizedMessageBody]",
    ]


READ = {
    "plain": file(OK),
    "byte order mark": "\ufeff" + file(OK),
    "line feeds": file(OK, end="\n"),
    "carriage returns": file(OK, end="\r"),
    "no last line end": file(OK).rstrip(),
    "blank last lines": file(OK, "", "  ", ",,,"),
    "separators after the version": file(OK, version="version:v1.0,,,"),
    "quoted version": file(OK, version='"version:v1.0"'),
    "semicolons": file(
        OK.replace(",", ";"), head=HEAD.replace(",", ";"), version="version:v1.0;;;"
    ),
    "quoted headings": file(OK, head=",".join(f'"{h}"' for h in column_headings(INVITE))),
    "blanks around headings": file(OK, head=HEAD.replace(",", " , ")),
    "short row": file("ada@partner.example,https://contoso.com/"),
    "blanks around cells": file(" ada@partner.example , https://contoso.com/ ,,"),
    "protected cell": file("'=ada@partner.example,https://contoso.com/,,").replace("'=", ""),
    "quoted cells": file('"ada@partner.example","https://contoso.com/","",""'),
    "empty cells beyond the headings": file(OK + ",,,"),
    "headings followed by separators": file(OK, head=HEAD + ",,"),
}


@pytest.mark.rule("BLK-2", "BLK-5", "BLK-6", "SEC-87")
@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_file_is_read(content: str) -> None:
    [row] = rows_of(content)

    assert row.cells == ["ada@partner.example", "https://contoso.com/", "", ""]
    assert (row.number, row.problems) == (3, [])


REFUSED = {
    "empty": "",
    "only a byte order mark": "\ufeff",
    "no version": f"{HEAD}\r\n{OK}\r\n",
    "other version": file(OK, version="version:v2.0"),
    "version with a blank": file(OK, version="version: v1.0"),
    "version in capitals": file(OK, version="VERSION:V1.0"),
    "headings first": f"{HEAD}\r\nversion:v1.0\r\n{OK}\r\n",
    "no headings": f"version:v1.0\r\n{OK}\r\n",
    "only the version": "version:v1.0\r\n",
    "heading left out": file(OK, head=HEAD.rpartition(",")[0]),
    "headings in another order": file(OK, head=",".join(reversed(column_headings(INVITE)))),
    "heading without Required": file(OK, head=HEAD.replace(" Required", "")),
    "heading in lower case": file(OK, head=HEAD.lower()),
    "heading of another operation": file(OK, head="User name [userPrincipalName] Required"),
    "unknown column first": file(OK, head="Remark," + HEAD),
    "tabs": file(OK, head=HEAD.replace(",", "\t")),
    "no rows": file(),
    "only blank rows": file("", ",,,", " "),
    "quote that never ends": file('"ada@partner.example,x,,'),
    "quote inside a cell": file('ada"@partner.example,"x"y,,'),
    "UTF-16": file(OK).encode("utf-16"),
    "Latin-1": file("zoë@partner.example,x,,").encode("latin-1"),
    "NUL": file("ada\0@partner.example,x,,"),
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "a workbook": b"PK\x03\x04\x14\0\x06\0",
    "HTML": "<html><body>version:v1.0</body></html>",
    "101 columns": file(OK, head=HEAD + "".join(f",x{n}" for n in range(97))),
    "101 cells": file("," * 100 + "x"),
    "overlong UTF-8": file("ada").encode() + b"\xc0\x80,x,,\r\n",
    "surrogate": file("ada").encode() + b"\xed\xa0\x80,x,,\r\n",
}


@pytest.mark.rule("BLK-2", "BLK-5", "SEC-87", "EX-25")
@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_file_is_refused(content: str | bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        rows_of(content)

    assert refusal.value.field == "file"
    assert len(str(refusal.value)) > 20


WRONG_ROWS = {
    "example": ",".join(f'"{cell}"' for cell in EXAMPLE),
    "example with blanks": ",".join(f'" {cell} "' for cell in EXAMPLE),
    "no address": ",https://contoso.com/,,",
    "no target": "ada@partner.example,,,",
    "only a message": ",,,Hello",
    "more cells than headings": OK + ",more",
    "long cell": f"ada@partner.example,https://contoso.com/,,{'x' * 8_193}",
    "message with an unquoted comma": f"{OK}Hello, Ada",
}


@pytest.mark.rule("BLK-3", "BLK-4", "SEC-87")
@pytest.mark.parametrize("line", WRONG_ROWS.values(), ids=WRONG_ROWS)
def test_row_is_wrong_and_the_others_are_not(line: str) -> None:
    before, wrong, after = rows_of(file(OK, line, OK))

    assert (before.problems, after.problems) == ([], [])
    assert wrong.problems
    assert {problem.row for problem in wrong.problems} == {4}


@pytest.mark.rule("BLK-3")
def test_example_row_is_refused_by_name() -> None:
    [row] = rows_of(file(WRONG_ROWS["example"]))

    assert "example row" in row.problems[0].sentence


@pytest.mark.rule("BLK-5")
@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"Hello, Ada"', "Hello, Ada"),
        ('"Hello; Ada"', "Hello; Ada"),
        ('"one\r\ntwo"', "one\r\ntwo"),
        ('"say ""hi"""', 'say "hi"'),
        ("'=1+1", "=1+1"),
        ("'quoted'", "'quoted'"),
        ("Grüße aus Köln 👋", "Grüße aus Köln 👋"),
        ("שלום", "שלום"),
        ("x" * 8_192, "x" * 8_192),
    ],
)
def test_cell_means_what_a_spreadsheet_wrote(cell: str, value: str) -> None:
    [row] = rows_of(file(OK + cell))

    assert row.problems == []
    assert row.cells[3] == value


@pytest.mark.rule("BLK-4")
def test_unknown_column_is_named_and_kept_out() -> None:
    content = file(OK + ",keep", head=HEAD + ",Remark").encode()
    sheet = open_sheet(io.BytesIO(content), len(content), INVITE, EXAMPLE)

    assert sheet.unknown == ["Remark"]
    assert [row.problems for row in sheet.rows()] == [[]]


@pytest.mark.rule("BLK-6")
def test_trimmed_blanks_are_noticed() -> None:
    trimmed, plain = rows_of(file(" ada@partner.example,https://contoso.com/,,", OK))

    assert (trimmed.is_trimmed, plain.is_trimmed) == (True, False)


@pytest.mark.rule("SEC-87", "BLK-11")
def test_more_than_20_megabytes_are_refused_unread() -> None:
    with pytest.raises(FileRefused, match="20 MB"):
        open_sheet(io.BytesIO(), 20 * 1024 * 1024 + 1, INVITE, EXAMPLE)


@pytest.mark.rule("SEC-87", "BLK-11")
@pytest.mark.parametrize("count", [50_000, 50_001])
def test_50_000_rows_are_read_and_one_more_is_refused(count: int) -> None:
    content = (
        f"version:v1.0\n{column_headings(DELETE)[0]}\n" + "ada@contoso.com\n" * count
    ).encode()
    rows = open_sheet(io.BytesIO(content), len(content), DELETE, ()).rows()

    if count <= 50_000:
        assert sum(1 for _row in rows) == count
    else:
        with pytest.raises(FileRefused, match="50,000"):
            sum(1 for _row in rows)


@pytest.mark.rule("BLK-2", "BLK-3", "T10")
def test_template_has_version_headings_and_one_example() -> None:
    content = "".join(files.template_file(INVITE, EXAMPLE))

    assert content.split("\r\n")[:2] == ["version:v1.0", HEAD]
    [row] = rows_of(content)
    assert row.cells == list(EXAMPLE)
    assert row.problems


HOSTILE_STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "'=", "''@"]
HOSTILE = [
    f"{start}{rest}"
    for start in HOSTILE_STARTS
    for rest in (
        'cmd|"/c calc"!A1',
        "1+1",
        'HYPERLINK("https://evil.example","x")',
        "SUM(A1:A9)",
        ",;",
        '"',
        "a\r\nb",
        "",
        "é",
        "'",
        "x" * 300,
        "  ",
        "-2+3",
        "@x",
        "\u202eabc",
    )
]


@pytest.mark.rule("SEC-88", "BLK-19")
def test_200_hostile_names_come_back_and_none_is_a_formula() -> None:
    assert len(HOSTILE) >= 200
    content = "".join(csv_file.csv_lines([[name] for name in HOSTILE]))

    cells = [record[0] for record in csv.reader(io.StringIO(content, newline=""))]

    assert not any(cell[:1] in set("=+-@\t\r\n\0＝＋－＠") for cell in cells if cell)
    assert [unprotect_cell(cell) for cell in cells] == HOSTILE


@pytest.mark.rule("SEC-88", "BLK-19")
@given(st.text())
@settings(max_examples=200, deadline=None)
def test_protecting_is_undone_exactly(text: str) -> None:
    assert unprotect_cell(protect_cell(text)) == text


@pytest.mark.rule("SEC-88", "BLK-5")
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
        min_size=4,
        max_size=4,
    )
)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_again(cells: list[str]) -> None:
    cells = [cell.strip() for cell in cells]
    cells[:2] = ["ada@partner.example", "https://contoso.com/"]
    content = f"version:v1.0\r\n{HEAD}\r\n" + "".join(csv_file.csv_lines([cells]))

    [row] = rows_of(content)

    assert row.cells == cells


@pytest.mark.rule("SEC-88")
def test_every_field_is_quoted() -> None:
    assert list(csv_file.csv_lines([["a", None, 1, 'b"c']])) == ['"a","","1","b""c"\r\n']


def test_chunks_start_with_a_byte_order_mark_and_join_lines() -> None:
    parts = list(csv_file.csv_chunks(csv_file.csv_lines([[n] for n in range(1_000)])))

    assert parts[0].startswith(b"\xef\xbb\xbf")
    assert 4 < len(parts) < 10
    assert b"".join(parts).count(b"\r\n") == 1_000


def test_first_row_is_the_third_line_of_a_spreadsheet() -> None:
    assert file_reading.FIRST_ROW == 3
