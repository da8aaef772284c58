"""How many SQL statements a request runs."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def count_statements(request: Callable[[], object], *, about: str = "") -> int:
    """Count them without savepoints, which a request has only inside the transaction of a test.

    Only those that name `about`, a table, if it is given.
    """
    with CaptureQueriesContext(connection) as captured:
        request()
    statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    return sum(about in statement for statement in statements)
