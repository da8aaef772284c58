"""The discovery document of an OpenID Connect provider, looked at when it is saved (IDP-19)."""

from __future__ import annotations

import structlog
from django.utils.translation import gettext_lazy as _

from identityproviders.oidc import discovery
from identityproviders.oidc.discovery import BadProvider
from portal import fetch
from portal.errors import InvalidInput
from portal.fetch import FetchFailed, FetchProblem

logger = structlog.get_logger(__name__)


def check(well_known_url: str, *, issuer: str, authentication: str) -> None:
    """Pass if the discovery document is one of `issuer` and good for our way to sign in.

    Raises: InvalidInput at `well_known_url`, `issuer` or `authentication`, the reason in the log.
    """
    try:
        document = fetch.get_json(well_known_url)
    except FetchFailed as error:
        logger.warning("metadata_problem", issuer=issuer, reason=error.reason.value)
        raise InvalidInput("well_known_url", _sentence(error)) from error
    try:
        discovery.read(document, issuer)
        _check_method(document.get("token_endpoint_auth_methods_supported"), authentication)
    except BadProvider as error:
        is_other = document.get("issuer") not in {None, "", issuer}
        field = "issuer" if is_other else "well_known_url"
        raise _refusal(issuer, InvalidInput(field, str(error))) from error
    except InvalidInput as error:
        raise _refusal(issuer, error) from error


def _check_method(offered: object, authentication: str) -> None:
    if not isinstance(offered, list) or authentication not in offered:
        raise InvalidInput(
            "authentication",
            _("The provider does not take %(method)s.") % {"method": authentication},
        )


def _refusal(issuer: str, error: InvalidInput) -> InvalidInput:
    logger.warning("metadata_problem", issuer=issuer, reason=f"bad_{error.field}")
    return error


def _sentence(error: FetchFailed) -> str:
    if error.reason is FetchProblem.BAD_ANSWER:
        return str(_("There is no discovery document at this address. Check it."))
    return str(error)
