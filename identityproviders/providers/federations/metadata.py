"""Fetch the metadata of partners, for the form and once a day (IDP-10, IDP-15)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models import User
from identityproviders.models import Federation
from identityproviders.providers import checked_input
from identityproviders.providers.actions import (
    provider_target,
    record_provider_change,
    require_may_edit,
)
from identityproviders.providers.federations import actions, certificates
from identityproviders.saml import metadata
from identityproviders.saml.metadata import BadMetadata, PartnerMetadata
from portal.audit import log
from portal.errors import DomainError, InvalidInput
from portal.net import fetch
from portal.net.fetch import FetchFailed
from portal.principals import SYSTEM, System
from portal.tenants.row_failures import RowByRow

logger = structlog.get_logger(__name__)

EVERY = timedelta(days=1)
"""How long before its expiry a certificate is looked for again (IDP-15)."""
AGAIN = timedelta(hours=1)
"""After a problem, and while the certificate is over."""


class WrongIssuer(BadMetadata):
    """The metadata is about somebody else."""

    message = _("The metadata names another issuer than this provider’s. It was not used.")


def fetch_metadata(url: str, protocol: Federation.Protocol) -> PartnerMetadata:
    """What the metadata at `url` says now.

    Raises: FetchFailed, BadDocument; both with a sentence for the administrator.
    """
    data = fetch.get(url, max_bytes=fetch.METADATA_BYTES)
    return metadata.parse_partner_metadata(data, protocol, timezone.now())


def read_partner_metadata(url: str, protocol: Federation.Protocol) -> PartnerMetadata:
    """The same for an address that somebody types.

    Raises: InvalidInput at `metadata_url`, the reason in the log.
    """
    with _refused_at("metadata_url"):
        return fetch_metadata(checked_input.checked_web_address("metadata_url", url), protocol)


def parse_partner_metadata(data: bytes, protocol: Federation.Protocol) -> PartnerMetadata:
    """What an uploaded document says (IDP-10).

    Raises: InvalidInput at `metadata_file`, the reason in the log.
    """
    with _refused_at("metadata_file"):
        return metadata.parse_partner_metadata(data, protocol, timezone.now())


@contextmanager
def _refused_at(field: str) -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        logger.warning("metadata_problem", reason=_reason(error), detail=str(error))
        raise InvalidInput(field, str(error)) from error


def refresh_metadata(federation: Federation, *, by: User) -> bool:
    """Read the metadata now; whether its certificates were new (IDP-15).

    Raises: NotAllowed, InvalidInput without a metadata URL, FetchFailed, BadDocument.
    """
    require_may_edit(federation.tenant, by, log.UPDATE_PROVIDER, provider_target(federation))
    if not federation.metadata_url:
        raise InvalidInput("metadata_url", _("This provider has no metadata URL."))
    rows = Federation.objects.of(federation.tenant).filter(pk=federation.pk)
    rows.update(metadata_checked_at=timezone.now())
    return _refresh(federation, by=by)


def refresh_due_metadata(now: datetime | None = None) -> int:
    """Read the metadata of one provider whose turn it is; how many were read (IDP-15).

    A sweeper calls it every few seconds. The row is claimed before anybody is asked, so that
    several sweepers read it once.
    """
    now = now or timezone.now()
    providers = RowByRow("metadata")
    due = providers.select_due(Federation.unscoped.filter(_due(now)))
    row = due.order_by("metadata_checked_at").first()
    if row is None:
        return 0
    claimed = Federation.unscoped.filter(
        _due(now), pk=row.pk, metadata_checked_at=row.metadata_checked_at
    ).update(metadata_checked_at=now)
    if not claimed:
        return 0
    providers.attempt(row.pk, partial(_refresh_unwatched, row))
    return 1


def _refresh_unwatched(row: Federation) -> None:
    """Refresh one provider; the row and the log say why where it failed."""
    try:
        _refresh(row, by=SYSTEM)
    except DomainError:
        return
    except Exception:
        _note_problem(row, BadMetadata(_("The metadata could not be read.")))
        raise


def _due(now: datetime) -> Q:
    never = Q(metadata_checked_at=None)
    daily = Q(metadata_checked_at__lte=now - EVERY)
    is_bad = ~Q(metadata_problem="") | Q(certificate_expires_at__lte=now)
    soon = Q(metadata_checked_at__lte=now - AGAIN) & is_bad
    asked = ~Q(metadata_url="") & ~Q(protocol=Federation.Protocol.OIDC)
    return asked & (never | daily | soon)


def _refresh(federation: Federation, *, by: User | System) -> bool:
    try:
        found = fetch_metadata(federation.metadata_url, Federation.Protocol(federation.protocol))
        if found.issuer != federation.issuer:
            raise WrongIssuer
        for remark in found.remarks:
            logger.info("metadata_remark", federation=str(federation.pk), detail=remark)
    except DomainError as error:
        _note_problem(federation, error)
        raise
    return _store(federation, found, by=by)


def _note_problem(federation: Federation, error: DomainError) -> None:
    """Keep why it failed beside the provider, and tell the log."""
    logger.warning("metadata_problem", federation=str(federation.pk), reason=_reason(error))
    rows = Federation.objects.of(federation.tenant).filter(pk=federation.pk)
    rows.update(metadata_problem=str(error)[:200])


def _reason(error: DomainError) -> str:
    return error.reason.value if isinstance(error, FetchFailed) else type(error).__name__


def _store(federation: Federation, found: PartnerMetadata, *, by: User | System) -> bool:
    """Take the certificates over, where they are new."""
    text = certificates.stored_certificates(found.certificates)
    with transaction.atomic():
        row = actions.current_settings(federation)
        is_new = row.certificates != text
        if is_new:
            before = actions.settings_shown(row)
            actions.move_version(row)
            row.certificates = text
            row.certificate_expires_at = certificates.last_certificate_expiry(found.certificates)
            record_provider_change(
                log.UPDATE_PROVIDER, row, by=by, before=before, after=actions.settings_shown(row)
            )
        row.metadata_problem = ""
        row.save(update_fields=["certificates", "certificate_expires_at", "metadata_problem"])
    return is_new
