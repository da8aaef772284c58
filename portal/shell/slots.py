"""Places in the pages of a lower room that upper rooms fill.

`guests` knows nothing of invitations or discovery, but its pages show both. A page names a slot
(`{% slot "user.tiles" user %}`), and rooms above register what stands there. A slot is a
function of the request and the page's object that gives safe HTML, or an empty string.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

Fill = Callable[[HttpRequest, Any], str]

_slots: dict[str, dict[str, tuple[int, Fill]]] = {}


def register(slot: str, name: str, fill: Fill, *, order: int = 100) -> None:
    """Let `fill` write into `slot`; the same name again replaces it."""
    _slots.setdefault(slot, {})[name] = (order, fill)


def filled(slot: str, request: HttpRequest, subject: Any) -> list[str]:
    """What the rooms have to show in `slot` about `subject`, in order."""
    fills = sorted(_slots.get(slot, {}).items(), key=lambda item: (item[1][0], item[0]))
    return [html for _name, (_order, fill) in fills if (html := fill(request, subject))]
