"""Set up and change custom OpenID Connect providers (IDP-18 to IDP-20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from guests.models import User
from identityproviders import (
    federation_domains,
    openid_claims,
    openid_configuration,
    provider_values,
)
from identityproviders.actions import federations
from identityproviders.actions.providers import record, require_may_edit, target_of
from identityproviders.federation_domains import Proof
from identityproviders.models import Federation, FederationDomain, OpenIDClient
from identityproviders.oidc import client_keys
from portal.audit import log
from portal.errors import InvalidInput
from portal.tenants.models import Tenant

Authentication = OpenIDClient.Authentication
MAXIMUM_SCOPE = 512
MAXIMUM_SECRET = 2048


@dataclass(frozen=True)
class OpenIDSettings:
    """What an administrator types; an empty `client_secret` keeps the stored one (IDP-4)."""

    display_name: str
    well_known_url: str
    issuer: str
    client_id: str
    authentication: str = Authentication.SECRET_POST
    client_secret: str = field(default="", repr=False)
    scope: str = "openid profile email"
    claims: Mapping[str, str] = field(default_factory=lambda: dict(openid_claims.DEFAULTS))


def create(tenant: Tenant, *, by: User, domain: str, settings: OpenIDSettings) -> Federation:
    """A new provider with its first domain; its discovery document is looked at first.

    Raises: NotAllowed, InvalidInput at the field, ProofMissing.
    """
    require_may_edit(tenant, by, log.CREATE_PROVIDER)
    name = federation_domains.usable(tenant, domain)
    found = checked(settings)
    row = Federation(
        tenant=tenant,
        protocol=Federation.Protocol.OIDC,
        display_name=found.display_name,
        issuer=found.issuer,
    )
    federations.require_own_issuer(row)
    client = OpenIDClient(tenant=tenant, federation=row)
    _apply(client, found)
    _discover(found)
    proof = federation_domains.prove(name, found.issuer)
    _insert(row, client, name, by=by, proof=proof)
    return row


def update(federation: Federation, *, by: User, settings: OpenIDSettings, version: int) -> None:
    """Save other settings; `version` is the one that the page showed.

    Raises: NotAllowed, InvalidInput at the field, ProviderChanged, ProviderGone.
    """
    require_may_edit(federation.tenant, by, log.UPDATE_PROVIDER, target_of(federation))
    found = checked(settings)
    row = federations.current(federation)
    client = client_of(row)
    before = _shown(row, client)
    was = row.issuer
    row.display_name, row.issuer = found.display_name, found.issuer
    federations.require_own_issuer(row, was=was)
    _apply(client, found)
    _discover(found)
    federations.prove_all(row, was=was)
    with transaction.atomic():
        federations.move(row, version)
        row.metadata_problem = ""
        federations.save(row)
        client.save()
        record(
            log.UPDATE_PROVIDER,
            row,
            by=by,
            before=before,
            after=_shown(row, client),
            additional={"ClientSecretReplaced": bool(found.client_secret)},
        )


def client_of(federation: Federation) -> OpenIDClient:
    """How we are a client of this provider."""
    return OpenIDClient.objects.of(federation.tenant).get(  # type: ignore[no-any-return]
        federation=federation
    )


def checked(settings: OpenIDSettings) -> OpenIDSettings:
    """The settings in the form that is stored.

    Raises: InvalidInput at the field.
    """
    client_id = settings.client_id.strip()
    if not (client_id and client_id.isascii() and client_id.isprintable()):
        raise InvalidInput("client_id", _("Enter the client ID as the provider shows it."))
    if settings.authentication not in set(Authentication):
        raise InvalidInput("authentication", _("Choose one of these."))
    if len(settings.client_secret) > MAXIMUM_SECRET:
        raise InvalidInput("client_secret", _("A client secret can have 2,048 characters at most."))
    return replace(
        settings,
        display_name=provider_values.display_name(settings.display_name),
        well_known_url=provider_values.web_address("well_known_url", settings.well_known_url),
        issuer=provider_values.openid_issuer(settings.issuer),
        client_id=client_id,
        scope=_scope(settings.scope),
        claims=openid_claims.checked(settings.claims),
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
    if settings.authentication == Authentication.PRIVATE_KEY_JWT:
        client.client_secret = ""  # nosec B105
        client.private_key = client.private_key or client_keys.generate()
        return
    client.private_key = ""
    client.client_secret = settings.client_secret or client.client_secret
    if not client.client_secret:
        raise InvalidInput("client_secret", _("Enter the client secret."))


def _discover(settings: OpenIDSettings) -> None:
    openid_configuration.check(
        settings.well_known_url,
        issuer=settings.issuer,
        authentication=settings.authentication,
    )


def _insert(row: Federation, client: OpenIDClient, domain: str, *, by: User, proof: Proof) -> None:
    with federations.domain_taken(), transaction.atomic():
        row.save(force_insert=True)
        client.save(force_insert=True)
        FederationDomain.objects.create(tenant=row.tenant, federation=row, name=domain)
        record(
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
