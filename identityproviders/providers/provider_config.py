"""Turn the rows of an outside provider into what its protocol takes (SEC-35, decisions 4 and 5).

Also finds the operator's providers: an organization provider answers for resolver ORG, a consumer
provider for MSA in place of our own personal accounts.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from guests.models import Issuer, User
from identityproviders.models import (
    Federation,
    OpenIDClient,
    OperatorProvider,
    OperatorProviderDomain,
    SocialProvider,
)
from identityproviders.oidc import facebook as oidc_facebook
from identityproviders.oidc.claims import GOOGLE_DOMAINS, Trust
from identityproviders.oidc.client import Client
from identityproviders.providers import our_urls
from identityproviders.saml.assertion_checks import ExpectedAssertion
from portal.errors import DomainError
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress

OperatorKind = OperatorProvider.Kind
OperatorClaims = dict[tuple[str, str], OperatorProvider]
"""Providers by kind and domain."""


_MICROSOFT = ("https://login.microsoftonline.com/", "https://login.live.com")


def personal_accounts_label() -> str:
    """What the provider of personal accounts is called: by Microsoft's name only with its sign-in.

    Without it the account is one of this portal, where no Microsoft password must be typed.
    """
    rows = OperatorProvider.objects.filter(kind=OperatorKind.CONSUMER, is_enabled=True)
    is_microsoft = any(
        issuer.startswith(_MICROSOFT) for issuer in rows.values_list("issuer", flat=True)
    )
    return str(_("Microsoft account") if is_microsoft else _("Personal account"))


def claimed_by_operator(domains: Collection[str]) -> OperatorClaims:
    """The enabled providers that claim one of `domains`; one query."""
    found = OperatorProviderDomain.objects.filter(name__in=domains, provider__is_enabled=True)
    return {(row.provider.kind, row.name): row.provider for row in found.select_related("provider")}


def operator_key_for(kind: OperatorProvider.Kind, address: EmailAddress) -> str:
    """The key of the provider that claims `address`; empty if none does."""
    found = claimed_by_operator([address.domain]).get((kind.value, address.domain))
    return str(found.pk) if found else ""


def operator_key_bound(user: User) -> str:
    """The key of the provider an accepted guest is bound to by their identity; empty if to none."""
    identity = user.identities.filter(issuer=user.identity_issuer).first()
    keys = enabled_operator_providers([identity.provider_key]) if identity else frozenset()
    return next(iter(keys), "")


def enabled_operator_providers(keys: Iterable[str]) -> frozenset[str]:
    """Those of `keys` that are enabled providers of the operator; one query, whatever the keys."""
    ids = OperatorProvider.objects.filter(is_enabled=True).values_list("pk", flat=True)
    return frozenset(map(str, ids)) & frozenset(keys)


GOOGLE, FACEBOOK = SocialProvider.Kind.GOOGLE.value, SocialProvider.Kind.FACEBOOK.value
REALM_REMOVED = 50107
MICROSOFT = "https://login.microsoftonline.com/"


class ProviderNotConfigured(DomainError):
    """The provider was removed, or never was one of this tenant (T20)."""

    status = 404
    message = _("This identity provider is not set up any more.")

    def __init__(self) -> None:
        """Bring the code of T25 along."""
        super().__init__(code=REALM_REMOVED)


@dataclass(frozen=True)
class ProviderConfig:
    """A provider: by OpenID Connect with its `client`, else by the protocol of its `federation`.

    Facebook alone speaks its own way, with `facebook`.
    """

    tenant: Tenant
    key: str
    name: str
    client: Client | None = None
    federation: Federation | None = None
    facebook: oidc_facebook.Client | None = None

    @property
    def protocol(self) -> Federation.Protocol:
        """How it speaks."""
        if self.client is not None or self.federation is None:
            return Federation.Protocol.OIDC
        return Federation.Protocol(self.federation.protocol)


def find_provider_config(tenant: Tenant, key: str) -> ProviderConfig:
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
        raise ProviderNotConfigured from error
    federation = Federation.objects.of(tenant).filter(pk=pk).first()
    return _operators(tenant, pk) if federation is None else _federation(tenant, federation)


def expected_saml_answer(
    outside: ProviderConfig, request_id: str, now: datetime
) -> ExpectedAssertion:
    """What an answer of a SAML or WS-Fed provider must say."""
    federation = outside.federation
    if federation is None:
        raise ProviderNotConfigured
    return ExpectedAssertion(
        issuer=federation.issuer,
        certificates=federation.certificates,
        domains=_domains(federation),
        audience=our_urls.entity_id(outside.tenant),
        consumer_url=our_urls.reply_url(federation),
        request_id=request_id,
        provider_key=outside.key,
        now=now,
    )


def _google(tenant: Tenant) -> ProviderConfig:
    row = SocialProvider.objects.of(tenant).filter(kind=GOOGLE).first()
    if row is None:
        raise ProviderNotConfigured
    issuer = settings.PORTAL_GOOGLE_ISSUER
    client = Client(
        provider_key=GOOGLE,
        issuer=issuer,
        bound_issuer=Issuer.GOOGLE.value,
        well_known_url=f"{issuer}/.well-known/openid-configuration",
        client_id=row.client_id,
        redirect_uri=our_urls.social_redirect_uris(tenant)[0],
        trust=Trust.GOOGLE,
        domains=GOOGLE_DOMAINS,
        secret=row.client_secret,
        parameters={"prompt": "select_account"},
    )
    return ProviderConfig(tenant, GOOGLE, SocialProvider.Kind.GOOGLE.label, client)


def _facebook(tenant: Tenant) -> ProviderConfig:
    row = SocialProvider.objects.of(tenant).filter(kind=FACEBOOK).first()
    if row is None:
        raise ProviderNotConfigured
    client = oidc_facebook.Client(
        client_id=row.client_id,
        redirect_uri=our_urls.social_redirect_uris(tenant)[0],
        secret=row.client_secret,
    )
    return ProviderConfig(tenant, FACEBOOK, SocialProvider.Kind.FACEBOOK.label, facebook=client)


def _federation(tenant: Tenant, federation: Federation) -> ProviderConfig:
    key = str(federation.pk)
    if federation.protocol != Federation.Protocol.OIDC:
        return ProviderConfig(tenant, key, federation.display_name, federation=federation)
    row = OpenIDClient.objects.of(tenant).filter(federation=federation).first()
    if row is None:
        raise ProviderNotConfigured
    client = Client(
        provider_key=key,
        issuer=federation.issuer,
        bound_issuer=federation.issuer,
        well_known_url=row.well_known_url,
        client_id=row.client_id,
        redirect_uri=our_urls.reply_url(federation),
        trust=Trust.CUSTOM,
        domains=_domains(federation),
        authentication=row.authentication,
        secret=row.client_secret,
        private_key=row.private_key,
        scope=row.scope,
        claims={str(ours): str(theirs) for ours, theirs in row.claims.items() if theirs},
    )
    return ProviderConfig(tenant, key, federation.display_name, client, federation)


def _operators(tenant: Tenant, pk: uuid.UUID) -> ProviderConfig:
    """A provider of the operator, for every tenant (decisions, Product 4 and 5)."""
    row = OperatorProvider.objects.filter(pk=pk, is_enabled=True).first()
    if row is None:
        raise ProviderNotConfigured
    is_consumer = row.kind == OperatorProvider.Kind.CONSUMER
    client = Client(
        provider_key=str(row.pk),
        issuer=row.issuer,
        bound_issuer=(Issuer.PERSONAL if is_consumer else Issuer.EXTERNAL_TENANT).value,
        well_known_url=row.well_known_url,
        client_id=row.client_id,
        redirect_uri=our_urls.operator_reply_url(row),
        trust=Trust.MICROSOFT if row.issuer.startswith(MICROSOFT) else Trust.CUSTOM,
        domains=frozenset(row.domains.values_list("name", flat=True)),
        secret=row.client_secret,
    )
    return ProviderConfig(tenant, str(row.pk), row.display_name, client)


def _domains(federation: Federation) -> frozenset[str]:
    return frozenset(federation.domains.values_list("name", flat=True))
