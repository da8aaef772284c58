"""Nothing secret in the log (SEC-101)."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.test import Client

from portal.logging import REDACTED, logging_configuration, redact

pytestmark = pytest.mark.rule("SEC-101")

LogLines = Callable[[], list[dict[str, Any]]]


def redacted(**event: Any) -> dict[str, Any]:
    return dict(redact(None, "info", event))


@pytest.mark.parametrize(
    "key",
    [
        "code",
        "passcode",
        "ticket",
        "access_token",
        "client_secret",
        "password",
        "otp",
        "Authorization",
        "cookie",
        "SAMLResponse",
        "code_verifier",
        "assertion",
        "csrf-token",
    ],
)
def test_a_secret_goes_by_its_key(key: str) -> None:
    assert redacted(**{key: "s3cr3t"}) == {key: REDACTED}
    assert redacted(data={key: ["s3cr3t"]}) == {"data": {key: REDACTED}}


@pytest.mark.parametrize(
    "text",
    [
        "GET /redeem?ticket=s3cr3t&lang=en",
        "POST /signin?next=/&code=s3cr3t",
        "password: s3cr3t",
        '{"client_secret": "s3cr3t"}',
        "GET /redeem/s3cr3t",
        "GET /signin/provider/arrival/s3cr3t/",
        "Cookie: s3cr3t",
    ],
)
def test_a_secret_goes_by_its_look(text: str) -> None:
    assert "s3cr3t" not in redacted(request=text)["request"]


def test_the_rest_of_a_line_stays() -> None:
    line = redacted(request="GET /redeem?ticket=s3cr3t&lang=en", code=200, reply_code=451)

    assert line == {
        "request": f"GET /redeem?ticket={REDACTED}&lang=en",
        "code": 200,
        "reply_code": 451,
    }


def test_a_passcode_under_the_key_of_a_status_is_no_status() -> None:
    assert redacted(code=12345678) == {"code": REDACTED}


def test_addresses_are_masked() -> None:
    line = redacted(event="sent to jane.doe@example.com and x@y.org", to=["bob@example.com"])

    assert line == {"event": "sent to j***@example.com and x***@y.org", "to": ["b***@example.com"]}


@pytest.mark.parametrize("length", [10_000])
def test_a_long_line_takes_no_time(length: int) -> None:
    assert redacted(event="a" * length)["event"] == "a" * length


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """Configures the JSON log; a call gives the lines written so far."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    written = io.StringIO()
    logging.config.dictConfig(logging_configuration("json", "INFO"))
    for handler in root.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers, root.level = handlers, level


def test_a_line_is_json_with_time_level_and_name(log_lines: LogLines) -> None:
    structlog.get_logger("portal.example").warning("mail_failed", ticket="s3cr3t")
    logging.getLogger("portal.example").error("for %s", "jane@example.com")

    first, second = log_lines()

    assert first["event"] == "mail_failed"
    assert first["ticket"] == REDACTED
    assert {"timestamp", "level", "logger"} <= first.keys()
    assert second["event"] == "for j***@example.com"


def test_a_traceback_keeps_no_secret(log_lines: LogLines) -> None:
    try:
        raise ValueError("password=s3cr3t")
    except ValueError:
        logging.getLogger("portal.example").exception("failed")

    assert "s3cr3t" not in json.dumps(log_lines())


@pytest.mark.django_db
def test_a_request_is_logged_with_its_id_and_without_its_ticket(
    client: Client, log_lines: LogLines
) -> None:
    client.get("/no/such/page?ticket=s3cr3t")

    lines = [line for line in log_lines() if line["event"] == "request_finished"]

    assert lines
    assert lines[0]["request_id"]
    assert lines[0]["code"] == 404
    assert "s3cr3t" not in json.dumps(lines)
