"""The rows behind a position in an ordered list, as one comparison that an index can walk."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func
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
