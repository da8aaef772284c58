"""Validate ID tokens (SEC-43, SEC-44)."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, TypeGuard

from django.utils.translation import gettext as _
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from identityproviders.oidc import keys
from identityproviders.oidc.discovery import OpenIDMetadata
from identityproviders.providers.verification_report import VerificationReport, shown_text

SKEW_SECONDS = 60
OLDEST_SECONDS = 600
MAXIMUM_CHARACTERS = 64 * 1024
MAXIMUM_SUBJECT = 255

TokenClaims = dict[str, Any]


class _Registry(JWSRegistry):
    """Lets the header be as long as providers make it that put certificates in."""

    max_header_length = 8 * 1024


@dataclass(frozen=True)
class ExpectedToken:
    """What an ID token must say to be one for this sign-in."""

    client_id: str
    nonce: str


def validate_id_token(
    token: str,
    metadata: OpenIDMetadata,
    expected: ExpectedToken,
    report: VerificationReport,
    *,
    is_fresh: bool = False,
) -> TokenClaims:
    """The claims of an ID token that passes every check.

    Raises: Refused, FetchFailed.
    """
    claims = _verified(token, metadata, report, is_fresh=is_fresh)
    for name, value in claims.items():
        report.claim(name, as_text(value))
    _check_issuer(claims, metadata, report)
    _check_audience(claims, expected, report)
    _check_times(claims, report)
    nonce = claims.get("nonce")
    report.check(
        isinstance(nonce, str) and secrets.compare_digest(nonce.encode(), expected.nonce.encode()),
        _("Nonce"),
        problem=_("The token does not belong to the request that this browser made."),
    )
    subject = claims.get("sub")
    report.check(
        isinstance(subject, str) and 0 < len(subject) <= MAXIMUM_SUBJECT and subject.isprintable(),
        _("Subject"),
        found=as_text(subject),
        problem=_("The token has no usable “sub”."),
    )
    report.settle()
    return claims


def as_text(value: object) -> str:
    """A claim's value for people."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _verified(
    token: str, metadata: OpenIDMetadata, report: VerificationReport, *, is_fresh: bool
) -> TokenClaims:
    """The claims, once a key of the provider vouches for them."""
    label = _("Signature")
    header = _json_part(token)
    if header is None:
        raise report.refuse(label, _("The provider’s answer holds no ID token."))
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in metadata.algorithms:
        raise report.refuse(
            label,
            _("The token is signed with “%(found)s”, which is not allowed.")
            % {"found": shown_text(as_text(algorithm))},
        )
    if "crit" in header or not (kid is None or isinstance(kid, str)):
        raise report.refuse(label, _("The token’s header asks for something not understood."))
    key = keys.find_signing_key(metadata.jwks_uri, kid, algorithm, is_fresh=is_fresh)
    if key is None:
        raise report.refuse(
            label,
            _("The provider publishes no key “%(kid)s” for %(algorithm)s.")
            % {"kid": shown_text(kid or ""), "algorithm": algorithm},
        )
    registry = _Registry(algorithms=[algorithm], strict_check_header=False)
    try:
        # The header stays as it was signed; only the key found above is asked.
        signed = jws.deserialize_compact(token, key, registry=registry)
        claims = json.loads(signed.payload)
    except (JoseError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise report.refuse(label, _("The token’s signature is wrong.")) from error
    if not isinstance(claims, dict):
        raise report.refuse(label, _("The token holds no claims."))
    report.check(True, label, found=algorithm, problem="")
    return claims


def _json_part(token: str) -> dict[str, Any] | None:
    """The header of a compact JWS; None if the text is none."""
    if len(token) > MAXIMUM_CHARACTERS or token.count(".") != 2 or not token.isascii():
        return None
    head = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def _check_issuer(
    claims: TokenClaims, metadata: OpenIDMetadata, report: VerificationReport
) -> None:
    found = claims.get("iss")
    report.check(
        found == metadata.issuer,
        _("Issuer"),
        found=as_text(found),
        problem=_("The token comes from the issuer “%(found)s”, not from “%(expected)s”.")
        % {"found": shown_text(as_text(found)), "expected": metadata.issuer},
    )


def _check_audience(
    claims: TokenClaims, expected: ExpectedToken, report: VerificationReport
) -> None:
    """For us; where it is for others too, made for us as the authorized party."""
    found = claims.get("aud")
    audiences = found if isinstance(found, list) else [found]
    azp = claims.get("azp")
    is_ours = expected.client_id in audiences and (
        azp == expected.client_id if len(audiences) > 1 or "azp" in claims else True
    )
    report.check(
        is_ours,
        _("Audience"),
        found=as_text(found),
        problem=_("The token is meant for the client “%(found)s”, not for “%(expected)s”.")
        % {"found": shown_text(as_text(found)), "expected": expected.client_id},
    )


def _check_times(claims: TokenClaims, report: VerificationReport) -> None:
    now = time.time()
    expires, issued, starts = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    report.check(
        _is_number(expires) and now - SKEW_SECONDS < expires,
        _("Expiry"),
        found=as_text(expires),
        problem=_("The token has expired, or does not say when. Compare the clocks."),
    )
    report.check(
        _is_number(issued)
        and _is_number(starts)
        and now - OLDEST_SECONDS <= issued <= now + SKEW_SECONDS
        and starts <= now + SKEW_SECONDS,
        _("Issued at"),
        found=as_text(issued),
        problem=_("The token is older than 10 minutes, or from the future. Compare the clocks."),
    )


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
