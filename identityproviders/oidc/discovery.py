"""Fetch and check the discovery document of an OpenID provider (IDP-19, SEC-44, SEC-45)."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from identityproviders.providers.verification_report import shown_text
from portal.errors import DomainError
from portal.net import fetch
from portal.values import redirect_url

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""What an ID token may be signed with (SEC-44)."""
REQUIRED = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "token_endpoint_auth_methods_supported",
    "response_types_supported",
    "subject_types_supported",
    "jwks_uri",
)
"""IDP-19."""
KEPT_SECONDS = 600
_MOST_KEPT = 256


class BadProvider(DomainError):
    """The provider’s discovery document can’t be used; the message says what is wrong."""


@dataclass(frozen=True)
class OpenIDMetadata:
    """What we use of a discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    algorithms: tuple[str, ...]
    sends_issuer: bool
    """Whether answers name the issuer, so that one without it is refused (RFC 9207)."""
    end_session_endpoint: str = ""
    """Where people sign out; empty where the provider names no usable address (SES-1)."""


def discover_provider(
    well_known_url: str, issuer: str, *, is_fresh: bool = False
) -> OpenIDMetadata:
    """The document at `well_known_url`, whose issuer must be exactly `issuer`.

    Kept for ten minutes; `is_fresh` asks again. Raises: BadProvider, FetchFailed.
    """
    key = (well_known_url, issuer)
    with _lock:
        kept = _kept.get(key)
    if kept is not None and not is_fresh and time.time() - kept[0] < KEPT_SECONDS:
        return kept[1]
    found = read_discovery_document(fetch.get_json(well_known_url), issuer)
    with _lock:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = (time.time(), found)
    return found


def read_discovery_document(document: dict[str, Any], issuer: str) -> OpenIDMetadata:
    """What a discovery document says, once it is complete and of `issuer`.

    Raises: BadProvider.
    """
    missing = [name for name in REQUIRED if not document.get(name)]
    if missing:
        raise BadProvider(
            _("The discovery document lacks %(names)s.") % {"names": ", ".join(missing)}
        )
    if document["issuer"] != issuer:
        raise BadProvider(
            _("The discovery document is of the issuer “%(found)s”, not of “%(expected)s”.")
            % {"found": shown_text(str(document["issuer"])), "expected": issuer}
        )
    if "code" not in _texts(document["response_types_supported"]):
        raise BadProvider(_("The provider does not offer the response type “code”."))
    return OpenIDMetadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(document, "authorization_endpoint"),
        token_endpoint=_endpoint(document, "token_endpoint"),
        jwks_uri=_endpoint(document, "jwks_uri"),
        userinfo_endpoint=_endpoint(document, "userinfo_endpoint")
        if document.get("userinfo_endpoint")
        else "",
        algorithms=_algorithms(document),
        sends_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        end_session_endpoint=_end_session_endpoint(document),
    )


def forget_discovery() -> None:
    """Ask every provider again next time."""
    with _lock:
        _kept.clear()


_kept: dict[tuple[str, str], tuple[float, OpenIDMetadata]] = {}
_lock = threading.Lock()


def _endpoint(document: dict[str, Any], name: str) -> str:
    """An https address; http on loopback only, where the guard of SEC-90 decides further."""
    try:
        return str(redirect_url.parse_redirect_url(str(document[name])))
    except redirect_url.BadRedirect as error:
        raise BadProvider(
            _("The discovery document’s %(name)s is not an https address.") % {"name": name}
        ) from error


def _end_session_endpoint(document: dict[str, Any]) -> str:
    """An optional address: one that can't be used must not keep people from signing in."""
    if not document.get("end_session_endpoint"):
        return ""
    try:
        return _endpoint(document, "end_session_endpoint")
    except BadProvider:
        return ""


def _algorithms(document: dict[str, Any]) -> tuple[str, ...]:
    """Ours that the provider uses; all of ours where it does not say."""
    announced = document.get("id_token_signing_alg_values_supported")
    if announced is None:
        return ALGORITHMS
    both = tuple(name for name in ALGORITHMS if name in _texts(announced))
    if not both:
        raise BadProvider(
            _("The provider signs its tokens with none of %(names)s.")
            % {"names": ", ".join(ALGORITHMS)}
        )
    return both


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
