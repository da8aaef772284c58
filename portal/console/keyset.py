"""Keyset paging: the rows after a position, and a walk through a whole list page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler


class Beyond(Func):
    """`(key, pk) > (value, pk)`, or `<` where the list descends (USR-10).

    The same said with OR makes a database read every row before the page.
    """

    arity = 4
    output_field = BooleanField()
    conditional = True

    def __init__(self, *expressions: Any, is_descending: bool) -> None:
        """Take key, primary key, and their values in the last row of the page before."""
        super().__init__(*expressions)
        self._sign = "<" if is_descending else ">"

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_args: Any, **_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """A comparison of rows, as SQLite and PostgreSQL know it."""
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        (key, pk, key_value, pk_value), parameters = zip(*compiled, strict=True)
        sql = f"({key}, {pk}) {self._sign} ({key_value}, {pk_value})"
        return sql, tuple(value for part in parameters for value in part)


def keyset_rows(ordered: QuerySet[Any], *, rows_at_a_time: int) -> Iterator[Any]:
    """Every row of a list that `narrowed_rows` ordered; see `keyset_pages`."""
    for page in keyset_pages(ordered, rows_at_a_time=rows_at_a_time):
        yield from page


def keyset_pages(ordered: QuerySet[Any], *, rows_at_a_time: int) -> Iterator[list[Any]]:
    """The rows of a list that `narrowed_rows` ordered, page by page: memory stays constant.

    The rows are objects or named tuples, with `grid_key` and `pk` among what they have.

    No cursor of the database is held meanwhile, which outside a transaction would first copy
    the whole list (PostgreSQL's WITH HOLD) and run into the time limit of a statement.
    """
    fields = [ordered.query.annotations["grid_key"].output_field, ordered.model._meta.pk]
    is_descending = str(ordered.query.order_by[0]).startswith("-")
    page = list(ordered[:rows_at_a_time])
    while page:
        yield page
        last = page[-1]
        position = [
            Value(value, output_field=field)
            for value, field in zip((last.grid_key, last.pk), fields, strict=True)
        ]
        beyond = Beyond(F("grid_key"), F("pk"), *position, is_descending=is_descending)
        has_more = len(page) == rows_at_a_time
        page = list(ordered.filter(beyond)[:rows_at_a_time]) if has_more else []
