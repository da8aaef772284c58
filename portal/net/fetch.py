"""The guarded HTTP client, the only way out to the internet (SEC-90).

Every request to another server (metadata, discovery documents, key sets, token endpoints) goes
through here: https, to addresses that were resolved once and checked, without redirects or proxies,
within limits of time and size. Problems come in six classes; what the other side answered is never
part of one.
"""

from __future__ import annotations

import enum
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
)
from urllib3.util import Url, parse_url

from portal.errors import DomainError
from portal.net import permitted_addresses, timed_connection
from portal.net.timed_connection import TimedConnection

CONNECT_SECONDS = 3
TOTAL_SECONDS = 10
MAXIMUM_BYTES = 256 * 1024
METADATA_BYTES = 1024 * 1024
_CHUNK = 16 * 1024

Resolver = Callable[[str, int], list[str]]

resolver: Resolver = timed_connection.system_addresses
"""Gives the addresses of a name; a test puts its own here."""


class FetchProblem(enum.StrEnum):
    """Why an answer could not be had."""

    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    BAD_ANSWER = "bad_answer"


_SENTENCES = {
    FetchProblem.ADDRESS_REFUSED: _(
        "The portal may not call this address. Use a public https address."
    ),
    FetchProblem.UNREACHABLE: _("The server could not be reached. Check the name in the address."),
    FetchProblem.TLS: _(
        "The server could not prove who it is: its certificate is not valid for this name."
    ),
    FetchProblem.TIMEOUT: _("The server did not answer in time. Try again later."),
    FetchProblem.TOO_LARGE: _("The server’s answer is too large to be what was asked for."),
    FetchProblem.BAD_ANSWER: _(
        "The server answered, but not with what was asked for. Check the address."
    ),
}


class FetchFailed(DomainError):
    """The other server gave no usable answer; the sentence names neither address nor body."""

    status = 502

    def __init__(self, reason: FetchProblem, *, answered: int = 0) -> None:
        """Take the class of the problem, and the HTTP status if the server `answered` at all."""
        super().__init__(_SENTENCES[reason])
        self.reason = reason
        self.answered = answered

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later, without a change of any setting."""
        is_away = self.reason in {FetchProblem.UNREACHABLE, FetchProblem.TIMEOUT}
        return is_away or self.answered >= 500


def get(
    url: str, *, max_bytes: int = MAXIMUM_BYTES, headers: Mapping[str, str] | None = None
) -> bytes:
    """What stands at `url`, up to `max_bytes`.

    Raises: FetchFailed; any status but 200 is a bad answer, a redirect too (SEC-90).
    """
    status, body = _ask("GET", url, headers=headers, max_bytes=max_bytes)
    if status != 200:
        raise FetchFailed(FetchProblem.BAD_ANSWER, answered=status)
    return body


def get_json(
    url: str, *, max_bytes: int = MAXIMUM_BYTES, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at `url`.

    Raises: FetchFailed.
    """
    accept = {"Accept": "application/json", **(headers or {})}
    return _object(get(url, max_bytes=max_bytes, headers=accept), answered=HTTPStatus.OK)


def post_form(
    url: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Send a form; the status and the JSON object of the answer.

    Raises: FetchFailed.
    """
    sent = {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
        **(headers or {}),
    }
    status, body = _ask("POST", url, headers=sent, body=urlencode(fields).encode())
    if 300 <= status < 400:
        raise FetchFailed(FetchProblem.BAD_ANSWER, answered=status)
    return status, _object(body, answered=status)


def is_excepted_loopback(host: str) -> bool:
    """Whether the operator lets providers on this loopback host speak http (SEC-90)."""
    numeric = "127.0.0.1" if host == "localhost" else host.strip("[]")
    networks = permitted_addresses.parse_networks(settings.PORTAL_FETCH_NETWORKS)
    return permitted_addresses.is_permitted(numeric, networks, is_usual=False)


def _object(body: bytes, *, answered: int) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FetchFailed(FetchProblem.BAD_ANSWER, answered=answered) from error
    if not isinstance(found, dict):
        raise FetchFailed(FetchProblem.BAD_ANSWER, answered=answered)
    return found


@dataclass(frozen=True)
class _Target:
    """Where a URL leads."""

    url: str
    host: str
    port: int
    is_https: bool


def _target(url: str) -> _Target:
    """Take the URL apart, with the parser that also builds the request.

    Raises: FetchFailed for what is no plain web address.
    """
    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise FetchFailed(FetchProblem.ADDRESS_REFUSED) from error
    if parts.scheme not in {"https", "http"} or not parts.host or parts.auth is not None:
        raise FetchFailed(FetchProblem.ADDRESS_REFUSED)
    is_https = parts.scheme == "https"
    port = parts.port or (443 if is_https else 80)
    plain = Url(parts.scheme, None, parts.host, parts.port, parts.path or "/", parts.query)
    return _Target(plain.url, parts.host.strip("[]"), port, is_https)


def _line(target: _Target, deadline: float) -> TimedConnection:
    """Resolve once and look at every address (SEC-90)."""
    try:
        found = resolver(target.host, target.port)
    except TimeoutError as error:
        raise FetchFailed(FetchProblem.TIMEOUT) from error
    except (OSError, UnicodeError) as error:
        raise FetchFailed(FetchProblem.UNREACHABLE) from error
    if not found:
        raise FetchFailed(FetchProblem.UNREACHABLE)
    networks = permitted_addresses.parse_networks(settings.PORTAL_FETCH_NETWORKS)
    is_usual = target.is_https and target.port in settings.PORTAL_FETCH_PORTS
    for address in found:
        if not permitted_addresses.is_permitted(address, networks, is_usual=is_usual):
            raise FetchFailed(FetchProblem.ADDRESS_REFUSED)
    return TimedConnection(tuple(found), target.port, CONNECT_SECONDS, deadline)


def _ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    max_bytes: int = MAXIMUM_BYTES,
) -> tuple[int, bytes]:
    target = _target(url)
    deadline = time.monotonic() + TOTAL_SECONDS
    line = _line(target, deadline)
    sent = {"User-Agent": "Foyer", "Accept-Encoding": "identity", **(headers or {})}
    with line.cut_at_deadline(), _problems(line), requests.Session() as session:
        session.trust_env = False
        session.mount(f"{'https' if target.is_https else 'http'}://", _Adapter(target, line))
        response = session.request(
            method,
            target.url,
            headers=sent,
            data=body,
            allow_redirects=False,
            stream=True,
            timeout=(CONNECT_SECONDS, TOTAL_SECONDS),
        )
        read = b""
        while chunk := response.raw.read(_CHUNK, decode_content=False):
            read += chunk
            if len(read) > max_bytes:
                raise FetchFailed(FetchProblem.TOO_LARGE)
        if line.is_cut:
            raise FetchFailed(FetchProblem.TIMEOUT)
        return response.status_code, read


@contextmanager
def _problems(line: TimedConnection) -> Iterator[None]:
    """Reduce what goes wrong to its class."""
    try:
        yield
    except FetchFailed:
        raise
    except requests.exceptions.SSLError as error:
        raise FetchFailed(FetchProblem.TIMEOUT if line.is_cut else FetchProblem.TLS) from error
    except requests.exceptions.Timeout as error:
        raise FetchFailed(FetchProblem.TIMEOUT) from error
    except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as error:
        is_met = line.is_connected and not isinstance(error, OSError)
        problem = FetchProblem.BAD_ANSWER if is_met else FetchProblem.UNREACHABLE
        raise FetchFailed(FetchProblem.TIMEOUT if line.is_cut else problem) from error


def _connect(line: TimedConnection, connection: Any) -> Any:
    """Connect, and name `connection` in the errors that urllib3 knows."""
    try:
        return line.connect()
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, str(error)) from error
    except OSError as error:
        raise NewConnectionError(connection, "no connection") from error


class _GuardedHTTP(HTTPConnection):
    """Connects to the addresses that were checked, whatever the name says by now."""

    def __init__(self, *args: Any, line: TimedConnection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line

    def _new_conn(self) -> Any:
        return _connect(self.line, self)


class _GuardedHTTPS(HTTPSConnection):
    """The same; server name and certificate stay those of the host in the URL."""

    def __init__(self, *args: Any, line: TimedConnection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line

    def _new_conn(self) -> Any:
        return _connect(self.line, self)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS


class _Adapter(HTTPAdapter):
    """Carries one request over the checked line."""

    def __init__(self, target: _Target, line: TimedConnection) -> None:
        super().__init__()
        self.target = target
        self.line = line

    def get_connection_with_tls_context(self, *_args: Any, **_kwargs: Any) -> HTTPConnectionPool:
        """A pool of one connection; the machine's authorities count beside the public ones."""
        if not self.target.is_https:
            return _HTTPPool(self.target.host, self.target.port, line=self.line)
        context = ssl.create_default_context()
        return _HTTPSPool(
            self.target.host,
            self.target.port,
            line=self.line,
            ssl_context=context,
            cert_reqs="CERT_REQUIRED",
            ca_certs=DEFAULT_CA_BUNDLE_PATH,
        )
