"""What stands behind every pane of an identity provider: the list of them (IDP-1)."""

from __future__ import annotations

import enum
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identityproviders import provider_list
from identityproviders.actions.providers import EDIT
from identityproviders.models import Federation
from identityproviders.provider_list import SEARCHED_ROWS
from portal import permissions
from portal.shell.blades import TenantRequest

TITLE = _("All identity providers")
PLACE: dict[str, Any] = {
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


def view_of(request: TenantRequest) -> View:
    """What the address asks for; the first tab otherwise."""
    asked = request.GET.get("view", "")
    return View(asked) if asked in set(View) else View.BUILT_IN


def listing(request: TenantRequest, view: View = View.BUILT_IN) -> dict[str, Any]:
    """The list as the templates take it: the rows of `view`, and who may change them."""
    search = request.GET.get("search", "")[:253].strip()
    has_built_in, has_custom = view is not View.CUSTOM, view is not View.BUILT_IN
    rows = provider_list.built_in(request.tenant) if has_built_in else []
    if view is View.CLASSIC:
        rows = [row for row in rows if not row.is_to_do]
    return {
        "view": view.value,
        "list_url": reverse("identityproviders:providers"),
        "built_in": rows,
        "custom": provider_list.custom(request.tenant, search) if has_custom else [],
        "search": search,
        "searched_rows": SEARCHED_ROWS,
        "may_edit_providers": permissions.may(request.user, EDIT),
        "provider_roles": permissions.role_names(EDIT),
    }


def pane(
    request: TenantRequest, title: object, view: View = View.BUILT_IN, **context: Any
) -> dict[str, Any]:
    """The list with a pane before it; closing the pane leads back to the list."""
    query = "" if view is View.BUILT_IN else f"?view={view.value}"
    return {
        **listing(request, view),
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
