"""Create and change OpenID Connect providers: discovery document, claim map (IDP-18 to IDP-20)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import structlog
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from guests.models import User
from identityproviders.models import Federation, FederationDomain, OpenIDClient
from identityproviders.oidc import client_keys, discovery
from identityproviders.oidc.discovery import BadProvider
from identityproviders.providers import checked_input
from identityproviders.providers.actions import (
    provider_target,
    record_provider_change,
    require_may_edit,
)
from identityproviders.providers.federations import domains
from identityproviders.providers.federations.actions import (
    current_settings,
    domain_taken,
    move_version,
    prove_all_domains,
    require_own_issuer,
    save_federation,
)
from identityproviders.providers.federations.domains import DomainProof
from portal.audit import log
from portal.errors import InvalidInput
from portal.net import fetch
from portal.net.fetch import FetchFailed, FetchProblem
from portal.tenants.models import Tenant

DEFAULT_CLAIMS: Mapping[str, str] = {
    "sub": "sub",
    "name": "name",
    "given_name": "given_name",
    "family_name": "family_name",
    "email": "email",
    "email_verified": "email_verified",
    "phone_number": "phone_number",
    "street_address": "street_address",
    "locality": "locality",
    "region": "region",
    "postal_code": "postal_code",
    "country": "country",
}
"""Our names with the provider's, as OpenID Connect Core 5.1 calls them."""

CLAIM_LABELS: Mapping[str, str | Promise] = {
    "sub": _("Sub (subject)"),
    "name": _("Name"),
    "given_name": _("Given name"),
    "family_name": _("Family name"),
    "email": _("Email"),
    "email_verified": _("Email verified"),
    "phone_number": _("Phone number"),
    "street_address": _("Street address"),
    "locality": _("City"),
    "region": _("State or province"),
    "postal_code": _("Postal code"),
    "country": _("Country or region"),
}
REQUIRED_CLAIMS = frozenset({"sub", "email"})

_NAME = re.compile(r"[!-~]{1,128}\Z")


def checked_claim_map(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping with every known name; an empty claim is one that the provider has not.

    Raises: InvalidInput at `claim_<name>`.
    """
    found = {}
    for name in DEFAULT_CLAIMS:
        claim = mapping.get(name, "").strip()
        if not claim and name in REQUIRED_CLAIMS:
            raise InvalidInput(f"claim_{name}", _("This claim is needed to sign people in."))
        if claim and not _NAME.match(claim):
            raise InvalidInput(f"claim_{name}", _("Enter the name of a claim, without spaces."))
        found[name] = claim
    return found


logger = structlog.get_logger(__name__)


def check_discovery_document(well_known_url: str, *, issuer: str, authentication: str) -> None:
    """Pass if the discovery document is one of `issuer` and good for our way to sign in.

    Raises: InvalidInput at `well_known_url`, `issuer` or `authentication`, the reason in the log.
    """
    try:
        document = fetch.get_json(well_known_url)
    except FetchFailed as error:
        logger.warning("metadata_problem", issuer=issuer, reason=error.reason.value)
        raise InvalidInput("well_known_url", _sentence(error)) from error
    try:
        discovery.read_discovery_document(document, issuer)
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


ClientAuthentication = OpenIDClient.Authentication
MAXIMUM_SCOPE = 512
MAXIMUM_SECRET = 2048


@dataclass(frozen=True)
class OpenIDSettings:
    """What an administrator types; an empty `client_secret` keeps the stored one (IDP-4)."""

    display_name: str
    well_known_url: str
    issuer: str
    client_id: str
    authentication: str = ClientAuthentication.SECRET_POST
    client_secret: str = field(default="", repr=False)
    scope: str = "openid profile email"
    claims: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_CLAIMS))


def create_openid_provider(
    tenant: Tenant, *, by: User, domain: str, settings: OpenIDSettings
) -> Federation:
    """A new provider with its first domain; its discovery document is looked at first.

    Raises: NotAllowed, InvalidInput at the field, ProofMissing.
    """
    require_may_edit(tenant, by, log.CREATE_PROVIDER)
    name = domains.usable_domain(tenant, domain)
    found = checked_openid_settings(settings)
    row = Federation(
        tenant=tenant,
        protocol=Federation.Protocol.OIDC,
        display_name=found.display_name,
        issuer=found.issuer,
    )
    require_own_issuer(row)
    client = OpenIDClient(tenant=tenant, federation=row)
    _apply(client, found)
    _discover(found)
    proof = domains.prove_domain(name, found.issuer)
    _insert(row, client, name, by=by, proof=proof)
    return row


def update_openid_provider(
    federation: Federation, *, by: User, settings: OpenIDSettings, version: int
) -> None:
    """Save other settings; `version` is the one that the page showed.

    Raises: NotAllowed, InvalidInput at the field, ProviderChanged, ProviderGone.
    """
    require_may_edit(federation.tenant, by, log.UPDATE_PROVIDER, provider_target(federation))
    found = checked_openid_settings(settings)
    row = current_settings(federation)
    client = openid_client(row)
    before = _shown(row, client)
    was = row.issuer
    row.display_name, row.issuer = found.display_name, found.issuer
    require_own_issuer(row, was=was)
    _apply(client, found)
    _discover(found)
    prove_all_domains(row, was=was)
    with transaction.atomic():
        move_version(row, version)
        row.metadata_problem = ""
        save_federation(row)
        client.save()
        record_provider_change(
            log.UPDATE_PROVIDER,
            row,
            by=by,
            before=before,
            after=_shown(row, client),
            additional={"ClientSecretReplaced": bool(found.client_secret)},
        )


def openid_client(federation: Federation) -> OpenIDClient:
    """How we are a client of this provider."""
    return OpenIDClient.objects.of(federation.tenant).get(  # type: ignore[no-any-return]
        federation=federation
    )


def checked_openid_settings(settings: OpenIDSettings) -> OpenIDSettings:
    """The settings in the form that is stored.

    Raises: InvalidInput at the field.
    """
    client_id = settings.client_id.strip()
    if not (client_id and client_id.isascii() and client_id.isprintable()):
        raise InvalidInput("client_id", _("Enter the client ID as the provider shows it."))
    if settings.authentication not in set(ClientAuthentication):
        raise InvalidInput("authentication", _("Choose one of these."))
    if len(settings.client_secret) > MAXIMUM_SECRET:
        raise InvalidInput("client_secret", _("A client secret can have 2,048 characters at most."))
    return replace(
        settings,
        display_name=checked_input.checked_display_name(settings.display_name),
        well_known_url=checked_input.checked_web_address("well_known_url", settings.well_known_url),
        issuer=checked_input.checked_openid_issuer(settings.issuer),
        client_id=client_id,
        scope=_scope(settings.scope),
        claims=checked_claim_map(settings.claims),
    )


def _scope(text: str) -> str:
    """Raises: InvalidInput without `openid`, and for what is no scope (RFC 6749 3.3)."""
    words = list(dict.fromkeys(text.split()))
    if "openid" not in words:
        raise InvalidInput("scope", _("The scope must contain openid."))
    scope = " ".join(words)
    is_plain = scope.isascii() and scope.isprintable() and not set(scope) & set('"\\')
    if not is_plain or len(scope) > MAXIMUM_SCOPE:
        raise InvalidInput("scope", _("Enter scopes with spaces between them."))
    return scope


@sensitive_variables("settings")
def _apply(client: OpenIDClient, settings: OpenIDSettings) -> None:
    """Write checked settings into the row, unsaved; what the method needs no more is forgotten.

    Raises: InvalidInput at `client_secret` where one is needed and none is stored.
    """
    client.well_known_url = settings.well_known_url
    client.client_id = settings.client_id
    client.authentication = settings.authentication
    client.scope = settings.scope
    client.claims = dict(settings.claims)
    if settings.authentication == ClientAuthentication.PRIVATE_KEY_JWT:
        client.client_secret = ""  # nosec B105
        client.private_key = client.private_key or client_keys.generate_client_key()
        return
    client.private_key = ""
    client.client_secret = settings.client_secret or client.client_secret
    if not client.client_secret:
        raise InvalidInput("client_secret", _("Enter the client secret."))


def _discover(settings: OpenIDSettings) -> None:
    check_discovery_document(
        settings.well_known_url,
        issuer=settings.issuer,
        authentication=settings.authentication,
    )


def _insert(
    row: Federation, client: OpenIDClient, domain: str, *, by: User, proof: DomainProof
) -> None:
    with domain_taken(), transaction.atomic():
        row.save(force_insert=True)
        client.save(force_insert=True)
        FederationDomain.objects.create(tenant=row.tenant, federation=row, name=domain)
        record_provider_change(
            log.CREATE_PROVIDER,
            row,
            by=by,
            after={**_shown(row, client), "Domains": [domain]},
            additional={"Protocol": row.protocol, "DomainProof": proof.value},
        )


def _shown(row: Federation, client: OpenIDClient) -> dict[str, object]:
    """The properties that audit rows show; never the secret or the key (AUD-4)."""
    return {
        "DisplayName": row.display_name,
        "IssuerUri": row.issuer,
        "WellKnownEndpoint": client.well_known_url,
        "ClientId": client.client_id,
        "ClientAuthentication": client.authentication,
        "Scope": client.scope,
        "ClaimsMapping": dict(client.claims),
    }
