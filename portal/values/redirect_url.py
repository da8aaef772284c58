"""Redirect targets as values: same-origin paths, and URLs of invitations (SEC-60, SEC-61).

Pure. The grammar is so strict that no two URL parsers can read an accepted text differently.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError
from portal.values.email_address import InvalidEmailAddress, to_a_labels, unicode_domain
from portal.values.text import hidden_character

MAXIMUM_URL_CHARACTERS = 2048

_PATH_CHARACTERS = r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]"
_QUERY = r"(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
_PATH = re.compile(rf"/{_PATH_CHARACTERS}*{_QUERY}\Z")
_ABSOLUTE = re.compile(
    r"(?P<scheme>[A-Za-z]{4,5})://"
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?P<port>:[0-9]{1,5})?"
    rf"(?P<rest>(?:/{_PATH_CHARACTERS}*)?{_QUERY})\Z"
)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Encoded control characters and backslashes: harmless to browsers, not to every server.
_HIDDEN = re.compile(r"%(?:[01][0-9A-Fa-f]|7[Ff]|5[Cc])")
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0[xX][0-9A-Fa-f]*)\Z")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LOOPBACK_NAMES = frozenset({"localhost"})


class BadRedirect(DomainError):
    """The text is no URL a guest can be sent to (T18, SEC-60)."""


_ABSOLUTE_ONLY = _("Enter a whole address that begins with https://, such as https://example.com.")
_TOO_LONG = _("The address can have 2,048 characters at most.")
_PLAIN_CHARACTERS = _(
    "The address can have letters from A to Z, digits and the usual signs, but no spaces, "
    "backslashes or accented letters."
)
_HIDDEN_CHARACTER = _("The address contains the hidden character %(character)s. Delete it.")
_NO_FRAGMENT = _("Leave out the # and what follows it.")
_NO_USER = _("Leave out the name before the host.")
_NO_NUMBERS = _("Enter a host name, not an IP address.")
_BAD_HOST = _("The host can’t be used. Check its spelling.")
_BAD_PORT = _("The port must be a number from 1 to 65535.")


@dataclass(frozen=True)
class RedirectUrl:
    """An absolute URL that follows the grammar; the host is in lower-case A-labels."""

    scheme: str
    host: str
    port: int
    rest: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, without the port where it goes without saying."""
        if self.port == _DEFAULT_PORTS[self.scheme]:
            return f"{self.scheme}://{self.host}"
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def shown_host(self) -> str:
        """The host for people, in both forms where it has non-ASCII labels (SEC-86)."""
        readable = unicode_domain(self.host)
        return self.host if readable == self.host else f"{readable} ({self.host})"

    def __str__(self) -> str:
        return f"{self.origin}{self.rest}"


def same_origin_path(text: str) -> str:
    """`text` if it is a path of this portal with an optional query, else the empty string (SEC-61).

    For `next`, `ReturnTo` and alike: nothing else is ever followed.
    """
    if len(text) > MAXIMUM_URL_CHARACTERS or not _PATH.match(text):
        return ""
    path = text.partition("?")[0]
    if "//" in path or "%2f%2f" in path.lower() or _has_bad_escape(text):
        return ""
    return text


def parse_redirect_url(text: str, *, own_origin: str = "") -> RedirectUrl:
    """The absolute https URL that `text` is (SEC-60, T9).

    `http` is right for loopback hosts, and for `own_origin`, the portal's own.
    Raises: BadRedirect with the sentence to show.
    """
    if len(text) > MAXIMUM_URL_CHARACTERS:
        raise BadRedirect(_TOO_LONG)
    found = _ABSOLUTE.match(text)
    if found is None or _has_bad_escape(text) or hidden_character(text):
        raise BadRedirect(_why(text))
    scheme = found["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        raise BadRedirect(_ABSOLUTE_ONLY)
    port = int(found["port"][1:]) if found["port"] else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise BadRedirect(_BAD_PORT)
    url = RedirectUrl(scheme, _host(found["host"]), port, found["rest"])
    if scheme == "http" and not is_loopback(url.host) and url.origin != own_origin:
        raise BadRedirect(_ABSOLUTE_ONLY)
    if _is_address(url.host) and not is_loopback(url.host) and url.origin != own_origin:
        raise BadRedirect(_NO_NUMBERS)
    return url


def origin_of(base_url: str) -> str:
    """The origin of a trusted base URL such as the portal's own setting.

    Raises: BadRedirect when it is no absolute http or https URL.
    """
    found = _ABSOLUTE.match(base_url)
    if found is None or found["scheme"].lower() not in _DEFAULT_PORTS:
        raise BadRedirect(_ABSOLUTE_ONLY)
    scheme = found["scheme"].lower()
    port = int(found["port"][1:]) if found["port"] else _DEFAULT_PORTS[scheme]
    return RedirectUrl(scheme, found["host"].lower(), port, "").origin


def is_listed(url: RedirectUrl, allowed: Iterable[str]) -> bool:
    """Whether `url` may be followed without asking (SEC-60).

    An entry of `allowed` is an origin (`https://app.example.com:8443`), or a domain, which
    stands for exactly that host under https. Sub-domains need entries of their own.
    """
    return any(url.origin == (entry if "://" in entry else f"https://{entry}") for entry in allowed)


def _has_bad_escape(text: str) -> bool:
    return bool(_STRAY_PERCENT.search(text) or _HIDDEN.search(text))


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(text[1:-1])}]"
        except ValueError as error:
            raise BadRedirect(_BAD_HOST) from error
    try:
        host = to_a_labels(text)
    except InvalidEmailAddress as error:
        raise BadRedirect(_BAD_HOST) from error
    # A host that ends in a number is an IPv4 address to browsers, however it is written.
    if _NUMERIC_LABEL.match(host.rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError as error:
            raise BadRedirect(_NO_NUMBERS) from error
    return host


def _is_address(host: str) -> bool:
    return host.startswith("[") or bool(_NUMERIC_LABEL.match(host.rpartition(".")[2]))


def is_loopback(host: str) -> bool:
    """Whether a host of an address is this machine by name or number."""
    if not _is_address(host):
        return host in _LOOPBACK_NAMES
    return ipaddress.ip_address(host.strip("[]")).is_loopback


def _why(text: str) -> str | Promise:
    """The sentence for a text that is outside the grammar."""
    if character := hidden_character(text):
        return _HIDDEN_CHARACTER % {"character": character}
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in _DEFAULT_PORTS or not rest:
        return _ABSOLUTE_ONLY
    if "@" in re.split(r"[/?#]", rest, maxsplit=1)[0]:
        return _NO_USER
    if "#" in rest:
        return _NO_FRAGMENT
    return _PLAIN_CHARACTERS
