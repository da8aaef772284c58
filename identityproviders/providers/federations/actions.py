"""Create, change and delete SAML and WS-Fed providers (IDP-9 to IDP-17)."""

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
from identityproviders.impact import confirmation
from identityproviders.models import Federation, FederationDomain
from identityproviders.providers.actions import (
    ProviderChanged,
    ProviderGone,
    provider_target,
    record_provider_change,
    require_may_edit,
)
from identityproviders.providers.checked_input import (
    checked_display_name,
    checked_issuer,
    checked_web_address,
)
from identityproviders.providers.federations import certificates
from identityproviders.providers.federations.certificates import BadCertificate
from identityproviders.providers.federations.domains import (
    MAXIMUM_DOMAINS,
    DomainProof,
    ProofMissing,
    prove_domain,
    usable_domain,
)
from portal.audit import log
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_rows

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
class FederationSettings:
    """What an administrator types for a SAML or WS-Fed provider; checked by `checked`."""

    display_name: str
    issuer: str
    endpoint: str
    certificate: str
    metadata_url: str = ""
    binding: str = Federation.Binding.REDIRECT


def create_federation(
    tenant: Tenant,
    *,
    by: User,
    protocol: Federation.Protocol,
    domain: str,
    settings: FederationSettings,
) -> Federation:
    """A new provider with its first domain (IDP-9, IDP-11, IDP-12).

    Guests who accepted before keep their method (IDP-17). Asks the domain's name servers before
    the transaction.

    Raises: NotAllowed, InvalidInput at the field, ProofMissing.
    """
    require_may_edit(tenant, by, log.CREATE_PROVIDER)
    name = usable_domain(tenant, domain)
    row = Federation(tenant=tenant, protocol=protocol)
    apply_settings(row, checked_settings(settings))
    require_own_issuer(row)
    proof = prove_domain(name, row.endpoint)
    _insert(row, name, by=by, proof=proof)
    return row


def _insert(row: Federation, domain: str, *, by: User, proof: DomainProof) -> None:
    with domain_taken(), transaction.atomic():
        row.save(force_insert=True)
        FederationDomain.objects.create(tenant=row.tenant, federation=row, name=domain)
        record_provider_change(
            log.CREATE_PROVIDER,
            row,
            by=by,
            after={**settings_shown(row), "Domains": [domain]},
            additional={"Protocol": row.protocol, "DomainProof": proof.value},
        )


def update_federation(
    federation: Federation, *, by: User, settings: FederationSettings, version: int
) -> None:
    """Save other settings (IDP-10, IDP-15).

    `version` is the one that the page showed. A new endpoint needs the proof of every domain.

    Raises: NotAllowed, InvalidInput at the field, ProofMissing, ProviderChanged, ProviderGone.
    """
    require_may_edit(federation.tenant, by, log.UPDATE_PROVIDER, provider_target(federation))
    before = settings_shown(federation)
    row = current_settings(federation)
    apply_settings(row, checked_settings(settings))
    require_own_issuer(row, was=federation.issuer)
    prove_all_domains(row, was=federation.endpoint)
    with transaction.atomic():
        move_version(row, version)
        row.metadata_problem = ""
        save_federation(row)
        record_provider_change(
            log.UPDATE_PROVIDER, row, by=by, before=before, after=settings_shown(row)
        )


def add_domain(federation: Federation, *, by: User, domain: str) -> str:
    """Let the provider serve one more domain; its canonical form (IDP-11, IDP-12).

    Raises: NotAllowed, InvalidInput at `domain`, ProofMissing, ProviderGone.
    """
    tenant = federation.tenant
    require_may_edit(tenant, by, log.UPDATE_PROVIDER, provider_target(federation))
    name = usable_domain(tenant, domain, federation)
    if federation.domains.count() >= MAXIMUM_DOMAINS:
        raise InvalidInput("domain", _("A provider can serve 500 domains at most."))
    proof = prove_domain(name, proven_endpoint(federation))
    with domain_taken(), transaction.atomic():
        move_version(federation)
        FederationDomain.objects.create(tenant=tenant, federation=federation, name=name)
        record_provider_change(
            log.UPDATE_PROVIDER,
            federation,
            by=by,
            after={"DomainAdded": name},
            additional={"DomainProof": proof.value},
        )
    return name


def remove_domain(federation: Federation, *, by: User, domain: str, acknowledged: int) -> None:
    """Let the provider serve a domain no longer; the last one stays (IDP-16).

    Raises: NotAllowed, ProviderGone, InvalidInput, NotConfirmed.
    """
    require_may_edit(federation.tenant, by, log.UPDATE_PROVIDER, provider_target(federation))
    if federation.domains.count() < 2:
        raise InvalidInput(
            "domain", _("This is the provider’s last domain. Delete the configuration instead.")
        )
    lose = confirmation.require_confirmed_number(
        confirmation.without_domain(federation, domain), acknowledged
    )
    with transaction.atomic():
        move_version(federation)
        gone, _rows = (
            FederationDomain.objects.of(federation.tenant)
            .filter(federation=federation, name=domain)
            .delete()
        )
        if not gone:
            raise ProviderGone
        record_provider_change(
            log.UPDATE_PROVIDER,
            federation,
            by=by,
            before={"DomainRemoved": domain},
            additional={"GuestsLosingSignIn": lose},
        )


def delete_federation(federation: Federation, *, by: User, acknowledged: int) -> int:
    """Delete the provider with all its domains; how many guests lose their sign-in (BET-25).

    They can no longer sign in until their redemption is reset (IDP-16).

    Raises: NotAllowed, ProviderGone, NotConfirmed.
    """
    tenant = federation.tenant
    require_may_edit(tenant, by, log.DELETE_PROVIDER, provider_target(federation))
    lose = confirmation.require_confirmed_number(
        confirmation.without_provider(federation), acknowledged
    )
    with transaction.atomic():
        rows = Federation.objects.of(tenant).filter(pk=federation.pk)
        if not lock_rows(rows):
            raise ProviderGone
        domains = list(federation.domains.values_list("name", flat=True))
        record_provider_change(
            log.DELETE_PROVIDER,
            federation,
            by=by,
            before={**settings_shown(federation), "Domains": domains},
            additional={"GuestsLosingSignIn": lose},
        )
        rows.delete()
    return lose


# Parts that OpenID Connect providers share


def checked_settings(settings: FederationSettings) -> FederationSettings:
    """The settings in the form that is stored: certificates as PEM.

    Raises: InvalidInput at the field.
    """
    return FederationSettings(
        display_name=checked_display_name(settings.display_name),
        issuer=checked_issuer(settings.issuer),
        endpoint=checked_web_address("endpoint", settings.endpoint),
        certificate=settings.certificate,
        metadata_url=checked_web_address("metadata_url", settings.metadata_url, is_optional=True),
        binding=settings.binding,
    )


def apply_settings(row: Federation, settings: FederationSettings) -> None:
    """Write checked settings into the row, unsaved.

    Raises: InvalidInput at `certificate`, for one that is expired too.
    """
    try:
        found = certificates.read_certificates(settings.certificate, timezone.now())
    except BadCertificate as error:
        logger.warning("certificate_refused", detail=str(error))
        raise InvalidInput("certificate", str(error)) from error
    row.display_name = settings.display_name
    row.issuer = settings.issuer
    row.endpoint = settings.endpoint
    row.metadata_url = settings.metadata_url
    is_saml = row.protocol == Federation.Protocol.SAML
    row.binding = settings.binding if is_saml else Federation.Binding.REDIRECT
    row.certificates = certificates.stored_certificates(found)
    row.certificate_expires_at = certificates.last_certificate_expiry(found)


def require_own_issuer(row: Federation, was: str = "") -> None:
    """Pass if no other provider of the tenant has this issuer, and no guest has the old one.

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


def prove_all_domains(row: Federation, was: str) -> None:
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
            prove_domain(domain.name, endpoint)
        except ProofMissing as error:
            raise InvalidInput(field, str(error)) from error


def current_settings(federation: Federation) -> Federation:
    """The row as it is stored now. Raises: ProviderGone."""
    row: Federation | None = (
        Federation.objects.of(federation.tenant).filter(pk=federation.pk).first()
    )
    if row is None:
        raise ProviderGone
    return row


def save_federation(row: Federation) -> None:
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


def settings_shown(row: Federation) -> dict[str, object]:
    """The properties that audit rows show; certificates by their fingerprints."""
    values: dict[str, object] = {
        name: getattr(row, column) or None for name, column in _COLUMNS.items()
    }
    if row.protocol == Federation.Protocol.SAML:
        values["RequestBinding"] = row.get_binding_display()
    if row.certificates:
        values["Certificates"] = certificates.certificate_fingerprints(row.certificates)
    return values


def move_version(row: Federation, version: int | None = None) -> None:
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
