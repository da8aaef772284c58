"""One id for the log lines, the audit row and the error page of a request (SEC-102, SIN-6)."""

from __future__ import annotations

import uuid

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from portal.audit import log
from portal.audit.origin import OriginMiddleware

SEEN: list[log.RequestOrigin] = []


def note(request: HttpRequest) -> HttpResponse:
    SEEN.append(log.ORIGIN.get())
    return HttpResponse(request.correlation_id)  # type: ignore[attr-defined]


@pytest.mark.rule("SEC-102", "AUD-2")
def test_the_origin_holds_for_the_request_and_no_longer() -> None:
    request = RequestFactory().get("/", HTTP_USER_AGENT="browser", REMOTE_ADDR="192.0.2.7")

    answer = OriginMiddleware(note)(request)

    origin = SEEN.pop()
    assert origin.correlation_id == answer.content.decode()
    assert (origin.client_address, origin.user_agent) == ("192.0.2.7", "browser")
    assert log.ORIGIN.get().correlation_id == ""


@pytest.mark.rule("SEC-91")
@pytest.mark.parametrize("sent", ["x" * 65, "a b", "\u202e", "<script>", ""])
def test_an_odd_request_id_of_the_client_is_replaced(sent: str) -> None:
    with structlog.contextvars.bound_contextvars(request_id=sent):
        answer = OriginMiddleware(note)(RequestFactory().get("/"))

    SEEN.pop()
    assert uuid.UUID(answer.content.decode())
