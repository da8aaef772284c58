"""What the panes of all custom providers share: the row, our addresses, its domains."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse
from django.utils import timezone

from identityproviders import certificates, provider_endpoints, provider_list
from identityproviders.blades import frame
from identityproviders.federation_domains import ProofMissing
from identityproviders.models import Federation
from portal.errors import InvalidInput, NotFound
from portal.shell.blades import TenantRequest


def provider_of(request: TenantRequest, provider_id: uuid.UUID) -> Federation:
    """The custom provider of the tenant with this id. Raises: NotFound."""
    rows = Federation.objects.of(request.tenant).select_related("tenant")
    row: Federation | None = rows.filter(pk=provider_id).first()
    if row is None:
        raise NotFound
    return row


def details_of(row: Federation) -> dict[str, Any]:
    """What the pane of any custom provider shows beside the form."""
    return {
        "row": row,
        "domains": [domain.name for domain in row.domains.all()],
        "entity_id": provider_endpoints.entity_id(row.tenant),
        "our_metadata_url": provider_endpoints.metadata_url(row),
        "reply_url": provider_endpoints.reply_url(row),
        "certificates": certificates.described(row.certificates),
        "expiry": provider_list.expiry_of(row.certificate_expires_at, timezone.now()),
        "selected_url": frame.provider_url(row),
        "delete_url": reverse("identityproviders:delete_federation", args=[row.pk]),
    }


def proof_of(refusal: InvalidInput) -> ProofMissing | None:
    """The refusal, if it names a record to publish (IDP-12)."""
    return refusal if isinstance(refusal, ProofMissing) else None
