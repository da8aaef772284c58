"""Read a bulk file row by row and report what is wrong with it (BLK-2 to BLK-6, SEC-87).

Also the columns of a file (T10) and its size limits (T21). Pure: takes a binary stream, knows no
database. Rows are numbered as a spreadsheet numbers them: the version line is row 1, the headings
are row 2.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import BinaryIO

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.errors import InvalidInput
from portal.values.csv_file import unprotect_cell

VERSION_LINE = "version:v1.0"


@dataclass(frozen=True)
class FileColumn:
    """One column: what people call it, the property it fills, whether it must be filled."""

    item: str
    name: str
    is_required: bool = False
    is_secret: bool = False
    """Blanked as soon as its row is done (BLK-18)."""

    @property
    def heading(self) -> str:
        """The heading to the letter: `<Item name> [propertyName] <Required or nothing>`."""
        return f"{self.item} [{self.name}]{' Required' if self.is_required else ''}"


def column_headings(columns: Sequence[FileColumn]) -> list[str]:
    """The heading line of a file with these columns."""
    return [column.heading for column in columns]


def row_values(columns: Sequence[FileColumn], cells: Sequence[str]) -> dict[str, str]:
    """The cells of one row by property name; cells of unknown columns are left out (BLK-4)."""
    return {column.name: cell for column, cell in zip(columns, cells, strict=False)}


MAXIMUM_BYTES = 20 * 1024 * 1024
MAXIMUM_ROWS = 50_000
MAXIMUM_COLUMNS = 100
MAXIMUM_CELL_CHARACTERS = 8_192
MAXIMUM_PROBLEMS_SHOWN = 100
RESULTS_KEPT = timedelta(days=7)
"""How long rows and results file of a finished job stay (BLK-16)."""
UNSUBMITTED_KEPT = timedelta(days=1)
"""How long an upload waits for its submission."""


SEPARATORS = ",;"
_HINT = re.compile(r"sep=(.)\s*\Z", re.IGNORECASE)
"""A first line that tells spreadsheets the separator; it is no row."""
FIRST_ROW = 3
MAXIMUM_VERSION_LINE = 1_000


class FileRefused(InvalidInput):
    """The file as a whole can’t be used; nothing of it was kept."""

    def __init__(self, message: str | Promise) -> None:
        """Take the sentence to show at the file field."""
        super().__init__("file", message)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row, or worth knowing about it."""

    row: int
    sentence: str
    column: str = ""


@dataclass
class Row:
    """One row of the file: its cells, trimmed and as many as there are headings."""

    number: int
    cells: list[str]
    problems: list[Problem] = field(default_factory=list)
    is_trimmed: bool = False


@dataclass(frozen=True)
class Sheet:
    """A file whose first two lines are right."""

    headings: list[str]
    """Every heading of the file, those of unknown columns too."""
    unknown: list[str]
    """Headings that no column has; their cells are ignored (BLK-4)."""
    columns: Sequence[FileColumn]
    example: Sequence[str]
    _records: Iterator[list[str]]

    def rows(self) -> Iterator[Row]:
        """The rows that are not blank, in the file’s order.

        Raises: FileRefused for what makes the rest unreadable, and for a file without rows.
        """
        number, found = FIRST_ROW - 1, 0
        for cells in self._records:
            number += 1
            if not any(cell.strip() for cell in cells):
                continue
            found += 1
            if found > MAXIMUM_ROWS:
                raise FileRefused(
                    _("The file has more than %(count)s rows. Divide it into several files.")
                    % {"count": f"{MAXIMUM_ROWS:,}"}
                )
            yield self._row(number, cells)
        if not found:
            raise FileRefused(_("The file has no rows. Add one row for each user, from row 3."))

    def _row(self, number: int, cells: list[str]) -> Row:
        plain = [unprotect_cell(cell) for cell in cells]
        trimmed = [cell.strip() for cell in plain]
        row = Row(number, trimmed)
        row.is_trimmed = trimmed != plain
        row.problems = [Problem(number, sentence, name) for sentence, name in self._wrong(trimmed)]
        width = len(self.headings)
        row.cells = trimmed[:width] + [""] * (width - len(trimmed))
        return row

    def _wrong(self, cells: list[str]) -> Iterator[tuple[str, str]]:
        """Sentences about a row, each with the column it is about."""
        if len(cells) > len(self.headings) and any(cells[len(self.headings) :]):
            yield (
                _(
                    "This row has more cells than there are headings. Put text that contains a "
                    "separator into double quotes."
                ),
                "",
            )
        for index, cell in enumerate(cells):
            if len(cell) > MAXIMUM_CELL_CHARACTERS:
                yield (
                    _("A cell can have %(count)s characters at most.")
                    % {"count": f"{MAXIMUM_CELL_CHARACTERS:,}"},
                    self.headings[index] if index < len(self.headings) else "",
                )
        if _is_example(cells, self.example):
            yield (
                _("This is the example row of the template. Replace it or delete it."),
                self.columns[0].heading,
            )
            return
        for index, column in enumerate(self.columns):
            if column.is_required and not (index < len(cells) and cells[index]):
                yield _("%(item)s is required.") % {"item": column.item}, column.heading


def open_sheet(
    source: BinaryIO, size: int, columns: Sequence[FileColumn], example: Sequence[str]
) -> Sheet:
    """Check size, encoding, version and headings of a file and give its rows to come.

    Raises: FileRefused.
    """
    if size > MAXIMUM_BYTES:
        raise FileRefused(_("The file is larger than 20 MB. Divide it into several files."))
    lines = _lines(source)
    separator, found = _headings(lines, column_headings(columns))
    return Sheet(
        headings=found,
        unknown=[heading for heading in found[len(columns) :] if heading],
        columns=columns,
        example=example,
        _records=_records(lines, separator),
    )


def _lines(source: BinaryIO) -> Iterator[str]:
    """The text lines of the file with their line ends. Raises: FileRefused."""
    text = io.TextIOWrapper(source, encoding="utf-8-sig", errors="strict", newline="")
    try:
        for line in text:
            if "\0" in line:
                raise FileRefused(_not_text())
            yield line
    except UnicodeDecodeError as error:
        raise FileRefused(_not_text()) from error
    finally:
        with contextlib.suppress(ValueError):  # the caller may have closed the file
            text.detach()


def _not_text() -> str:
    return _("This is not a CSV file in UTF-8. Save it as “CSV UTF-8” and upload it again.")


def _headings(lines: Iterator[str], expected: list[str]) -> tuple[str, list[str]]:
    """The separator and all headings, after version and headings were found right (BLK-2)."""
    version = next(lines, "")
    if hint := _HINT.match(version):
        _check_separator(hint[1])
        version = next(lines, "")
    if not any(_is_version_line(version, separator) for separator in f"{SEPARATORS}\t"):
        raise FileRefused(
            _("Row 1 has to be “%(version)s”. Start from the template.") % {"version": VERSION_LINE}
        )
    line = next(lines, "")
    separator = max(f"{SEPARATORS}\t", key=line.count)
    _check_separator(separator)
    records = _records(iter([line]), separator, first_row=FIRST_ROW - 1)
    found = [cell.strip() for record in records for cell in record]
    while len(found) > len(expected) and not found[-1]:
        found.pop()
    if found[: len(expected)] != expected:
        raise FileRefused(_wrong_heading(found, expected))
    if len(found) > MAXIMUM_COLUMNS:
        raise FileRefused(_("The file has more than 100 columns."))
    return separator, found


def _is_version_line(line: str, separator: str) -> bool:
    """Whether the line is the version alone; spreadsheets add empty cells and quotes."""
    cells = next(csv.reader([line[:MAXIMUM_VERSION_LINE]], delimiter=separator), [])
    return cells[:1] == [VERSION_LINE] and not any(cell.strip() for cell in cells[1:])


def _check_separator(separator: str) -> None:
    """Pass for a comma and a semicolon. Raises: FileRefused naming the separator."""
    if separator not in SEPARATORS:
        name = _("a tab") if separator == "\t" else f"“{separator}”"
        raise FileRefused(
            _(
                "The cells of this file are separated by %(separator)s. Save it with commas or "
                "semicolons."
            )
            % {"separator": name}
        )


def _wrong_heading(found: list[str], expected: list[str]) -> str:
    """The sentence that names the first heading that is not the template’s."""
    lead = _("Row 2 has to hold the headings of the template, unchanged and in their order.")
    index = next(i for i, heading in enumerate(expected) if found[i : i + 1] != [heading])
    wanted, column = expected[index], index + 1
    if not "".join(found[index : index + 1]):
        text = _("Column %(column)s has to be “%(wanted)s”, and is empty.")
        return f"{lead} {text % {'column': column, 'wanted': wanted}}"
    text = _("Column %(column)s has to be “%(wanted)s”, not “%(found)s”.")
    values = {"column": column, "wanted": wanted, "found": found[index][:100]}
    return f"{lead} {text % values}"


def _records(
    lines: Iterable[str], separator: str, *, first_row: int = FIRST_ROW
) -> Iterator[list[str]]:
    """The records of RFC 4180. Raises: FileRefused where quotes do not fit together."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = first_row - 1
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileRefused(
                _("Row %(row)s can’t be read: its double quotes don’t fit together.")
                % {"row": number}
            ) from error
        if len(record) > MAXIMUM_COLUMNS:
            raise FileRefused(_("Row %(row)s has more than 100 cells.") % {"row": number})
        yield record


def _is_example(cells: Sequence[str], example: Sequence[str]) -> bool:
    """Whether the row is the template’s example, untouched (BLK-3)."""
    known = [*cells, *[""] * len(example)][: len(example)]
    return bool(example) and known == list(example)
