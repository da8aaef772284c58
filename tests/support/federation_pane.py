"""The pane of a SAML or WS-Fed provider as a browser fills and sends it (IDP-9)."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from identityproviders.models import Federation
from portal.audit.models import AuditEvent
from portal.tenants.models import Tenant
from tests.support.partner import ENDPOINT, ISSUER, certificate

NEW = reverse("identityproviders:new_federation")
PEM = certificate()
FORM = {
    "display_name": "Fabrikam sign-in",
    "protocol": "saml",
    "domain": "fabrikam.org",
    "method": "manual",
    "issuer": ISSUER,
    "endpoint": ENDPOINT,
    "certificate": PEM,
    "metadata_url": "",
    "go": "save",
}


def pane(row: Federation) -> str:
    return reverse("identityproviders:federation", args=[row.pk])


def url(name: str, row: Federation) -> str:
    return reverse(f"identityproviders:{name}", args=[row.pk])


def post(client: Client, where: str = NEW, **values: Any) -> Any:
    return client.post(where, {**FORM, **values})


def events(tenant: Tenant, name: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.of(tenant).filter(activity=f"{name} identity provider"))
