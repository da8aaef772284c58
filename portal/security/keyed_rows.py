"""Find rows that need a key which the ring lacks (SEC-98, FI-12).

Each app registers its rows; only those that still need their key count, so that a key can leave
the ring once nothing open was made with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from portal.hooks import Hook
from portal.security import keys


@dataclass(frozen=True)
class KeyedRows:
    """Rows with the id of their key in a column, or in front of a sealed text, before a period."""

    rows: Callable[[], QuerySet[Any]]
    column: str
    is_sealed: bool = False


KEYED_ROWS: Hook[KeyedRows] = Hook("rows that need a key of the ring")


def list_missing_key_ids() -> list[str]:
    """The ids of keys that stored rows need and the ring lacks, one for each kind of row.

    Raises: DatabaseError.
    """
    known = [key_id for key_id, _master in keys.key_ring().keys]
    found = {_first_unknown(keyed, known) for keyed in KEYED_ROWS}
    return sorted(found - {""})


def _first_unknown(keyed: KeyedRows, known: list[str]) -> str:
    rows = keyed.rows().exclude(**{keyed.column: ""})
    for key_id in known:
        condition = {f"{keyed.column}__startswith": f"{key_id}."}
        rows = rows.exclude(**condition if keyed.is_sealed else {keyed.column: key_id})
    first = rows.order_by().values_list(keyed.column, flat=True).first()
    return str(first or "").partition(".")[0]
