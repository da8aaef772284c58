"""Places in the pages of a lower room that upper rooms fill.

`guests` knows nothing of invitations or discovery, but its pages show both. A page names a slot
(`{% slot "user.tiles" user %}`), and rooms above register what stands there. A slot is a
function of the request and the page's object that gives HTML marked as safe, as templates and
`format_html` do, or an empty string; anything else is escaped where it is shown. A list
has slots for a whole page of rows, so that a fill asks once and not once a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest

Fill = Callable[[HttpRequest, Any], str]
RowsFill = Callable[[HttpRequest, Sequence[Any]], Mapping[Any, str]]
"""Takes the rows of one page, gives safe HTML by primary key for those it has to say about."""

_slots: dict[str, dict[str, tuple[int, Fill]]] = {}
_row_slots: dict[str, dict[str, RowsFill]] = {}


def register_slot(slot: str, name: str, fill: Fill, *, order: int = 100) -> None:
    """Let `fill` write into `slot`; the same name again replaces it."""
    _slots.setdefault(slot, {})[name] = (order, fill)


def filled_slot(slot: str, request: HttpRequest, subject: Any) -> list[str]:
    """What the rooms have to show in `slot` about `subject`, in order."""
    fills = sorted(_slots.get(slot, {}).items(), key=lambda item: (item[1][0], item[0]))
    shown = [fill(request, subject) for _name, (_order, fill) in fills]
    return [html for html in shown if html]


def register_row_slot(slot: str, name: str, fill: RowsFill) -> None:
    """Let `fill` write into the cells of a list, with a fixed number of queries a page."""
    _row_slots.setdefault(slot, {})[name] = fill


def filled_row_slot(slot: str, request: HttpRequest, rows: Sequence[Any]) -> dict[Any, str]:
    """What the rooms have to show in `slot`, by primary key of the row."""
    cells: dict[Any, str] = {}
    for _name, fill in sorted(_row_slots.get(slot, {}).items()):
        cells |= fill(request, rows)
    return cells
