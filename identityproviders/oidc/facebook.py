"""Sign-in with Facebook, which speaks OAuth 2.0 with a profile instead of OpenID Connect (IDP-8).

Code flow with PKCE and state as everywhere (IDP-20). The profile behind the access token says who
signed in. Facebook does not say whether an address there was verified, so it proves none: a code
to the address follows (RED-8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from guests.models import Issuer
from identityproviders.oidc.client import (
    REFUSED_BY_PROVIDER,
    Request,
    code_of_failure,
    fetch_problem,
)
from identityproviders.oidc.tokens import MAXIMUM_SUBJECT, as_text
from identityproviders.providers.verification_report import (
    CANCELED,
    MISCONFIGURED,
    ProviderAnswer,
    VerificationReport,
)
from portal.net import fetch
from portal.net.fetch import FetchFailed
from portal.values.email_address import InvalidEmailAddress, parse_email_address

KEY = Issuer.FACEBOOK.value
SCOPE = "openid email"
FIELDS = "id,name,email"


@dataclass(frozen=True)
class Client:
    """We, as the tenant's own app at Facebook."""

    client_id: str
    redirect_uri: str
    secret: str = field(default="", repr=False)


def authorization_url(client: Client, request: Request) -> str:
    """Where the browser goes to sign in."""
    url: str = prepare_grant_uri(
        settings.PORTAL_FACEBOOK_DIALOG_URL,
        client.client_id,
        "code",
        redirect_uri=client.redirect_uri,
        scope=SCOPE,
        state=request.state,
        nonce=request.nonce,
        code_challenge=create_s256_code_challenge(request.code_verifier),
        code_challenge_method="S256",
    )
    return url


@sensitive_variables()
def read_facebook_answer(
    client: Client, parameters: Mapping[str, str], code_verifier: str, report: VerificationReport
) -> ProviderAnswer:
    """Check the parameters of the callback and give the proven identity, by the Facebook profile.

    The state was matched before. Raises: Refused; `report` says what was checked.
    """
    report.require(
        "error" not in parameters and bool(parameters.get("code")),
        _("Response"),
        problem=_("Facebook did not sign the person in."),
        code=CANCELED if parameters.get("error") == "access_denied" else REFUSED_BY_PROVIDER,
    )
    try:
        profile = _profile(client, parameters["code"], code_verifier, report)
    except FetchFailed as error:
        raise report.refuse(
            _("Connection"), fetch_problem(error), code=code_of_failure(error)
        ) from error
    for name, value in profile.items():
        report.claim(name, as_text(value))
    subject = profile.get("id")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAXIMUM_SUBJECT:
        raise report.refuse(_("Subject"), _("Facebook’s answer does not say who signed in."))
    return ProviderAnswer(
        issuer=Issuer.FACEBOOK.value,
        provider_key=KEY,
        subject=subject,
        address=_address(profile.get("email")),
    )


@sensitive_variables()
def _profile(
    client: Client, code: str, code_verifier: str, report: VerificationReport
) -> Mapping[str, object]:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": code_verifier,
        "client_id": client.client_id,
        "client_secret": client.secret,
    }
    status, answer = fetch.post_form(settings.PORTAL_FACEBOOK_TOKEN_URL, fields)
    token = answer.get("access_token")
    report.require(
        status == 200 and isinstance(token, str),
        _("Token request"),
        problem=_("The provider refused our client: %(said)s. Compare client ID and secret.")
        % {"said": f"HTTP {status}"},
        code=MISCONFIGURED,
    )
    url = f"{settings.PORTAL_FACEBOOK_PROFILE_URL}?fields={FIELDS}"
    return fetch.get_json(url, headers={"Authorization": f"Bearer {token}"})


def _address(value: object) -> str:
    """The address in the profile, if it follows the grammar."""
    try:
        return parse_email_address(value).ascii if isinstance(value, str) else ""
    except InvalidEmailAddress:
        return ""
