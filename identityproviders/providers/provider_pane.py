"""What all provider panes share: the list behind, the addresses of ours, the domains (IDP-1)."""

from __future__ import annotations

import enum
import uuid
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from identityproviders.models import Federation
from identityproviders.providers import our_urls, provider_list
from identityproviders.providers.federations import certificates
from identityproviders.providers.federations.domains import ProofMissing
from identityproviders.providers.provider_list import SEARCHED_ROWS
from portal import permissions
from portal.console.blades import TenantRequest
from portal.errors import InvalidInput, NotFound
from portal.permissions import Capability

TITLE = _("All identity providers")
PANE_PLACE: dict[str, Any] = {
    "service": "external_identities",
    "page": "all_identity_providers",
    "title": TITLE,
    "icon": "key_multiple",
}
"""Where the pages of the providers stand; `@blade(**PLACE, capability=...)`."""


class View(enum.StrEnum):
    """The two tabs, and the one page of 2021 (IDP-1)."""

    BUILT_IN = "built-in"
    CUSTOM = "custom"
    CLASSIC = "classic"


def requested_view(request: TenantRequest) -> View:
    """What the address asks for; the first tab otherwise."""
    asked = request.GET.get("view", "")
    return View(asked) if asked in set(View) else View.BUILT_IN


def list_context(request: TenantRequest, view: View = View.BUILT_IN) -> dict[str, Any]:
    """The list as the templates take it: the rows of `view`, and who may change them."""
    search = request.GET.get("search", "")[:253].strip()
    has_built_in, has_custom = view is not View.CUSTOM, view is not View.BUILT_IN
    rows = provider_list.built_in_providers(request.tenant) if has_built_in else []
    if view is View.CLASSIC:
        rows = [row for row in rows if not row.is_to_do]
    return {
        "view": view.value,
        "list_url": reverse("identityproviders:providers"),
        "built_in": rows,
        "custom": provider_list.custom_providers(request.tenant, search) if has_custom else [],
        "search": search,
        "searched_rows": SEARCHED_ROWS,
        "may_edit_providers": permissions.may(request.user, Capability.PROVIDERS_EDIT),
        "provider_roles": permissions.role_names(Capability.PROVIDERS_EDIT),
    }


def pane_context(
    request: TenantRequest, title: object, view: View = View.BUILT_IN, **context: Any
) -> dict[str, Any]:
    """The list with a pane before it; closing the pane leads back to the list."""
    query = "" if view is View.BUILT_IN else f"?view={view.value}"
    return {
        **list_context(request, view),
        "pane_title": title,
        "pane_subtitle": _("Identity provider"),
        "pane_close_url": f"{reverse('identityproviders:providers')}{query}",
        "is_pane": True,
        **context,
    }


def custom_url() -> str:
    """The list of custom providers."""
    return f"{reverse('identityproviders:providers')}?view={View.CUSTOM.value}"


def provider_url(row: Federation) -> str:
    """The pane of a custom provider."""
    return reverse("identityproviders:federation", args=[row.pk])


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
        "entity_id": our_urls.entity_id(row.tenant),
        "our_metadata_url": our_urls.metadata_url(row),
        "reply_url": our_urls.reply_url(row),
        "signed_out_url": our_urls.signed_out_url(),
        "certificates": certificates.describe_certificates(row.certificates),
        "expiry": provider_list.expiry_of(row.certificate_expires_at, timezone.now()),
        "selected_url": provider_url(row),
        "delete_url": reverse("identityproviders:delete_federation", args=[row.pk]),
    }


def proof_of(refusal: InvalidInput) -> ProofMissing | None:
    """The refusal, if it names a record to publish (IDP-12)."""
    return refusal if isinstance(refusal, ProofMissing) else None
