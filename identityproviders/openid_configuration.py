"""The discovery document of an OpenID Connect provider, looked at when it is saved (IDP-19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _

from identityproviders import provider_values
from portal import fetch
from portal.errors import InvalidInput
from portal.fetch import FetchFailed, FetchProblem

logger = structlog.get_logger(__name__)

REQUIRED = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "token_endpoint_auth_methods_supported",
    "response_types_supported",
    "subject_types_supported",
    "jwks_uri",
)
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
"""The signatures that we check (SEC-44)."""


def check(well_known_url: str, *, issuer: str, authentication: str) -> Mapping[str, Any]:
    """The discovery document, if it is one of `issuer` and good for our way to sign in.

    Raises: InvalidInput at `well_known_url`, `issuer` or `authentication`, the reason in the log.
    """
    try:
        document = fetch.get_json(well_known_url)
    except FetchFailed as error:
        logger.warning("metadata_problem", issuer=issuer, reason=error.reason.value)
        raise InvalidInput("well_known_url", _fetch_sentence(error)) from error
    try:
        _check_document(document, issuer, authentication)
    except InvalidInput as error:
        logger.warning("metadata_problem", issuer=issuer, reason=error.field, detail=str(error))
        raise
    return document


def _check_document(document: Mapping[str, Any], issuer: str, authentication: str) -> None:
    for name in REQUIRED:
        if not document.get(name):
            raise InvalidInput(
                "well_known_url",
                _("The discovery document has no %(name)s.") % {"name": name},
            )
    if document["issuer"] != issuer:
        raise InvalidInput(
            "issuer",
            _(
                "The discovery document names another issuer. Both must be the same, letter by "
                "letter."
            ),
        )
    for name in ENDPOINTS:
        _check_endpoint(name, document[name])
    if "code" not in _list(document, "response_types_supported"):
        raise InvalidInput(
            "well_known_url", _("The provider does not offer the response type code.")
        )
    if authentication not in _list(document, "token_endpoint_auth_methods_supported"):
        raise InvalidInput(
            "authentication",
            _("The provider does not take %(method)s.") % {"method": authentication},
        )
    algorithms = _list(document, "id_token_signing_alg_values_supported")
    if algorithms and not ALGORITHMS & set(algorithms):
        raise InvalidInput(
            "well_known_url",
            _("The provider signs with none of RS256, PS256, ES256 and EdDSA."),
        )


def _check_endpoint(name: str, value: object) -> None:
    try:
        provider_values.web_address(name, value if isinstance(value, str) else "")
    except InvalidInput as error:
        raise InvalidInput(
            "well_known_url",
            _("The %(name)s in the discovery document is no public https address.")
            % {"name": name},
        ) from error


def _list(document: Mapping[str, Any], name: str) -> list[str]:
    found = document.get(name)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _fetch_sentence(error: FetchFailed) -> str:
    if error.reason is FetchProblem.BAD_ANSWER:
        return str(_("There is no discovery document at this address. Check it."))
    return str(error)
