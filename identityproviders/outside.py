"""Outside providers as their protocols take them: built from the rows an administrator saved."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from guests.models import Issuer
from identityproviders import provider_endpoints
from identityproviders.models import Federation, OpenIDClient, OperatorProvider, SocialProvider
from identityproviders.oidc import facebook
from identityproviders.oidc.claims import GOOGLE_DOMAINS, Trust
from identityproviders.oidc.client import Client
from identityproviders.saml.conditions import Expected
from portal.errors import DomainError
from portal.tenants.models import Tenant

GOOGLE, FACEBOOK = SocialProvider.Kind.GOOGLE.value, SocialProvider.Kind.FACEBOOK.value
REALM_REMOVED = 50107
MICROSOFT = "https://login.microsoftonline.com/"


class ProviderGone(DomainError):
    """The provider was removed, or never was one of this tenant (T20)."""

    status = 404
    message = _("This identity provider is not set up any more.")

    def __init__(self) -> None:
        """Bring the code of T25 along."""
        super().__init__(code=REALM_REMOVED)


@dataclass(frozen=True)
class Outside:
    """A provider: by OpenID Connect with its `client`, else by the protocol of its `federation`.

    Facebook alone speaks its own way, with `facebook`.
    """

    tenant: Tenant
    key: str
    name: str
    client: Client | None = None
    federation: Federation | None = None
    facebook: facebook.Client | None = None

    @property
    def protocol(self) -> Federation.Protocol:
        """How it speaks."""
        if self.client is not None or self.federation is None:
            return Federation.Protocol.OIDC
        return Federation.Protocol(self.federation.protocol)


def find(tenant: Tenant, key: str) -> Outside:
    """The provider of `tenant` with this key: `google.com`, `facebook.com` or the id of its row.

    Raises: ProviderGone.
    """
    if key == GOOGLE:
        return _google(tenant)
    if key == FACEBOOK:
        return _facebook(tenant)
    try:
        pk = uuid.UUID(key)
    except ValueError as error:
        raise ProviderGone from error
    federation = Federation.objects.of(tenant).filter(pk=pk).first()
    return _operators(tenant, pk) if federation is None else _federation(tenant, federation)


def expected(outside: Outside, request_id: str, now: datetime) -> Expected:
    """What an answer of a SAML or WS-Fed provider must say."""
    federation = outside.federation
    if federation is None:
        raise ProviderGone
    return Expected(
        issuer=federation.issuer,
        certificates=federation.certificates,
        domains=_domains(federation),
        audience=provider_endpoints.entity_id(outside.tenant),
        consumer_url=provider_endpoints.reply_url(federation),
        request_id=request_id,
        provider_key=outside.key,
        now=now,
    )


def _google(tenant: Tenant) -> Outside:
    row = SocialProvider.objects.of(tenant).filter(kind=GOOGLE).first()
    if row is None:
        raise ProviderGone
    issuer = settings.PORTAL_GOOGLE_ISSUER
    client = Client(
        provider_key=GOOGLE,
        issuer=issuer,
        bound_issuer=Issuer.GOOGLE.value,
        well_known_url=f"{issuer}/.well-known/openid-configuration",
        client_id=row.client_id,
        redirect_uri=provider_endpoints.social_redirect_uris(tenant)[0],
        trust=Trust.GOOGLE,
        domains=GOOGLE_DOMAINS,
        secret=row.client_secret,
        parameters={"prompt": "select_account"},
    )
    return Outside(tenant, GOOGLE, SocialProvider.Kind.GOOGLE.label, client)


def _facebook(tenant: Tenant) -> Outside:
    row = SocialProvider.objects.of(tenant).filter(kind=FACEBOOK).first()
    if row is None:
        raise ProviderGone
    client = facebook.Client(
        client_id=row.client_id,
        redirect_uri=provider_endpoints.social_redirect_uris(tenant)[0],
        secret=row.client_secret,
    )
    return Outside(tenant, FACEBOOK, SocialProvider.Kind.FACEBOOK.label, facebook=client)


def _federation(tenant: Tenant, federation: Federation) -> Outside:
    key = str(federation.pk)
    if federation.protocol != Federation.Protocol.OIDC:
        return Outside(tenant, key, federation.display_name, federation=federation)
    row = OpenIDClient.objects.of(tenant).filter(federation=federation).first()
    if row is None:
        raise ProviderGone
    client = Client(
        provider_key=key,
        issuer=federation.issuer,
        bound_issuer=federation.issuer,
        well_known_url=row.well_known_url,
        client_id=row.client_id,
        redirect_uri=provider_endpoints.reply_url(federation),
        trust=Trust.CUSTOM,
        domains=_domains(federation),
        authentication=row.authentication,
        secret=row.client_secret,
        private_key=row.private_key,
        scope=row.scope,
        claims={str(ours): str(theirs) for ours, theirs in row.claims.items() if theirs},
    )
    return Outside(tenant, key, federation.display_name, client, federation)


def _operators(tenant: Tenant, pk: uuid.UUID) -> Outside:
    """A provider of the operator, for every tenant (decisions, Product 4 and 5)."""
    row = OperatorProvider.objects.filter(pk=pk, is_enabled=True).first()
    if row is None:
        raise ProviderGone
    is_consumer = row.kind == OperatorProvider.Kind.CONSUMER
    client = Client(
        provider_key=str(row.pk),
        issuer=row.issuer,
        bound_issuer=(Issuer.PERSONAL if is_consumer else Issuer.EXTERNAL_TENANT).value,
        well_known_url=row.well_known_url,
        client_id=row.client_id,
        redirect_uri=provider_endpoints.operator_reply_url(row),
        trust=Trust.MICROSOFT if row.issuer.startswith(MICROSOFT) else Trust.CUSTOM,
        domains=frozenset(row.domains.values_list("name", flat=True)),
        secret=row.client_secret,
    )
    return Outside(tenant, str(row.pk), row.display_name, client)


def _domains(federation: Federation) -> frozenset[str]:
    return frozenset(federation.domains.values_list("name", flat=True))
