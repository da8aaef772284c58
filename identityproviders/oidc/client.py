"""OpenID Connect client: the authorization request and the check of its answer (SEC-42 to SEC-45).

Code flow only, always with PKCE S256, state and nonce. Every call to the provider goes through the
guard of SEC-90.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7523 import client_secret_jwt_sign, private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from identityproviders.oidc import client_keys, discovery, tokens
from identityproviders.oidc.claims import Trust, address_in, mapped_claims, verified_addresses
from identityproviders.oidc.discovery import BadProvider, OpenIDMetadata
from identityproviders.oidc.tokens import TokenClaims
from identityproviders.providers.verification_report import (
    CANCELED,
    MISCONFIGURED,
    ProviderAnswer,
    VerificationReport,
    shown_text,
)
from portal.net import fetch
from portal.net.fetch import FetchFailed

INVALID_TOKEN, REFUSED_BY_PROVIDER, UNREACHABLE = 50027, 50012, 90006
ASSERTION_SECONDS = 60
VERIFIED = "email_verified"
_NO_JSON = gettext_lazy(
    "The answer of UserInfo is no JSON object. A signed or encrypted one (JWT) can’t be read: let "
    "the provider answer with plain JSON."
)
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ERROR_NAME = re.compile(r"[a-z_]{1,60}\Z")


@dataclass(frozen=True)
class Client:
    """We, as a client of one provider, and what its word is worth.

    `bound_issuer` and `provider_key` go into the identity (T5); `claims` maps our names to the
    provider's; `parameters` are added to the authorization request.
    """

    provider_key: str
    issuer: str
    bound_issuer: str
    well_known_url: str
    client_id: str
    redirect_uri: str
    trust: Trust
    domains: frozenset[str]
    authentication: str = "client_secret_post"
    secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    scope: str = "openid profile email"
    claims: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """One request of a browser: what its answer must come with. 256 bits each."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    code_verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)


def authorization_url(
    client: Client, request: Request, *, login_hint: str = "", is_fresh: bool = False
) -> str:
    """Where the browser goes to sign in.

    Raises: BadProvider, FetchFailed.
    """
    metadata = discovery.discover_provider(client.well_known_url, client.issuer, is_fresh=is_fresh)
    url: str = prepare_grant_uri(
        metadata.authorization_endpoint,
        client.client_id,
        "code",
        redirect_uri=client.redirect_uri,
        scope=client.scope,
        state=request.state,
        nonce=request.nonce,
        code_challenge=create_s256_code_challenge(request.code_verifier),
        code_challenge_method="S256",
        login_hint=login_hint or None,
        **client.parameters,
    )
    return url


def read_code_answer(
    client: Client,
    parameters: Mapping[str, str],
    nonce: str,
    code_verifier: str,
    report: VerificationReport,
    *,
    is_fresh: bool = False,
) -> ProviderAnswer:
    """Check the parameters of the callback and give the proven identity, by the provider's token.

    The state was matched before. Raises: Refused; `report` says what was checked.
    """
    try:
        metadata = discovery.discover_provider(
            client.well_known_url, client.issuer, is_fresh=is_fresh
        )
        report.check(True, _("Discovery document"), found=client.well_known_url, problem="")
        _check_response(parameters, metadata, report)
        token, access_token = _exchange(client, metadata, parameters["code"], code_verifier, report)
        expected = tokens.ExpectedToken(client.client_id, nonce)
        found = tokens.validate_id_token(token, metadata, expected, report, is_fresh=is_fresh)
        found = _with_userinfo(client, metadata, found, access_token, report)
    except BadProvider as error:
        raise report.refuse(_("Discovery document"), str(error), code=MISCONFIGURED) from error
    except FetchFailed as error:
        raise report.refuse(
            _("Connection"), fetch_problem(error), code=code_of_failure(error)
        ) from error
    answer = _answer(client, found, report)
    return replace(answer, id_token=token, end_session_endpoint=metadata.end_session_endpoint)


def code_of_failure(error: BadProvider | FetchFailed) -> int:
    """The code of T25: the provider is away for now, or something is set up wrongly."""
    is_away = isinstance(error, FetchFailed) and error.is_passing
    return UNREACHABLE if is_away else MISCONFIGURED


def fetch_problem(error: BadProvider | FetchFailed) -> str:
    """The sentence for the log about a provider that could not be asked."""
    return _("The provider could not be asked. %(reason)s") % {"reason": error}


def _check_response(
    parameters: Mapping[str, str], metadata: OpenIDMetadata, report: VerificationReport
) -> None:
    """The response is of this provider (SEC-45, RFC 9207) and no refusal."""
    issuer = parameters.get("iss")
    if issuer is not None or metadata.sends_issuer:
        report.require(
            issuer == metadata.issuer,
            _("Issuer of the response"),
            found=issuer or "",
            problem=_("The response comes from the issuer “%(found)s”, not from “%(expected)s”.")
            % {"found": shown_text(issuer or ""), "expected": metadata.issuer},
        )
    error = parameters.get("error")
    if error is not None or not parameters.get("code"):
        said = error if error and _ERROR_NAME.match(error) else _("nothing useful")
        raise report.refuse(
            _("Response"),
            _("The provider did not sign the person in. It says: %(said)s") % {"said": said},
            code=CANCELED if error == "access_denied" else REFUSED_BY_PROVIDER,
        )


@sensitive_variables()
def _exchange(
    client: Client,
    metadata: OpenIDMetadata,
    code: str,
    code_verifier: str,
    report: VerificationReport,
) -> tuple[str, str]:
    """The ID token and the access token for a code."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": code_verifier,
        "client_id": client.client_id,
        **_proof_of_client(client, metadata.token_endpoint, report),
    }
    status, answer = fetch.post_form(metadata.token_endpoint, fields)
    if status != 200:
        error = answer.get("error")
        said = error if isinstance(error, str) and _ERROR_NAME.match(error) else f"HTTP {status}"
        raise report.refuse(
            _("Token request"),
            _("The provider refused our client: %(said)s. Compare client ID and secret.")
            % {"said": said},
            code=REFUSED_BY_PROVIDER if error == "invalid_grant" else MISCONFIGURED,
        )
    token, access_token = answer.get("id_token"), answer.get("access_token")
    report.require(
        isinstance(token, str),
        _("Token request"),
        found=client.authentication,
        problem=_("The provider’s answer holds no ID token."),
    )
    return str(token), access_token if isinstance(access_token, str) else ""


@sensitive_variables()
def _proof_of_client(
    client: Client, token_endpoint: str, report: VerificationReport
) -> dict[str, str]:
    """How we prove to the token endpoint who we are (IDP-18)."""
    try:
        match client.authentication:
            case "client_secret_jwt":
                assertion = client_secret_jwt_sign(
                    client.secret,
                    client.client_id,
                    token_endpoint,
                    expires_in=ASSERTION_SECONDS,
                )
            case "private_key_jwt":
                assertion = private_key_jwt_sign(
                    RSAKey.import_key(client.private_key),
                    client.client_id,
                    token_endpoint,
                    alg=client_keys.ALGORITHM,
                    header={"kid": client_keys.key_id(client.private_key)},
                    expires_in=ASSERTION_SECONDS,
                )
            case _:
                return {"client_secret": client.secret}
    except (JoseError, ValueError) as error:
        raise report.refuse(
            _("Token request"), _("Our key for this provider can’t be used.")
        ) from error
    return {"client_assertion_type": _JWT_BEARER, "client_assertion": str(assertion)}


@sensitive_variables("access_token")
def _with_userinfo(
    client: Client,
    metadata: OpenIDMetadata,
    found: TokenClaims,
    access_token: str,
    report: VerificationReport,
) -> TokenClaims:
    """The claims with what UserInfo adds (SEC-43).

    It is asked only where the token lacks the address, or does not say whether it is confirmed.
    What it confirms is an address: it counts for no other one that the token names.
    """
    address = mapped_claims(found, client.claims, "email")
    is_whole = address is not None and mapped_claims(found, client.claims, VERIFIED) is not None
    if is_whole or not metadata.userinfo_endpoint or not access_token:
        return found
    try:
        more = fetch.get_json(
            metadata.userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"}
        )
    except FetchFailed as error:
        if address is not None:  # one code to the mailbox does instead (SEC-25)
            return found
        if error.answered == HTTPStatus.OK:
            raise report.refuse(_("UserInfo"), str(_NO_JSON), code=MISCONFIGURED) from error
        raise
    other = mapped_claims(more, client.claims, "email")
    if address is not None and other is not None and other != address:
        more = {name: value for name, value in more.items() if name == "sub"}
    report.require(
        more.get("sub") == found["sub"],
        _("Subject of UserInfo"),
        found=tokens.as_text(more.get("sub")),
        problem=_("UserInfo is about another person than the token."),
    )
    for name, value in more.items():
        if name not in found:
            report.claim(_("%(name)s (UserInfo)") % {"name": name}, tokens.as_text(value))
    return {**more, **found}


def _answer(client: Client, found: TokenClaims, report: VerificationReport) -> ProviderAnswer:
    subject = mapped_claims(found, client.claims, "sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= tokens.MAXIMUM_SUBJECT:
        raise report.refuse(_("Subject"), _("The claim mapped to “sub” can’t be used."))
    address = address_in(found, client.claims)
    return ProviderAnswer(
        issuer=client.bound_issuer,
        provider_key=client.provider_key,
        subject=subject,
        address=address.ascii if address else "",
        addresses=verified_addresses(found, client.claims, client.trust, client.domains),
    )
