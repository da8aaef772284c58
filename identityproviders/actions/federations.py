"""Set up, change and delete SAML and WS-Fed providers (IDP-9 to IDP-17)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from guests.models import User
from identityproviders import certificates, federation_domains, provider_values
from identityproviders.actions import losses
from identityproviders.actions.providers import (
    ProviderChanged,
    ProviderGone,
    record,
    require_may_edit,
    target_of,
)
from identityproviders.certificates import BadCertificate
from identityproviders.federation_domains import Proof
from identityproviders.models import Federation, FederationDomain
from portal.audit import log
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from portal.tenants.scoping import hold

logger = structlog.get_logger(__name__)

PROOF_SECONDS = 10
"""What a request waits for the proofs of many domains."""

_COLUMNS = {
    "DisplayName": "display_name",
    "IssuerUri": "issuer",
    "PassiveSignInUri": "endpoint",
    "MetadataUrl": "metadata_url",
    "CertificateExpires": "certificate_expires_at",
}
"""What of a provider its audit rows show, by the names they show."""


@dataclass(frozen=True)
class Settings:
    """What an administrator types for a SAML or WS-Fed provider; checked by `checked`."""

    display_name: str
    issuer: str
    endpoint: str
    certificate: str
    metadata_url: str = ""
    binding: str = Federation.Binding.REDIRECT


def create(
    tenant: Tenant,
    *,
    by: User,
    protocol: Federation.Protocol,
    domain: str,
    settings: Settings,
) -> Federation:
    """A new provider with its first domain (IDP-9, IDP-11, IDP-12).

    Guests who accepted before keep their method (IDP-17). Asks the domain's name servers before
    the transaction.

    Raises: NotAllowed, InvalidInput at the field, ProofMissing.
    """
    require_may_edit(tenant, by, log.CREATE_PROVIDER)
    name = federation_domains.usable(tenant, domain)
    row = Federation(tenant=tenant, protocol=protocol)
    apply(row, checked(settings))
    require_own_issuer(row)
    proof = federation_domains.prove(name, row.endpoint)
    _insert(row, name, by=by, proof=proof)
    return row


def _insert(row: Federation, domain: str, *, by: User, proof: Proof) -> None:
    with domain_taken(), transaction.atomic():
        row.save(force_insert=True)
        FederationDomain.objects.create(tenant=row.tenant, federation=row, name=domain)
        record(
            log.CREATE_PROVIDER,
            row,
            by=by,
            after={**shown(row), "Domains": [domain]},
            additional={"Protocol": row.protocol, "DomainProof": proof.value},
        )


def update(federation: Federation, *, by: User, settings: Settings, version: int) -> None:
    """Save other settings (IDP-10, IDP-15).

    `version` is the one that the page showed. A new endpoint needs the proof of every domain.

    Raises: NotAllowed, InvalidInput at the field, ProofMissing, ProviderChanged, ProviderGone.
    """
    require_may_edit(federation.tenant, by, log.UPDATE_PROVIDER, target_of(federation))
    before = shown(federation)
    row = current(federation)
    apply(row, checked(settings))
    require_own_issuer(row, was=federation.issuer)
    prove_all(row, was=federation.endpoint)
    with transaction.atomic():
        move(row, version)
        row.metadata_problem = ""
        save(row)
        record(log.UPDATE_PROVIDER, row, by=by, before=before, after=shown(row))


def add_domain(federation: Federation, *, by: User, domain: str) -> str:
    """Let the provider serve one more domain; its canonical form (IDP-11, IDP-12).

    Raises: NotAllowed, InvalidInput at `domain`, ProofMissing, ProviderGone.
    """
    tenant = federation.tenant
    require_may_edit(tenant, by, log.UPDATE_PROVIDER, target_of(federation))
    name = federation_domains.usable(tenant, domain, federation)
    if federation.domains.count() >= federation_domains.MAXIMUM_DOMAINS:
        raise InvalidInput("domain", _("A provider can serve 500 domains at most."))
    proof = federation_domains.prove(name, proven_endpoint(federation))
    with domain_taken(), transaction.atomic():
        move(federation)
        FederationDomain.objects.create(tenant=tenant, federation=federation, name=name)
        record(
            log.UPDATE_PROVIDER,
            federation,
            by=by,
            after={"DomainAdded": name},
            additional={"DomainProof": proof.value},
        )
    return name


def remove_domain(federation: Federation, *, by: User, domain: str, acknowledged: int) -> None:
    """Let the provider serve a domain no longer; the last one stays (IDP-16).

    Raises: NotAllowed, ProviderGone, InvalidInput, NotSeen.
    """
    require_may_edit(federation.tenant, by, log.UPDATE_PROVIDER, target_of(federation))
    if federation.domains.count() < 2:
        raise InvalidInput(
            "domain", _("This is the provider’s last domain. Delete the configuration instead.")
        )
    lose = losses.require_seen(losses.without_domain(federation, domain), acknowledged)
    with transaction.atomic():
        move(federation)
        gone, _rows = (
            FederationDomain.objects.of(federation.tenant)
            .filter(federation=federation, name=domain)
            .delete()
        )
        if not gone:
            raise ProviderGone
        record(
            log.UPDATE_PROVIDER,
            federation,
            by=by,
            before={"DomainRemoved": domain},
            additional={"GuestsLosingSignIn": lose},
        )


def remove(federation: Federation, *, by: User, acknowledged: int) -> int:
    """Delete the provider with all its domains; how many guests lose their sign-in (BET-25).

    They can no longer sign in until their redemption is reset (IDP-16).

    Raises: NotAllowed, ProviderGone, NotSeen.
    """
    tenant = federation.tenant
    require_may_edit(tenant, by, log.DELETE_PROVIDER, target_of(federation))
    lose = losses.require_seen(losses.without_provider(federation), acknowledged)
    with transaction.atomic():
        rows = Federation.objects.of(tenant).filter(pk=federation.pk)
        if not hold(rows):
            raise ProviderGone
        domains = list(federation.domains.values_list("name", flat=True))
        record(
            log.DELETE_PROVIDER,
            federation,
            by=by,
            before={**shown(federation), "Domains": domains},
            additional={"GuestsLosingSignIn": lose},
        )
        rows.delete()
    return lose


# Parts that OpenID Connect providers share


def checked(settings: Settings) -> Settings:
    """The settings in the form that is stored: certificates as PEM.

    Raises: InvalidInput at the field.
    """
    return Settings(
        display_name=provider_values.display_name(settings.display_name),
        issuer=provider_values.issuer(settings.issuer),
        endpoint=provider_values.web_address("endpoint", settings.endpoint),
        certificate=settings.certificate,
        metadata_url=provider_values.web_address(
            "metadata_url", settings.metadata_url, is_optional=True
        ),
        binding=settings.binding,
    )


def apply(row: Federation, settings: Settings) -> None:
    """Write checked settings into the row, unsaved.

    Raises: InvalidInput at `certificate`, for one that is expired too.
    """
    try:
        found = certificates.read(settings.certificate, timezone.now())
    except BadCertificate as error:
        logger.warning("certificate_refused", detail=str(error))
        raise InvalidInput("certificate", str(error)) from error
    row.display_name = settings.display_name
    row.issuer = settings.issuer
    row.endpoint = settings.endpoint
    row.metadata_url = settings.metadata_url
    is_saml = row.protocol == Federation.Protocol.SAML
    row.binding = settings.binding if is_saml else Federation.Binding.REDIRECT
    row.certificates = certificates.stored(found)
    row.certificate_expires_at = certificates.last_expiry(found)


def require_own_issuer(row: Federation, was: str = "") -> None:
    """Pass if no other provider of the tenant has this issuer, and nobody is bound to the old.

    Raises: InvalidInput at `issuer`.
    """
    others = Federation.objects.of(row.tenant).exclude(pk=row.pk)
    other = others.filter(issuer=row.issuer).first()
    if other is not None:
        raise InvalidInput(
            "issuer", _("%(provider)s has this issuer already.") % {"provider": other.display_name}
        )
    if not was or was == row.issuer:
        return
    bound = User.objects.of(row.tenant).accepted().filter(identity_issuer=was).count()
    if bound:
        raise InvalidInput(
            "issuer",
            ngettext(
                "%(n)s guest accepted with the issuer as it was and would lose their sign-in. Add "
                "a new provider for the new issuer.",
                "%(n)s guests accepted with the issuer as it was and would lose their sign-in. "
                "Add a new provider for the new issuer.",
                bound,
            )
            % {"n": bound},
        )


def proven_endpoint(row: Federation) -> str:
    """What a domain is proven for: the endpoint, or the issuer of an OpenID provider."""
    return row.endpoint or row.issuer


def prove_all(row: Federation, was: str) -> None:
    """Prove every domain for a new endpoint, as long as the request may wait (REL-33).

    Raises: InvalidInput at the endpoint, naming the record that is missing.
    """
    endpoint = proven_endpoint(row)
    if endpoint == was:
        return
    field = "endpoint" if row.endpoint else "issuer"
    give_up = time.monotonic() + PROOF_SECONDS
    for domain in row.domains.all():
        if time.monotonic() > give_up:
            raise InvalidInput(field, _("The name servers of the domains are too slow. Try again."))
        try:
            federation_domains.prove(domain.name, endpoint)
        except federation_domains.ProofMissing as error:
            raise InvalidInput(field, str(error)) from error


def current(federation: Federation) -> Federation:
    """The row as it is stored now. Raises: ProviderGone."""
    row: Federation | None = (
        Federation.objects.of(federation.tenant).filter(pk=federation.pk).first()
    )
    if row is None:
        raise ProviderGone
    return row


def save(row: Federation) -> None:
    """Write the settings; the version was moved before."""
    row.save(
        update_fields=[
            "display_name",
            "issuer",
            "endpoint",
            "binding",
            "certificates",
            "certificate_expires_at",
            "metadata_url",
            "metadata_problem",
        ]
    )


def shown(row: Federation) -> dict[str, object]:
    """The properties that audit rows show; certificates by their fingerprints."""
    values: dict[str, object] = {
        name: getattr(row, column) or None for name, column in _COLUMNS.items()
    }
    if row.protocol == Federation.Protocol.SAML:
        values["RequestBinding"] = row.get_binding_display()
    if row.certificates:
        values["Certificates"] = certificates.fingerprints(row.certificates)
    return values


def move(row: Federation, version: int | None = None) -> None:
    """Take the next version; with `version`, only if it is still the stored one.

    Call it inside the transaction. Raises: ProviderChanged, ProviderGone.
    """
    rows = Federation.objects.of(row.tenant).filter(pk=row.pk)
    due = rows if version is None else rows.filter(version=version)
    if not due.update(version=F("version") + 1):
        raise ProviderChanged if rows.exists() else ProviderGone


@contextmanager
def domain_taken() -> Iterator[None]:
    """Say so when another provider was given the domain meanwhile (IDP-11)."""
    try:
        yield
    except IntegrityError as error:
        raise InvalidInput("domain", _("Another provider serves this domain meanwhile.")) from error
