"""The columns of a bulk file (T10) and the first lines every file has (BLK-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

VERSION_LINE = "version:v1.0"


@dataclass(frozen=True)
class Column:
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


def headings(columns: Sequence[Column]) -> list[str]:
    """The heading line of a file with these columns."""
    return [column.heading for column in columns]


def values_of(columns: Sequence[Column], cells: Sequence[str]) -> dict[str, str]:
    """The cells of one row by property name; cells of unknown columns are left out (BLK-4)."""
    return {column.name: cell for column, cell in zip(columns, cells, strict=False)}
