"""Logging: one JSON object a line with the request id, and no secret in any (SEC-101)."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from django.dispatch import receiver
from django.http import HttpRequest
from django_structlog import signals

REDACTED = "[redacted]"

_SENSITIVE_WORDS = (
    "code|passcode|ticket|token|secret|password|otp|authorization|cookie|samlresponse"
    "|code_verifier|assertion"
)
_SENSITIVE_KEY = re.compile(rf"(?:^|[_\-.])(?:{_SENSITIVE_WORDS})s?$", re.IGNORECASE)
_HARMLESS_KEYS = frozenset({"code", "reply_code", "status_code"})
_IN_TEXT = re.compile(
    rf"(?P<name>[\w\-]*(?:{_SENSITIVE_WORDS})[\"']?\s*[=:]\s*)(?P<value>[\"']?[^\s&\"',;}}]+)",
    re.IGNORECASE,
)
_LINK_PATH = re.compile(r"(?P<path>/redeem/|/unlock/|/arrival/)[^\s?#\"']+")
_ADDRESS = re.compile(
    r"(?P<first>[^\s@<>\"'=:,;(]?)[^\s@<>\"'=:,;(]{0,64}@(?P<domain>[\w\-]+(?:\.[\w\-]+)+)"
)


def mask_address(address: str) -> str:
    """`j***@example.com` for `jane@example.com`: enough to recognize, not enough to write to."""
    return _ADDRESS.sub(r"\g<first>***@\g<domain>", address)


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: secrets go by their key and by their look, addresses are masked."""
    for key, value in event.items():
        event[key] = _redacted(key, value)
    return event


def _redacted(key: str, value: Any) -> Any:
    if key in _HARMLESS_KEYS and isinstance(value, int) and value < 1000:
        return value
    if _SENSITIVE_KEY.search(key):
        return REDACTED
    if isinstance(value, Mapping):
        return {k: _redacted(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(key, item) for item in value]
    return _redacted_text(value) if isinstance(value, str) else value


def _redacted_text(text: str) -> str:
    text = _IN_TEXT.sub(rf"\g<name>{REDACTED}", text)
    text = _LINK_PATH.sub(rf"\g<path>{REDACTED}", text)
    return mask_address(text)


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_configuration(style: str, level: str) -> dict[str, Any]:
    """`LOGGING` for one of the styles `json` (operations) and `text` (a developer's terminal)."""
    renderer: list[Any] = [structlog.processors.format_exc_info, redact]
    if style == "text":
        renderer += [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]
    else:
        renderer += [structlog.processors.JSONRenderer()]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder()],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *renderer,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},  # django-structlog reports the rest
        },
    }


def connect_logging() -> None:
    """Let structlog's own loggers go through the standard ones."""
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


@receiver(signals.bind_extra_request_finished_metadata)
def _note_user(request: HttpRequest, log_kwargs: dict[str, Any], **kwargs: Any) -> None:
    """Name the user of a request that looked at its user, without asking the database for it."""
    user = getattr(request, "_cached_user", None)
    if user is not None and user.is_authenticated:
        log_kwargs["user_id"] = str(user.pk)
