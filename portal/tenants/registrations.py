"""Register the Organization service in the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.console import navigation
from portal.console.navigation import Entry, Service, register_entry, register_service
from portal.permissions import Capability

_ENTRIES = (
    ("properties", _("Properties"), "settings"),
    ("domains", _("Custom domain names"), "globe"),
    ("branding", _("Company branding"), "building"),
)


def register() -> None:
    """Register everything; called once when the apps are ready."""
    register_service(
        Service("organization", _("Organization"), "building", navigation.SETTINGS), order=90
    )
    for order, (name, label, icon) in enumerate(_ENTRIES):
        url_name = f"tenants:{name}"
        register_entry(
            Entry("organization", name, label, icon, url_name, Capability.TENANT_READ), order=order
        )
    register_entry(
        Entry(
            "external_identities",
            "custom_branding",
            _("Custom branding"),
            "building",
            "tenants:branding",
            Capability.TENANT_READ,
        ),
        order=60,
    )
