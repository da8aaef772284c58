"""A database that is away, full or read-only is answered with 503 (REL-19, part of FI-12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.test import Client

from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db


def failing_with(error: Exception) -> Callable[..., Any]:
    """An execute wrapper that raises what a driver raises."""

    def fail(*_arguments: Any) -> Any:
        raise error

    return fail


@pytest.mark.rule("REL-19")
@pytest.mark.parametrize(
    "error",
    [
        OperationalError("connection to server at 127.0.0.1 failed: Connection refused"),
        OperationalError("database or disk is full"),
        OperationalError("attempt to write a readonly database"),
        InterfaceError("connection already closed"),
    ],
    ids=["refused", "full", "read-only", "closed"],
)
@pytest.mark.parametrize("path", ["/", "/users/", "/contoso.com/"])
def test_page_says_when_to_try_again(error: Exception, path: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(AdministratorFactory())

    with connection.execute_wrapper(failing_with(error)):
        answer = client.get(path)

    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert "Nothing was changed." in answer.content.decode()


@pytest.mark.rule("REL-19")
@pytest.mark.parametrize(
    "error",
    [OperationalError("no such column: x"), ProgrammingError("syntax error")],
    ids=["column", "syntax"],
)
def test_fault_of_ours_is_no_outage(error: Exception) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(AdministratorFactory())

    with connection.execute_wrapper(failing_with(error)):
        assert client.get("/users/").status_code == 500
