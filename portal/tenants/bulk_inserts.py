"""Insert a row now, or those of many actions together.

An action inserts through `insert`. Inside `together` the rows wait for the end of the block and
go in few statements. Meanwhile the database is only read, and nothing may ask it for them; so
there is nothing to take back in it, and `atomic` needs no savepoint. A failed statement spoils
the whole block. Only rows whose primary key is known before they are stored can wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, models, transaction

COPIED_FROM = 5
"""So many rows of one table are copied where the database can."""

_waiting: ContextVar[list[models.Model] | None] = ContextVar("waiting_rows", default=None)


def insert_row(*rows: models.Model) -> None:
    """Insert `rows`, in this transaction."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.extend(rows)
    elif len(rows) == 1:
        rows[0].save(force_insert=True)
    else:
        _write(list(rows))


@contextmanager
def collect_inserts() -> Iterator[None]:
    """Let the inserts of this block wait for its end; an exception forgets them."""
    waiting: list[models.Model] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    _write(waiting)


@contextmanager
def atomic_inserts() -> Iterator[None]:
    """`transaction.atomic`; where inserts wait, an exception forgets those of the block."""
    waiting = _waiting.get()
    if waiting is None:
        with transaction.atomic():
            yield
        return
    mark = len(waiting)
    try:
        yield
    except BaseException:
        del waiting[mark:]
        raise


def _write(rows: list[models.Model]) -> None:
    by_model: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    for model, same in by_model.items():
        if connection.vendor == "postgresql" and len(same) >= COPIED_FROM:
            _copy(model, same)
        else:
            model._base_manager.bulk_create(same)


def _copy(model: type[models.Model], rows: list[models.Model]) -> None:
    """Much cheaper than an INSERT with thousands of parameters."""
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    statement = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"
    records = [
        [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
        for row in rows
    ]
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for record in records:
            copy.write_row(record)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
