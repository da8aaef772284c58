"""How many SQL statements a request runs."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def count_statements(request: Callable[[], object]) -> int:
    """Count them without savepoints, which a request has only inside the transaction of a test."""
    with CaptureQueriesContext(connection) as captured:
        request()
    return sum("SAVEPOINT" not in query["sql"] for query in captured)
