"""Connect to the relay so that the whole conversation ends at one deadline (REL-4, REL-18).

Django's backend opens its connection in one step that nothing can end from outside: connect,
greeting, TLS, EHLO and login. A relay that drips its greeting would hold the worker for good.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.utils import DNS_NAME

from portal.net.timed_connection import TimedConnection, system_addresses


class RelayTimeoutError(OSError):
    """The relay did not come to an end in the time that one conversation may take."""


@contextlib.contextmanager
def open_relay(backend: EmailBackend, timeout: timedelta) -> Iterator[smtplib.SMTP]:
    """Connect, greet, encrypt and log in as `backend` is set up; everything ends after `timeout`.

    Raises: RelayTimeoutError, OSError, smtplib.SMTPException, from the block too.
    """
    deadline = time.monotonic() + timeout.total_seconds()
    each = min(float(backend.timeout or timeout.total_seconds()), timeout.total_seconds())
    addresses = tuple(system_addresses(backend.host, backend.port))
    line = TimedConnection(addresses, backend.port, each, deadline)
    with line.cut_at_deadline():
        try:
            relay = _greet(backend, line, each)
            try:
                _log_in(backend, relay)
                yield relay
            finally:
                _leave(relay)
        except (OSError, smtplib.SMTPException) as error:
            if line.is_cut:
                seconds = f"{timeout.total_seconds():g}"
                raise RelayTimeoutError(f"no end within {seconds} s") from error
            raise


def _greet(backend: EmailBackend, line: TimedConnection, each: float) -> smtplib.SMTP:
    kind = _ImplicitTlsRelay if backend.use_ssl else _Relay
    options = {"context": backend.ssl_context} if backend.use_ssl else {}
    return kind(
        backend.host,
        backend.port,
        local_hostname=DNS_NAME.get_fqdn(),
        timeout=each,
        line=line,
        **options,
    )


def _log_in(backend: EmailBackend, relay: smtplib.SMTP) -> None:
    if backend.use_tls and not backend.use_ssl:
        relay.starttls(context=backend.ssl_context)
    if backend.username and backend.password:
        relay.login(backend.username, backend.password)
    relay.ehlo_or_helo_if_needed()


def _leave(relay: smtplib.SMTP) -> None:
    """Say QUIT without waiting for the answer: what the relay took is stored at once (REL-5)."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        relay.putcmd("quit")
    relay.close()


class _Relay(smtplib.SMTP):
    """A connection over a line that somebody else can cut."""

    def __init__(self, *args: Any, line: TimedConnection, **kwargs: Any) -> None:
        self._line = line
        super().__init__(*args, **kwargs)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made = self._line.connect()
        made.settimeout(min(timeout, made.gettimeout() or timeout))
        return made


class _ImplicitTlsRelay(smtplib.SMTP_SSL, _Relay):
    """The same with TLS before the greeting (RFC 8314)."""

    def __init__(self, *args: Any, line: TimedConnection, **kwargs: Any) -> None:
        self._line = line
        super().__init__(*args, **kwargs)
