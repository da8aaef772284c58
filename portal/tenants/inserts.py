"""Insert a row now, or those of many actions together.

An action inserts through `insert`. Inside `together` the rows wait for the end of the block and
go in few statements; what `atomic` rolls back goes with it. Only rows whose primary key is known
before they are stored can wait, and nothing may ask the database for them meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import models, transaction

_waiting: ContextVar[list[models.Model] | None] = ContextVar("waiting_rows", default=None)


def insert(*rows: models.Model) -> None:
    """Insert `rows`, in this transaction."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.extend(rows)
    elif len(rows) == 1:
        rows[0].save(force_insert=True)
    else:
        _write(list(rows))


@contextmanager
def together() -> Iterator[None]:
    """Let the inserts of this block wait for its end; an exception forgets them."""
    waiting: list[models.Model] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    _write(waiting)


@contextmanager
def atomic() -> Iterator[None]:
    """`transaction.atomic` that also forgets inserts that wait."""
    waiting = _waiting.get()
    mark = len(waiting) if waiting is not None else 0
    try:
        with transaction.atomic():
            yield
    except BaseException:
        if waiting is not None:
            del waiting[mark:]
        raise


def _write(rows: list[models.Model]) -> None:
    by_model: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    for model, same in by_model.items():
        model._base_manager.bulk_create(same)
